"""The lead's exception report: what is behind, what is blocked, who is silent. Private, once when a Round ends.

Leads who are there get it then; one who is away gets his when he is back. Where no lead is there, the stewards get it
meanwhile. Names of the silent never reach a channel. Who could not be asked because the bot was down is not silent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.check_ins import Response, Round
from models.ledger import Action, Blocker
from models.messages import Button, Message
from models.organization import Person, Team
from services import announcements, answers, audit, blocker_words, blockers, ledger, people, reactions, working_time
from services.announcements import UNREACHABLE
from services.consent import NO_CONSENT
from services.render import label, render

MOST_LINES = 10


@dataclass(frozen=True)
class Report:
    """`behind` with the owners' names, `blocked` the oldest first, both of the team; `silent` of the Round."""

    team: Team
    round_: Round | None = None
    behind: Sequence[tuple[Action, str]] = ()
    blocked: Sequence[Blocker] = ()
    silent: Sequence[str] = ()
    unreached: Sequence[str] = ()
    not_agreed: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.behind or self.blocked or self.silent or self.unreached or self.not_agreed)


def collect(session: Session, team: Team, round_: Round | None, now: datetime) -> Report:
    today = ledger.today_of(session, team.id, now)
    behind = [row for row in ledger.board(session, team) if ledger.standing(row[0], today) == "behind"]
    blocked = blockers.open_of_teams(session, [team.id])
    missed = _missed(session, round_) if round_ is not None else []
    return Report(
        team,
        round_,
        behind,
        blocked,
        [person.name for _, person in silent_of(session, round_)] if round_ else [],
        [person.name for response, person in missed if response.reason == UNREACHABLE],
        [person.name for response, person in missed if response.reason == NO_CONSENT],
    )


def _missed(session: Session, round_: Round) -> Sequence[tuple[Response, Person]]:
    """Who takes part in an anonymous Round is nobody's business."""
    if round_.anonymous:
        return []
    rows = session.exec(
        select(Response, Person)
        .join(Person, col(Response.person_id) == Person.id)
        .where(Response.round_id == round_.id, Response.state == "missed", Person.active)
        .order_by(Person.name)
    ).all()
    return [(row[0], row[1]) for row in rows]


def silent_of(session: Session, round_: Round) -> list[tuple[Response, Person]]:
    """Who was asked and gave no answer yet."""
    return [(response, person) for response, person in _missed(session, round_) if not response.reason]


def after_round(session: Session, round_: Round, team: Team, now: datetime) -> None:
    """The Round ended: each lead hears once what needs him, and not at all when nothing does."""
    reactions.plan(session, round_, now)
    report = collect(session, team, round_, now)
    if report.is_empty:
        return
    for person, due_at in _readers(session, team, now):
        message = message_of(session, report, person, now)
        announcements.tell(session, now, person, message, _key(round_, person), due_at)


def _key(round_: Round, person: Person) -> str:
    return f"exceptions:{round_.id}:{person.id}"


def _readers(session: Session, team: Team, now: datetime) -> Iterator[tuple[Person, datetime | None]]:
    """Who gets it, and when (UTC; None: now)."""
    leads = people.members_of(session, team.id, "lead")
    here = [lead for lead in leads if working_time.is_there(session, lead, now)]
    for lead in leads:
        back_at = None if lead in here else working_time.next_moment(session, lead, now)
        yield lead, back_at or working_time.awake_at(lead, now)
    if not here:
        for steward in people.stewards_of(session, team.organization_id):
            if steward not in leads and working_time.is_there(session, steward, now):
                yield steward, working_time.awake_at(steward, now)


def message_of(session: Session, report: Report, reader: Person, now: datetime) -> Message:
    round_ = report.round_
    text = render(
        reader.locale,
        "exceptions",
        team=report.team.name,
        check_in=answers.check_in_of(session, round_).name if round_ else "",
        on=round_.on_date if round_ else None,
        behind=report.behind[:MOST_LINES],
        blocked=[blocker_words.facts(session, each, now) for each in report.blocked[:MOST_LINES]],
        more=max(0, len(report.behind) - MOST_LINES) + max(0, len(report.blocked) - MOST_LINES),
        silent=report.silent,
        unreached=report.unreached,
        not_agreed=report.not_agreed,
        nudged_by=nudged_by(session, round_) if round_ else "",
        is_empty=report.is_empty,
    )
    return Message(markup=text, buttons=tuple(_buttons(report, reader.locale)))


def _buttons(report: Report, locale: str) -> Iterator[Button]:
    """One for each list."""
    if report.behind:
        yield Button(label=label(locale, "add_behind"), action=f"v1:behind:{report.team.id}")
    waiting = [blocker for blocker in report.blocked if blocker.state == "raised"]
    if len(waiting) == 1:
        action = f"v1:blocker_acknowledge:{waiting[0].number}"
        yield Button(label=label(locale, "blocker_acknowledge"), action=action)
    elif waiting:
        yield Button(label=label(locale, "blocker_acknowledge"), action=f"v1:blocked:{report.team.id}")
    if report.silent and report.round_ is not None and report.round_.nudged_at is None:
        yield Button(label=label(locale, "nudge"), action=f"v1:nudge:{report.round_.id}")


def newest_round(session: Session, team_id: int) -> Round | None:
    """The last one that ended and was held."""
    ended = select(Round).where(Round.team_id == team_id, Round.not_held == "", col(Round.closed_at).is_not(None))
    return session.exec(ended.order_by(col(Round.closed_at).desc(), col(Round.id).desc())).first()


def refresh(session: Session, round_: Round, now: datetime) -> None:
    """Everybody who has the report sees how it stands now, where messages can be changed."""
    team = session.get_one(Team, round_.team_id)
    report = collect(session, team, round_, now)
    readers = (*people.members_of(session, team.id, "lead"), *people.stewards_of(session, team.organization_id))
    for person in {person.id: person for person in readers}.values():
        announcements.change(session, now, _key(round_, person), message_of(session, report, person, now))


# --- the one kind nudge


def nudge(session: Session, round_: Round, lead: Person, now: datetime) -> list[str] | None:
    """A kind word to each of the silent, in the lead's name, once per Round. None: it was used. []: nobody to nudge.

    Whoever presses first has it, however many leads press. Who chose few reminders gets it too: the lead asks, not the
    bot. Who is away is left alone.
    """
    silent = silent_of(session, round_)
    if not silent:
        return []
    first = update(Round).where(col(Round.id) == round_.id, col(Round.nudged_at).is_(None)).values(nudged_at=now)
    if session.execute(first.returning(col(Round.id))).first() is None:
        session.refresh(round_)
        return None
    session.refresh(round_)
    nudged = [person for response, person in silent if announcements.nudge(session, response, person, lead, now)]
    audit.write(session, now, lead, "round.nudged", round_, new={"people": [person.id for person in nudged]})
    session.flush()
    refresh(session, round_, now)
    return [person.name for person in nudged]


def nudged_by(session: Session, round_: Round) -> str:
    """The name of the lead who did, or "" """
    if round_.nudged_at is None:
        return ""
    nudged = (AuditEntry.verb == "round.nudged", AuditEntry.subject == "round", AuditEntry.subject_id == round_.id)
    query = select(Person.name).join(AuditEntry, col(AuditEntry.actor_id) == Person.id).where(*nudged)
    return session.exec(query).first() or ""
