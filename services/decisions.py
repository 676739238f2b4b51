"""Why somebody was asked or not: read from what was recorded when it was decided, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.check_ins import CheckIn, Response, Round
from models.organization import Identity, Membership, Person, Team
from services import rounds

MOST = 3
STARTED_ON_TIME = ("prompted", "submitted", "late", "skipped", "withdrawn")


@dataclass(frozen=True)
class Decision:
    """One occasion. `code`: "asked", or why not (a Response's `reason` or a Round's `not_held`); `detail` is its.

    `at` (UTC): when he was asked; `detail` then names the date the rhythm meant, where a day off moved it.
    """

    check_in: str
    team: str
    on: date
    code: str
    detail: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """What is known of one check-in whatever its Rounds say. `code`: ended, paused, not_among, or "" for running."""

    check_in: str
    team: str
    code: str
    until: date | None = None
    by: str = ""
    at: datetime | None = None


def last(session: Session, person: Person, today: date, most: int = MOST) -> list[Decision]:
    """The newest up to his `today`, newest first: about him, and about Rounds nobody of his teams was asked in."""
    own = session.exec(
        select(Response, Round, CheckIn.name, Team.name)
        .join(Round, col(Response.round_id) == Round.id)
        .join(CheckIn, col(Round.check_in_id) == CheckIn.id)
        .join(Team, col(Round.team_id) == Team.id)
        .where(Response.person_id == person.id, Round.on_date <= today)
        .where((Response.state != "planned") | (Response.reason != ""))
        .order_by(col(Round.on_date).desc(), col(Response.id).desc())
        .limit(most)
    ).all()
    found = [_of_response(*row) for row in own] + [_of_round(*row) for row in _not_held(session, person, today, most)]
    return sorted(found, key=lambda decision: decision.on, reverse=True)[:most]


def _of_response(response: Response, round_: Round, check_in: str, team: str) -> Decision:
    if response.prompted_at is not None:
        return Decision(check_in, team, round_.on_date, "asked", round_.detail, response.prompted_at)
    if response.state in STARTED_ON_TIME:
        return Decision(check_in, team, round_.on_date, "answered_before", at=response.submitted_at)
    return Decision(check_in, team, round_.on_date, response.reason or response.state, response.detail)


def _not_held(session: Session, person: Person, today: date, most: int) -> Sequence[Any]:
    return session.exec(
        select(Round, CheckIn.name, Team.name)
        .join(CheckIn, col(Round.check_in_id) == CheckIn.id)
        .join(Team, col(Round.team_id) == Team.id)
        .join(Membership, col(Membership.team_id) == Round.team_id)
        .where(Membership.person_id == person.id, Membership.asked, Round.not_held != "", Round.on_date <= today)
        .order_by(col(Round.on_date).desc(), col(Round.id).desc())
        .limit(most)
    ).all()


def _of_round(round_: Round, check_in: str, team: str) -> Decision:
    return Decision(check_in, team, round_.on_date, round_.not_held, round_.detail)


def standings(session: Session, person: Person, today: date) -> list[Standing]:
    """Check-ins of his teams that do not ask him now, and who decided so."""
    rows = session.exec(
        select(CheckIn, Team.name, Membership)
        .join(Team, col(CheckIn.team_id) == Team.id)
        .join(Membership, col(Membership.team_id) == Team.id)
        .where(Membership.person_id == person.id)
        .order_by(Team.name, CheckIn.name)
    ).all()
    found = [_standing(session, check_in, team, membership, today) for check_in, team, membership in rows]
    return [standing for standing in found if standing is not None]


def _standing(session: Session, check_in: CheckIn, team: str, member: Membership, today: date) -> Standing | None:
    if not check_in.active:
        by, at = _by(session, check_in, "end")
        return Standing(check_in.name, team, "ended", None, by, at)
    if not member.asked:
        return Standing(check_in.name, team, "not_among")
    if check_in.paused_until is not None and check_in.paused_until > today:
        by, at = _by(session, check_in, "paus")
        return Standing(check_in.name, team, "paused", check_in.paused_until, by, at)
    return None


def _by(session: Session, check_in: CheckIn, verb: str) -> tuple[str, datetime | None]:
    """Who did that last, and when (UTC): "" where the file or nobody on record did."""
    about = select(AuditEntry).where(AuditEntry.subject == "checkin", AuditEntry.subject_id == check_in.id)
    entry = session.exec(about.where(col(AuditEntry.verb).contains(verb)).order_by(col(AuditEntry.id).desc())).first()
    actor = session.get(Person, entry.actor_id) if entry is not None and entry.actor_id is not None else None
    return (actor.name if actor else "", entry.at if entry else None)


def reach_of(session: Session, person: Person) -> list[Identity]:
    """His accounts the bot cannot write to."""
    lost = select(Identity).where(Identity.person_id == person.id, Identity.reach != "reachable")
    return list(session.exec(lost.order_by(col(Identity.id))).all())


def teams_of(session: Session, person: Person) -> Sequence[tuple[str, str]]:
    """Team and role."""
    query = select(Team.name, Membership.role).join(Membership, col(Membership.team_id) == Team.id)
    rows = session.exec(query.where(Membership.person_id == person.id, Team.active).order_by(Team.name)).all()
    return [(row[0], row[1]) for row in rows]


def next_asked(session: Session, person: Person, now: datetime) -> datetime | None:
    """When he is asked next (UTC), as far as it is known."""
    return rounds.next_prompt_of(session, person, now) if person.active else None
