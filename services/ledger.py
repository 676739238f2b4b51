"""The improvement ledger: actions are added, moved by short updates, and judged done / in progress / behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.ledger import Action, ActionUpdate
from models.organization import Organization, Person, Team
from services import audit, blockers, calendar
from services.limits import NOTE_CHARACTERS

TOLERANCE_POINTS = 25
"""How far progress may lie under the straight line from start to due date before an action counts as behind."""

LARGEST_NUMBER = 2**31 - 1

Standing = Literal["done", "in_progress", "behind", "dropped"]


class Judged(Protocol):
    """What standing is computed from."""

    @property
    def state(self) -> str: ...
    @property
    def progress(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def due_on(self) -> date: ...


def standing(action: Judged, today: date) -> Standing:
    """Computed, so nobody can hide it: behind = due passed, or progress under the line by more than the tolerance."""
    if action.state in ("done", "dropped"):
        return "done" if action.state == "done" else "dropped"
    if today > action.due_on or expected_progress(action, today) - action.progress > TOLERANCE_POINTS:
        return "behind"
    return "in_progress"


def expected_progress(action: Judged, today: date) -> float:
    whole = (action.due_on - action.starts_on).days
    return 100 * min(1.0, max(0, (today - action.starts_on).days) / whole) if whole > 0 else 0.0


def today_of(session: Session, team_id: int, now: datetime) -> date:
    return calendar.local_date(now, session.get_one(Team, team_id).time_zone)


@dataclass(frozen=True)
class Draft:
    """A complete new action: nothing is saved before all of it is known."""

    team_id: int
    title: str
    owner: Person
    due_on: date
    measure: str
    coaching_note_id: int | None = None


def add(session: Session, draft: Draft, author: Person, now: datetime) -> Action:
    action = Action(
        organization_id=author.organization_id,
        team_id=draft.team_id,
        number=_next_number(session, author.organization_id),
        title=draft.title,
        owner_id=draft.owner.id,
        created_by_id=author.id,
        created_at=now,
        starts_on=today_of(session, draft.team_id, now),
        due_on=draft.due_on,
        measure=draft.measure[:NOTE_CHARACTERS],
        moved_at=now,
        coaching_note_id=draft.coaching_note_id,
    )
    session.add(action)
    session.flush()
    new = {"number": action.number, "owner": action.owner_id, "due": action.due_on.isoformat()}
    audit.write(session, now, author, "action.added", action, new=new)
    return action


def _next_number(session: Session, organization_id: int) -> int:
    taken = session.execute(
        update(Organization)
        .where(col(Organization.id) == organization_id)
        .values(next_number=Organization.next_number + 1)
        .returning(col(Organization.next_number))
    ).scalar_one()
    return int(taken) - 1


def by_number(session: Session, organization_id: int, number: int) -> Action | None:
    if number > LARGEST_NUMBER:
        return None
    return session.exec(
        select(Action).where(Action.organization_id == organization_id, Action.number == number)
    ).first()


@dataclass(frozen=True)
class Move:
    """What one message changes; None means unchanged."""

    state: str | None = None
    progress: int | None = None
    due_on: date | None = None
    note: str = ""
    source_message: str | None = None
    why: str = ""


def move(session: Session, action: Action, person: Person, change: Move, now: datetime) -> ActionUpdate:
    """Apply an update and keep what stood before. 100 % is done; progress on a done action reopens it."""
    session.refresh(action, with_for_update=True)
    step = ActionUpdate(
        organization_id=action.organization_id,
        action_id=action.id,
        person_id=person.id,
        at=now,
        state=_next_state(action, change),
        progress=_next_progress(action, change),
        due_on=change.due_on or action.due_on,
        note=change.note[:NOTE_CHARACTERS],
        old_state=action.state,
        old_progress=action.progress,
        old_due_on=action.due_on,
        old_note=action.last_note,
        source_message=change.source_message,
        behind_why=change.why,
    )
    return _apply(session, action, step, person, now, "action.moved")


def _next_state(action: Action, change: Move) -> str:
    if change.progress == 100:
        return "done"
    if change.state is not None:
        return change.state
    moved_on = change.progress is not None and (change.progress > action.progress or action.state == "done")
    return "in_progress" if moved_on else action.state


def _next_progress(action: Action, change: Move) -> int:
    if change.state == "done":
        return 100
    return action.progress if change.progress is None else change.progress


def _apply(
    session: Session, action: Action, step: ActionUpdate, person: Person, now: datetime, verb: str
) -> ActionUpdate:
    session.add(step)
    session.flush()
    action.blocked_at = (action.blocked_at or now) if step.state == "blocked" else None
    action.done_at = (action.done_at or now) if step.state == "done" else None
    action.state, action.progress, action.due_on = step.state, step.progress, step.due_on
    action.last_note, action.moved_at = step.note or action.last_note, now
    session.add(action)
    old = {"state": step.old_state, "progress": step.old_progress, "due": step.old_due_on.isoformat()}
    new = {"state": step.state, "progress": step.progress, "due": step.due_on.isoformat(), "update": step.id}
    audit.write(session, now, person, verb, action, old=old, new=new)
    undoing = verb == "action.taken_back"
    blockers.of_action(session, action, person, step.old_state, step.note, now, undoing=undoing)
    return step


def take_back(session: Session, update_id: int, person: Person, now: datetime) -> Action:
    """Undo an update by a reversing row: what stood before it stands again, but for what was moved since."""
    taken = session.get_one(ActionUpdate, update_id)
    action = session.get_one(Action, taken.action_id)
    session.refresh(action, with_for_update=True)
    step = ActionUpdate(
        organization_id=action.organization_id,
        action_id=action.id,
        person_id=person.id,
        at=now,
        state=taken.old_state if action.state == taken.state else action.state,
        progress=taken.old_progress if action.progress == taken.progress else action.progress,
        due_on=taken.old_due_on if action.due_on == taken.due_on else action.due_on,
        note=taken.old_note if action.last_note == taken.note else action.last_note,
        old_state=action.state,
        old_progress=action.progress,
        old_due_on=action.due_on,
        old_note=action.last_note,
        reverses_id=taken.id,
    )
    _apply(session, action, step, person, now, "action.taken_back")
    action.last_note = step.note
    return action


def moved_since(session: Session, update_: ActionUpdate) -> bool:
    later = select(ActionUpdate.id).where(ActionUpdate.action_id == update_.action_id, ActionUpdate.id > update_.id)
    return session.exec(later.limit(1)).first() is not None


def reword(session: Session, update_: ActionUpdate, note: str, person: Person, now: datetime) -> None:
    """An older message was corrected: its words change, what was moved since stands."""
    action = by_id(session, update_.action_id)
    if action.last_note == update_.note:
        action.last_note = note
        session.add(action)
    update_.note = note[:NOTE_CHARACTERS]
    session.add(update_)
    audit.write(session, now, person, "action.reworded", action, new={"update": update_.id})


def drop(session: Session, action: Action, person: Person, now: datetime) -> None:
    """Undo an addition: the number stays taken, the action is dropped."""
    move(session, action, person, Move(state="dropped"), now)


def update_typed_in(session: Session, person: Person, message_id: str) -> ActionUpdate | None:
    """The person's update that was typed in this chat message, unless it was taken back."""
    typed = select(ActionUpdate).where(ActionUpdate.source_message == message_id, ActionUpdate.person_id == person.id)
    taken_back = select(ActionUpdate.reverses_id).where(col(ActionUpdate.reverses_id).is_not(None))
    typed = typed.where(col(ActionUpdate.id).not_in(taken_back))
    return session.exec(typed.order_by(col(ActionUpdate.id).desc())).first()


def open_of(session: Session, person: Person) -> Sequence[Action]:
    mine = select(Action).where(Action.owner_id == person.id, col(Action.state).in_(("in_progress", "blocked")))
    return session.exec(mine.order_by(col(Action.due_on))).all()


def board(session: Session, team: Team) -> Sequence[tuple[Action, str]]:
    """The team's actions that are not dropped, with their owners' names, by due date."""
    rows = session.exec(
        select(Action, Person.name)
        .join(Person, col(Action.owner_id) == Person.id)
        .where(Action.team_id == team.id, Action.state != "dropped")
        .order_by(col(Action.due_on), col(Action.number))
    ).all()
    return [(row[0], row[1]) for row in rows]


def history(session: Session, action: Action) -> Sequence[ActionUpdate]:
    return session.exec(
        select(ActionUpdate).where(ActionUpdate.action_id == action.id).order_by(col(ActionUpdate.id).desc()).limit(5)
    ).all()


def by_id(session: Session, action_id: int) -> Action:
    return session.get_one(Action, action_id)
