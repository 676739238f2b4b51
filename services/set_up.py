"""Setting up in chat: what the wizard has gathered becomes a team, its people and a check-in, all in one step.

Until then nothing is stored but the answers of the one who asks. The check-in itself goes the way of the programme
file's: services/programme_check_ins.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.check_ins import CheckIn, Response, Round
from models.organization import SPEAKS_FIRST, Channel, Identity, Membership, Organization, Person, Team
from services import audit, calendar, changes, coaching, digests, linking, people, programme_check_ins, reach
from services.applying import Applying
from services.programme_parts import CheckInPart

CREATED = "setup.created"
DIGEST_DAY, DIGEST_AT = 4, "17:00"
ACCOUNTS_BY_NAME = ("playground",)
"""Where nobody needs an account of his own: a person has one as soon as he has a name."""


class Member(BaseModel):
    """`person_id` of somebody known, or the `account` (platform, workspace, id) that was mentioned, or a name alone.

    `role`: one of TEAM_ROLES, or "out".
    """

    name: str
    role: str = "member"
    asked: bool = True
    person_id: int | None = None
    account: tuple[str, str, str] | None = None


class Plan(BaseModel):
    """What was chosen so far. `check_in` is a CheckInPart as plain JSON; `platform` is the one the wizard talks on.

    `new`: a new team was asked for, so that those that are there are not offered.
    """

    platform: str = ""
    new: bool = False
    team_id: int | None = None
    team: str = ""
    place: tuple[str, str, str] | None = None
    people: list[Member] = []
    check_in: dict[str, Any] | None = None

    def part(self) -> CheckInPart:
        return CheckInPart.model_validate(self.check_in)


class TakenError(Exception):
    """Another team, or one that was ended, bears that name."""


@dataclass
class Created:
    """`codes` (name, code, until in UTC): to hand over to those whose account is not known yet."""

    team: Team
    check_in: CheckIn
    entry: AuditEntry
    codes: list[tuple[str, str, datetime]] = field(default_factory=list)
    channel: Channel | None = None


def team_named(session: Session, organization_id: int, name: str) -> Team | None:
    """Ended ones too: their name is taken."""
    ours = select(Team).where(Team.organization_id == organization_id)
    return next((team for team in session.exec(ours).all() if team.name.casefold() == name.strip().casefold()), None)


def roster_of(session: Session, team: Team) -> list[tuple[Person, Membership]]:
    rows = session.exec(
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(Membership.team_id == team.id, Person.active)
        .order_by(Person.name)
    ).all()
    return [(row[0], row[1]) for row in rows]


def check_ins_of(session: Session, team: Team) -> Sequence[CheckIn]:
    active = select(CheckIn).where(CheckIn.team_id == team.id, CheckIn.active)
    return session.exec(active.order_by(col(CheckIn.id))).all()


def free_name(session: Session, team_id: int | None, wanted: str) -> str:
    """A check-in's name that no other of the team bears or bore: "Weekly progress 2"."""
    taken = set(session.exec(select(CheckIn.name).where(CheckIn.team_id == team_id)).all())
    candidates = (wanted if number == 1 else f"{wanted[:76]} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in candidates if name not in taken)


def create(session: Session, organization: Organization, plan: Plan, by: Person, now: datetime) -> Created:
    """Everything the plan says, in one transaction. Raises TakenError for a team's name somebody took meanwhile."""
    team = session.get_one(Team, plan.team_id) if plan.team_id else _new_team(session, organization, plan, by, now)
    with coaching.telling_of_new_leads(session, organization.id, now):
        codes = [code for member in plan.people for code in _join(session, team, member, plan.platform, by, now)]
        if plan.team_id is None and not people.members_of(session, team.id, "lead"):
            changes.put_member(session, team, by, "lead", any(_is(member, by) for member in plan.people), by, now)
    channel = reach.bind_channel(session, team, *plan.place, by, now) if plan.place else None
    part = plan.part()
    part.name = free_name(session, team.id, part.name)
    check_in = programme_check_ins.put(Applying(session, now, audited=False), team, part, None, source="chat")
    session.flush()
    new = {"check_in": check_in.name, "version": check_in.version}
    entry = audit.write(session, now, by, CREATED, check_in, new=new)
    session.flush()
    return Created(team, check_in, entry, codes, channel)


def _is(member: Member, person: Person) -> bool:
    return member.person_id == person.id


def _new_team(session: Session, organization: Organization, plan: Plan, by: Person, now: datetime) -> Team:
    """It speaks the language and lives in the zone of the one who sets it up."""
    if team_named(session, organization.id, plan.team) is not None:
        raise TakenError(plan.team)
    team = Team(
        organization_id=organization.id,
        name=plan.team,
        time_zone=by.time_zone,
        locale=by.locale,
        digest_day=DIGEST_DAY,
        digest_at=DIGEST_AT,
        source="chat",
    )
    digests.schedule(team, now)
    session.add(team)
    session.flush()
    audit.write(session, now, by, "team.set_up", team, new={"team": team.name})
    return team


def _join(
    session: Session, team: Team, member: Member, platform: str, by: Person, now: datetime
) -> list[tuple[str, str, datetime]]:
    """Put one person into the team; somebody without any account comes with a code to hand over."""
    person = known(session, member) or new_person(session, team.organization_id, member, platform, by, now)
    changes.put_member(session, team, person, None if member.role == "out" else member.role, member.asked, by, now)
    return code_for(session, person, by, now)


def code_for(session: Session, person: Person, by: Person, now: datetime) -> list[tuple[str, str, datetime]]:
    """(name, code, until) for somebody with no account at all; nothing for anybody else."""
    has_one = session.exec(select(Identity.id).where(Identity.person_id == person.id).limit(1)).first()
    return [] if has_one else [(person.name, *linking.make_code(session, person, by, now))]


def known(session: Session, member: Member) -> Person | None:
    """Somebody on the list, also if the mentioned account became somebody's meanwhile."""
    if member.person_id is not None:
        return session.get(Person, member.person_id)
    account = reach.identity(session, *member.account) if member.account else None
    return session.get(Person, account.person_id) if account else None


def new_person(
    session: Session, organization_id: int, member: Member, platform: str, by: Person, now: datetime
) -> Person:
    """Until he says otherwise he speaks and lives like the organization; of a mentioned account the platform tells."""
    organization = session.get_one(Organization, organization_id)
    person = Person(
        organization_id=organization_id,
        name=member.name,
        name_source="platform" if member.account else "self",
        time_zone=by.time_zone if platform in ACCOUNTS_BY_NAME else organization.time_zone,
        locale=by.locale,
        work_days=["mo", "tu", "we", "th", "fr"],
        source="chat",
    )
    session.add(person)
    session.flush()
    audit.write(session, now, by, "person.added", person, new={"name": member.name})
    account = member.account or ((platform, "", f"p{person.id}") if platform in ACCOUNTS_BY_NAME else None)
    if account is not None:
        _account(session, person, account, now)
    return person


def _account(session: Session, person: Person, place: tuple[str, str, str], now: datetime) -> None:
    platform, workspace, external_id = place
    session.add(
        Identity(
            organization_id=person.organization_id,
            person_id=person.id,
            platform=platform,
            workspace=workspace,
            external_id=external_id,
            profile_due_at=now,
            reach="never_started" if platform in SPEAKS_FIRST else "reachable",
            source="self",
        )
    )
    session.flush()


def change_people(
    session: Session, team: Team, named: Sequence[Member], platform: str, by: Person, now: datetime
) -> tuple[list[AuditEntry], list[tuple[str, str, datetime]]]:
    """What was changed of a team's people, and the codes of those who have no account yet."""
    entries, codes = [], []
    with coaching.telling_of_new_leads(session, team.organization_id, now):
        for member in named:
            person = known(session, member)
            is_new = person is None
            person = person or new_person(session, team.organization_id, member, platform, by, now)
            role = None if member.role == "out" else member.role
            entry = changes.put_member(session, team, person, role, member.asked, by, now)
            entries += [entry] if entry else []
            codes += code_for(session, person, by, now) if is_new else []
    return entries, codes


def asked_in(session: Session, plan: Plan) -> list[str]:
    """Names of everybody who would be asked: of the team as it is, and of those named."""
    named = {member.person_id for member in plan.people if member.person_id}
    here = roster_of(session, session.get_one(Team, plan.team_id)) if plan.team_id else []
    stay = [person.name for person, row in here if row.asked and person.id not in named]
    return stay + [member.name for member in plan.people if member.asked and member.role in ("member", "lead")]


def first_asked(session: Session, check_in: CheckIn, now: datetime) -> tuple[Person, datetime] | None:
    """Who is asked first in it, and when (UTC): of the Round laid out, else of the next date."""
    planned = select(Person, Response.prompt_at).join(Response, col(Response.person_id) == Person.id)
    planned = planned.join(Round, col(Response.round_id) == Round.id).where(Round.check_in_id == check_in.id)
    found = session.exec(planned.where(Response.prompt_at > now).order_by(col(Response.prompt_at)).limit(1)).first()
    if found is not None or check_in.next_on is None:
        return (found[0], found[1]) if found else None
    team = session.get_one(Team, check_in.team_id)
    asked = [person for person, row in roster_of(session, team) if row.asked]
    instants = [(person, calendar.instant(check_in.next_on, check_in.at, person.time_zone)) for person in asked]
    return min(instants, key=lambda each: each[1], default=None)
