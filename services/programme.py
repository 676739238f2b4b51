"""Applying the programme: the organization becomes what the file says; what is already so is left alone.

Nothing with a history is deleted: who or what is no longer in the file is switched off and stays readable.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from models.check_ins import CheckIn
from models.db import insert_new
from models.organization import (
    SPEAKS_FIRST,
    WEEKDAYS,
    Channel,
    CompanyDay,
    Identity,
    Membership,
    Organization,
    Person,
    Team,
    Workspace,
)
from services import (
    audit,
    coaching,
    digests,
    forgetting,
    layout,
    one_on_ones,
    owners,
    programme_check_ins,
    reach,
    reflections,
    roster,
    vault,
)
from services.applying import Applying, Change
from services.programme_file import ProgrammeError
from services.programme_parts import DayPart, PersonPart, Place, Programme, TeamPart

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROBOT_KEY = "wecom_robot:"
"""What a group robot's key is kept under, with its channel's id behind."""


def apply(session: Session, programme: Programme, now: datetime, sealer: vault.Sealer | None = None) -> list[Change]:
    """Make it so, and return what changed; applied again, nothing does. What was set up in chat and the file does not
    know is left alone, and named with the sign "=".

    `sealer` keeps the keys of group robots; where there are any and it is missing, ProgrammeError is raised.
    """
    doing = Applying(session, now)
    _robots(session, programme, sealer)
    organization = _organization(doing, programme)
    owners_before = owners.owners_of(session, organization.id)
    with coaching.telling_of_new_leads(session, organization.id, now):
        _people_and_teams(doing, organization, programme)
    _keep_an_owner(doing, organization, owners_before)
    return [*doing.changes, *doing.left_alone]


def _people_and_teams(doing: Applying, organization: Organization, programme: Programme) -> None:
    people = {part.label(): _person(doing, organization, part) for part in _wanted(doing, organization, programme)}
    _workspaces(doing, organization, programme)
    _end_others(doing, organization, people.values())
    teams = [_team(doing, organization, part) for part in programme.teams]
    for team, part in zip(teams, programme.teams, strict=True):
        _members(doing, team, part, people)
        _channels(doing, team, part)
        programme_check_ins.apply(doing, team, part)
    _end_other_teams(doing, organization, teams)
    programme_check_ins.follow(doing, organization)


def _robots(session: Session, programme: Programme, sealer: vault.Sealer | None) -> None:
    """A key is kept sealed under a name that tells nothing of it; no change, audit entry or export holds it."""
    robots = [team.channels.wecom_robot for team in programme.teams if team.channels.wecom_robot]
    if robots and sealer is None:
        raise ProgrammeError([(1, "LOOPKEEPER_SECRET_KEY is needed to keep a group robot's key")])
    stated = {f"{ROBOT_KEY}{robot.external_id()}": robot.secret() for robot in robots}
    for name in set(vault.names(session, ROBOT_KEY)) - set(stated):
        vault.forget(session, name)
    for name, key in stated.items():
        assert sealer is not None
        vault.keep(session, sealer, name, key)


def _organization(doing: Applying, programme: Programme) -> Organization:
    known = doing.session.exec(select(Organization).order_by(col(Organization.id))).all()
    part = programme.organization
    named = next((each for each in known if each.name == part.name), None)
    row = named or (known[0] if len(known) == 1 else Organization(name=part.name, time_zone="UTC", locale="en"))
    put = doing.put(
        row, f"organization {part.name}", name=part.name, time_zone=part.time_zone, locale=part.locale,
        consent=part.consent, retention=part.retention, country=part.country,
    )  # fmt: skip
    put.prune_due_at = put.prune_due_at or doing.now
    doing.session.add(put)
    assert isinstance(put, Organization)
    _days(doing, put, part.days)
    return put


def _days(doing: Applying, organization: Organization, stated: Iterable[DayPart]) -> None:
    """The organization's own days become those of the file."""
    rows = doing.session.exec(select(CompanyDay).where(CompanyDay.organization_id == organization.id)).all()
    known = {row.on_date: row for row in rows}
    for part in stated:
        for on in part.dates():
            row = known.pop(on, None) or CompanyDay(organization_id=organization.id, on_date=on, working=part.working)
            doing.put(row, f"day {on.isoformat()}", working=part.working, name=part.name)
    for row in known.values():
        doing.note("-", f"day {row.on_date.isoformat()}", row.name, row)
        doing.session.delete(row)
    doing.session.flush()


def _workspaces(doing: Applying, organization: Organization, programme: Programme) -> None:
    places = {place[:2] for part in programme.people for place in part.accounts()}
    places |= {place[:2] for team in programme.teams for place in team.places()}
    rows = [
        {"organization_id": organization.id, "platform": platform, "external_id": workspace, "connected": False}
        for platform, workspace in sorted(places)
    ]
    insert_new(doing.session, Workspace, rows)


def _person(doing: Applying, organization: Organization, part: PersonPart) -> Person:
    row = _known_person(doing.session, organization, part) or Person(
        organization_id=organization.id,
        name=part.label(),
        time_zone=organization.time_zone,
        locale=organization.locale,
    )
    put: Person = doing.put(
        row, f"person {part.label()}", role=_role(doing, row, part), active=True, source="file",
        **_name(row, part), **_zone(row, organization, part),
        **_locale(row, organization, part), **_prefers(row, part),
        work_days=_work_days(doing.session, row, part), country=part.country,
    )  # fmt: skip
    _consent(doing, organization, put)
    _identities(doing, put, part)
    return put


def _role(doing: Applying, row: Person, part: PersonPart) -> str:
    """An owner named in chat stays one where the file says nothing of his role."""
    if "role" in part.model_fields_set or row.id is None or not owners.named_in_chat(doing.session, row):
        return part.role
    doing.leave_alone([f"owner {row.name}"], "named in chat, left alone")
    return row.role


def _keep_an_owner(doing: Applying, organization: Organization, before: Iterable[Person]) -> None:
    """No list leaves an organization that had an owner without one."""
    doing.session.flush()
    if owners.owners_of(doing.session, organization.id):
        return
    for person in before:
        person.role, person.active = "owner", True
        doing.session.add(person)
        doing.leave_alone([f"owner {person.name}"], "the last owner stays one")


def _work_days(session: Session, row: Person, part: PersonPart) -> list[str]:
    """The person's own where the file says nothing of them."""
    if "work_days" not in part.model_fields_set and row.id is not None and roster.chose_work_days(session, row):
        return row.work_days
    return sorted(part.work_days, key=WEEKDAYS.index)


def _wanted(doing: Applying, organization: Organization, programme: Programme) -> list[PersonPart]:
    """Everybody of the file but who asked to be forgotten."""
    wanted = []
    for part in programme.people:
        unknown = [place for place in part.accounts() if reach.identity(doing.session, *place) is None]
        if unknown and forgetting.is_forgotten(doing.session, organization, unknown):
            doing.leave_alone([f"line {part.line}"], "this person asked to be forgotten, and is not brought back")
        else:
            wanted.append(part)
    return wanted


def _consent(doing: Applying, organization: Organization, person: Person) -> None:
    """Where people were asked elsewhere, the file's are taken to have agreed when it is applied."""
    if organization.consent == "elsewhere" and person.consented_at is None:
        person.consented_at = doing.now
        doing.session.add(person)
        audit.write(doing.session, doing.now, audit.OPERATOR, "person.consented", person, new={"where": "elsewhere"})


def _known_person(session: Session, organization: Organization, part: PersonPart) -> Person | None:
    """By account first, for names change; then by name; by an account somebody linked himself only where nothing else
    tells, for that is his word against the file's."""
    ours = select(Person).where(Person.organization_id == organization.id)
    listed, linked = (_owner_of_any(session, part.accounts(), source) for source in ("file", "self"))
    return listed or session.exec(ours.where(Person.name == part.label())).first() or linked


def _owner_of_any(session: Session, places: list[Place], source: str) -> Person | None:
    for platform, workspace, external_id in places:
        account = reach.identity(session, platform, workspace, external_id)
        if account is not None and account.source == source:
            return session.get_one(Person, account.person_id)
    return None


def _name(row: Person, part: PersonPart) -> dict[str, str]:
    if part.name is not None:
        return {"name": part.name, "name_source": "file"}
    return {} if row.name_source == "platform" and row.id else {"name": part.label(), "name_source": "platform"}


def _zone(row: Person, organization: Organization, part: PersonPart) -> dict[str, str]:
    if part.time_zone is not None:
        return {"time_zone": part.time_zone, "time_zone_source": "file"}
    if row.time_zone_source in ("platform", "self"):
        return {}
    return {"time_zone": organization.time_zone, "time_zone_source": "organization"}


def _locale(row: Person, organization: Organization, part: PersonPart) -> dict[str, str]:
    """What the person chose for himself, no list overrules."""
    if row.locale_source == "self":
        return {}
    if part.locale is not None:
        return {"locale": part.locale, "locale_source": "file"}
    if row.locale_source == "platform":
        return {}
    return {"locale": organization.locale, "locale_source": "organization"}


def _prefers(row: Person, part: PersonPart) -> dict[str, str | None]:
    """Where the person himself said to be written to, no list overrules."""
    if row.prefers_source == "self":
        return {}
    return {"prefers": part.prefers, "prefers_source": "file" if part.prefers else "organization"}


def _identities(doing: Applying, person: Person, part: PersonPart) -> None:
    """What the file no longer says is gone; what the person linked himself stays."""
    stated = part.accounts()
    rows = doing.session.exec(select(Identity).where(Identity.person_id == person.id)).all()
    for row in rows:
        if row.source == "file" and (row.platform, row.workspace, row.external_id) not in stated:
            doing.note("-", f"account of {person.name}", f"{row.platform} {row.external_id}", row)
            doing.session.delete(row)
    doing.session.flush()
    for place in stated:
        _identity(doing, person, place)


def _identity(doing: Applying, person: Person, place: Place) -> None:
    platform, workspace, external_id = place
    row = reach.identity(doing.session, *place) or Identity(
        organization_id=person.organization_id,
        person_id=person.id,
        platform=platform,
        workspace=workspace,
        external_id=external_id,
        profile_due_at=doing.now,
        reach="never_started" if platform in SPEAKS_FIRST else "reachable",
    )
    doing.put(row, f"account of {person.name}", person_id=person.id, external_id=external_id, source="file")


def _end_others(doing: Applying, organization: Organization, stated: Iterable[Person]) -> None:
    kept = {person.id for person in stated}
    active = select(Person).where(Person.organization_id == organization.id, Person.active)
    for person in doing.session.exec(active).all():
        if person.id not in kept and person.source == "chat":
            doing.leave_alone([f"person {person.name}"])
        elif person.id not in kept:
            person.active = False
            doing.session.add(person)
            doing.note("-", f"person {person.name}", "no longer on the list", person)
            one_on_ones.end_all(doing.session, person, doing.now)


def _team(doing: Applying, organization: Organization, part: TeamPart) -> Team:
    row = doing.session.exec(
        select(Team).where(Team.organization_id == organization.id, Team.name == part.name)
    ).first() or Team(
        organization_id=organization.id, name=part.name, time_zone=organization.time_zone, locale=organization.locale
    )
    before = (row.digest_day, row.digest_at, row.time_zone)
    put: Team = doing.put(
        row,
        f"team {part.name}",
        time_zone=part.time_zone or organization.time_zone,
        locale=part.locale or organization.locale,
        digest_day=DAY_NAMES.index(part.digest.day) if part.digest else None,
        digest_at=part.digest.at if part.digest else None,
        country=part.country,
        off_day=part.off_day,
        escalate_after_days=part.escalate_after,
        react_within_days=part.react_within,
        reflect_due_at=_reflect_due_at(row, part, doing.now),
        active=True,
        source="file",
    )
    if (put.digest_day, put.digest_at, put.time_zone) != before or (part.digest and put.digest_due_at is None):
        digests.schedule(put, doing.now)
        doing.session.add(put)
    return put


def _reflect_due_at(row: Team, part: TeamPart, now: datetime) -> datetime | None:
    """Where the file says nothing of it, what was set in chat stays."""
    if part.reflection is None or part.reflection == (row.reflect_due_at is not None):
        return row.reflect_due_at
    return reflections.first_due(part.time_zone or row.time_zone, now) if part.reflection else None


def _members(doing: Applying, team: Team, part: TeamPart, people: dict[str, Person]) -> None:
    stated: dict[int, tuple[str, bool]] = {}
    for role, names in (("observer", part.observers), ("member", part.members), ("lead", part.leads)):
        for name in names:
            if name in people:
                stated[people[name].id] = (role, name in part.members)
    names_of = {person.id: person.name for person in people.values()}
    rows = {
        row.person_id: row for row in doing.session.exec(select(Membership).where(Membership.team_id == team.id)).all()
    }
    for person_id, (role, asked) in stated.items():
        row = rows.pop(person_id, None) or Membership(
            organization_id=team.organization_id, team_id=team.id, person_id=person_id, role=role
        )
        doing.put(row, f"{names_of[person_id]} in {team.name}", role=role, asked=asked, source="file")
    for row in rows.values():
        if row.source == "chat":
            doing.leave_alone([f"{doing.session.get_one(Person, row.person_id).name} in {team.name}"])
            continue
        doing.note("-", f"person {row.person_id} in {team.name}", "", row)
        doing.session.delete(row)
        layout.withdraw(doing.session, team.id, row.person_id)


def _channels(doing: Applying, team: Team, part: TeamPart) -> None:
    """Where the file names a channel it wins, and what was kept for the old one follows; a channel set up in chat stays
    where the file names none."""
    rows = {row.platform: row for row in doing.session.exec(select(Channel).where(Channel.team_id == team.id)).all()}
    for place in part.places():
        _channel(doing, team, place, rows.pop(place[0], None))
    for row in rows.values():
        if row.source == "file":
            doing.note("-", f"{row.platform} channel of {team.name}", row.external_id, row)
            doing.session.delete(row)


def _channel(doing: Applying, team: Team, place: Place, known: Channel | None) -> None:
    platform, workspace, external_id = place
    what = f"{platform} channel of {team.name}"
    if known is None:
        known = Channel(
            organization_id=team.organization_id, team_id=team.id, platform=platform, external_id=external_id
        )
        doing.put(known, what, workspace=workspace, external_id=external_id)
    elif (known.workspace, known.external_id) != (workspace, external_id):
        old = known.external_id
        reach.restore_channel(doing.session, known, workspace, external_id, doing.now)
        doing.note("~", what, f"external_id {old} -> {external_id}", known)
    known.source = "file"
    doing.session.add(known)


def _end_other_teams(doing: Applying, organization: Organization, stated: Iterable[Team]) -> None:
    kept = {team.id for team in stated}
    active = select(Team).where(Team.organization_id == organization.id, Team.active)
    for team in doing.session.exec(active).all():
        if team.id not in kept and team.source == "chat":
            doing.leave_alone([f"team {team.name}"])
        elif team.id not in kept:
            team.active, team.digest_due_at = False, None
            doing.session.add(team)
            doing.note("-", f"team {team.name}", "", team)
            active_ones = select(CheckIn).where(CheckIn.team_id == team.id, CheckIn.active)
            programme_check_ins.stop(doing, team, doing.session.exec(active_ones).all())
