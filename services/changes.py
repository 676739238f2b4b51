"""Changes of the settings made in chat: written down with old and new, told to owners and leads, taken back by them.

Three kinds of audit entries: "setup.changed" (columns of a CheckIn or a Team), "setup.person" (somebody's part in a
team) and "setup.created" (a new CheckIn). `version` counts the changes of a row, so that two people changing one thing
notice each other.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.check_ins import CheckIn
from models.messages import Button, Message
from models.organization import Membership, Person, Team
from services import announcements, audit, coaching, digests, layout, owners, people, permissions, programme_check_ins
from services.applying import Applying
from services.programme_parts import CheckInPart
from services.render import label, render
from services.setting_words import line_of

CHANGED, PERSON, CREATED = "setup.changed", "setup.person", "setup.created"
OWNERS = (owners.NAMED, owners.ENDED)
VERBS = (CHANGED, PERSON, CREATED, *OWNERS)
DATES = ("paused_until",)


class ChangedSinceError(Exception):
    """What is to be taken back is no longer so."""


def part_of(check_in: CheckIn) -> CheckInPart:
    """The check-in as a programme file would state it."""
    before = check_in.reminder_before_minutes
    return CheckInPart.model_validate(
        {
            "name": check_in.name,
            "rhythm": check_in.rhythm,
            "at": check_in.at,
            "closes_after": f"PT{check_in.closes_after_minutes}M",
            "reminder_before": f"PT{before}M" if before else None,
            "anonymous": check_in.anonymous,
            "paused_until": check_in.paused_until,
            "questions": check_in.questions,
        }
    )


def put_check_in(session: Session, check_in: CheckIn, by: Person, now: datetime, **values: Any) -> AuditEntry | None:
    """Columns of a check-in; None when they are so already. Raises ValueError for what no programme could say."""
    old = {name: getattr(check_in, name) for name in values}
    if old == values:
        return None
    team = session.get_one(Team, check_in.team_id)
    doing = Applying(session, now, audited=False)
    for name, value in values.items():
        setattr(check_in, name, value)
    part = part_of(check_in)
    for name, value in old.items():
        setattr(check_in, name, value)
    if values.get("active") is False:
        programme_check_ins.stop(doing, team, [check_in])
    else:
        programme_check_ins.put(doing, team, part, check_in, source=check_in.source)
    return _written(session, check_in, by, now, old, values)


def put_team(session: Session, team: Team, by: Person, now: datetime, **values: Any) -> AuditEntry | None:
    """Columns of a team; None when they are so already."""
    old = {name: getattr(team, name) for name in values}
    if old == values:
        return None
    for name, value in values.items():
        setattr(team, name, value)
    if {"digest_day", "digest_at", "time_zone"} & set(values):
        digests.schedule(team, now)
    session.add(team)
    session.flush()
    layout.renew_team(session, team.id, now)
    return _written(session, team, by, now, old, values)


def _written(
    session: Session, row: CheckIn | Team, by: Person, now: datetime, old: dict[str, Any], new: dict[str, Any]
) -> AuditEntry:
    row.version += 1
    session.add(row)
    session.flush()
    new = {**_plain(new), "version": row.version}
    entry = audit.write(session, now, by, CHANGED, row, old=_plain(old), new=new)
    session.flush()
    return entry


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def put_member(
    session: Session, team: Team, person: Person, role: str | None, asked: bool, by: Person, now: datetime
) -> AuditEntry | None:
    """Somebody's part in a team, or None for no part any more; None when it is so already."""
    row = session.exec(
        select(Membership).where(Membership.team_id == team.id, Membership.person_id == person.id)
    ).first()
    old = {"role": row.role, "asked": row.asked} if row else {"role": None, "asked": False}
    new = {"role": role, "asked": asked and role is not None}
    if old == new:
        return None
    _store_member(session, team, person, row, role, asked)
    session.flush()
    _renew_rounds(session, team, person, asked and role is not None, now)
    entry = audit.write(
        session, now, by, PERSON, team, old={"person": person.id, **old}, new={"person": person.id, **new}
    )
    session.flush()
    return entry


def _store_member(
    session: Session, team: Team, person: Person, row: Membership | None, role: str | None, asked: bool
) -> None:
    if role is None:
        session.delete(row)
        return
    row = row or Membership(
        organization_id=team.organization_id, team_id=team.id, person_id=person.id, role=role, source="chat"
    )
    row.role, row.asked = role, asked
    session.add(row)


def _renew_rounds(session: Session, team: Team, person: Person, asked: bool, now: datetime) -> None:
    """Who joined is asked in the Rounds still ahead of him; who left is asked in none."""
    if not asked:
        layout.withdraw(session, team.id, person.id)
    layout.renew_team(session, team.id, now)


def meanwhile(session: Session, row: CheckIn | Team, version: int | None, columns: Iterable[str]) -> AuditEntry | None:
    """Somebody's change of one of these columns since the row had that version."""
    if version is None or row.version <= version:
        return None
    of_row = select(AuditEntry).where(
        AuditEntry.verb == CHANGED, AuditEntry.subject == row.__tablename__, AuditEntry.subject_id == row.id
    )
    newest = session.exec(of_row.order_by(col(AuditEntry.id).desc()).limit(20)).all()
    since = [entry for entry in newest if entry.new.get("version", 0) > version]
    return next((entry for entry in since if set(columns) & set(entry.old)), None)


def team_of(session: Session, entry: AuditEntry) -> Team | None:
    """The team an entry belongs to; None for one about the owners."""
    if entry.subject == CheckIn.__tablename__:
        return session.get_one(Team, session.get_one(CheckIn, entry.subject_id).team_id)
    return session.get_one(Team, entry.subject_id) if entry.subject == Team.__tablename__ else None


def may_change(session: Session, person: Person, team: Team | None) -> bool:
    """A team's settings: its leads and the stewards. The owners: only owners."""
    if team is None:
        return person.role == "owner"
    ours = person.organization_id == team.organization_id
    return ours and (permissions.is_steward(person) or permissions.leads(session, person, team.id))


def announce(session: Session, entries: Iterable[AuditEntry], by: Person, now: datetime, undone: bool = False) -> None:
    """Owners (HR, where nobody is one) and the team's leads hear what was changed and by whom, with [Undo]; who did it
    has his own answer."""
    entries = list(entries)
    if not entries:
        return
    team = team_of(session, entries[0])
    above = owners.owners_of(session, by.organization_id) or people.stewards_of(session, by.organization_id)
    audience = {person.id: person for person in above}
    audience |= {lead.id: lead for lead in (people.members_of(session, team.id, "lead") if team else [])}
    if team is None:  # who is an owner no longer hears of it too
        about = [session.get_one(Person, entry.subject_id) for entry in entries]
        audience |= {person.id: person for person in about}
    for person in audience.values():
        if person.id != by.id:
            message = _message(session, person, entries, by, team, undone)
            announcements.tell(session, now, person, message, f"changed:{entries[0].id}:{undone}:{person.id}")


def _message(
    session: Session, to: Person, entries: list[AuditEntry], by: Person, team: Team | None, undone: bool
) -> Message:
    lines = [line_of(session, to.locale, entry) for entry in entries]
    text = render(
        to.locale, "setting_announced", who=by.name, team=team.name if team else None, lines=lines, undone=undone
    )
    may = len(entries) == 1 and not undone and may_change(session, to, team)
    undo = Button(label=label(to.locale, "undo"), action=f"v1:undo:{entries[0].id}")
    return Message(markup=text, buttons=(undo,) if may else ())


def to_undo(session: Session, person: Person, entry_id: int | None, since: datetime) -> AuditEntry | None:
    """The change of settings with that id, not yet taken back, that this person may take back, whoever made it."""
    entry = session.get(AuditEntry, entry_id) if entry_id else None
    if entry is None or entry.verb not in VERBS or entry.at < since:
        return None
    if entry.organization_id != person.organization_id or not may_change(session, person, team_of(session, entry)):
        return None
    undone = select(AuditEntry.id).where(AuditEntry.verb == "undone", AuditEntry.subject_id == entry.id)
    return None if session.exec(undone).first() else entry


def take_back(session: Session, entry: AuditEntry, by: Person, now: datetime) -> None:
    """Make it what it was before. Raises ChangedSinceError, and owners.LastOwnerError."""
    if entry.verb in OWNERS:
        _take_back_owner(session, entry, by, now)
    elif entry.verb == PERSON:
        _take_back_member(session, entry, by, now)
    elif entry.verb == CREATED:
        put_check_in(session, session.get_one(CheckIn, entry.subject_id), by, now, active=False)
    else:
        _take_back_columns(session, entry, by, now)


def _take_back_columns(session: Session, entry: AuditEntry, by: Person, now: datetime) -> None:
    row: CheckIn | Team
    if entry.subject == CheckIn.__tablename__:
        row = session.get_one(CheckIn, entry.subject_id)
    else:
        row = session.get_one(Team, entry.subject_id)
    if _plain({name: getattr(row, name) for name in entry.old}) != {name: entry.new[name] for name in entry.old}:
        raise ChangedSinceError
    old = {name: _typed(name, value) for name, value in entry.old.items()}
    if isinstance(row, CheckIn):
        put_check_in(session, row, by, now, **old)
    else:
        put_team(session, row, by, now, **old)


def _typed(name: str, value: Any) -> Any:
    if name.endswith("_due_at") and value:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name in DATES and value else value


def _take_back_member(session: Session, entry: AuditEntry, by: Person, now: datetime) -> None:
    team, person = session.get_one(Team, entry.subject_id), session.get_one(Person, entry.old["person"])
    row = session.exec(
        select(Membership).where(Membership.team_id == team.id, Membership.person_id == person.id)
    ).first()
    is_now = {"role": row.role, "asked": row.asked} if row else {"role": None, "asked": False}
    if is_now != {"role": entry.new["role"], "asked": entry.new["asked"]}:
        raise ChangedSinceError
    with coaching.telling_of_new_leads(session, team.organization_id, now):
        put_member(session, team, person, entry.old["role"], entry.old["asked"], by, now)


def _take_back_owner(session: Session, entry: AuditEntry, by: Person, now: datetime) -> None:
    person = session.get_one(Person, entry.subject_id)
    if person.role != entry.new["role"]:
        raise ChangedSinceError
    if entry.verb == owners.NAMED:
        owners.end(session, person, by, now, role=entry.old["role"])
    else:
        owners.name(session, person, by, now)
