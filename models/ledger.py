"""The improvement ledger: Actions and the ActionUpdates that moved them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import of_organization, one_of

ACTION_STATES = ("in_progress", "blocked", "done", "dropped")
BLOCKER_STATES = ("raised", "acknowledged", "resolved")


class Action(SQLModel, table=True):
    """One line of the ledger, `#number` in chat. done / in progress / behind is computed, never stored."""

    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        one_of("state", ACTION_STATES),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_in_percent"),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    number: int
    title: str
    owner_id: int = Field(foreign_key="person.id", index=True)
    created_by_id: int = Field(foreign_key="person.id")
    created_at: datetime
    starts_on: date
    due_on: date
    measure: str
    state: str = "in_progress"
    progress: int = 0
    last_note: str = ""
    blocked_at: datetime | None = None
    done_at: datetime | None = None
    moved_at: datetime
    coaching_note_id: int | None = Field(default=None, foreign_key="coachingnote.id")


class ActionUpdate(SQLModel, table=True):
    """One message that moved an Action; `old_*` is what stood before, so that it can be taken back.

    `behind_why`: what the owner named as the reason it is behind: help, date, outside or plan.
    """

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    action_id: int = Field(foreign_key="action.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(index=True)
    state: str
    progress: int
    due_on: date
    note: str = ""
    old_state: str
    old_progress: int
    old_due_on: date
    old_note: str = ""
    behind_why: str = ""
    source_message: str | None = Field(default=None, index=True)
    reverses_id: int | None = Field(default=None, foreign_key="actionupdate.id")


class Blocker(SQLModel, table=True):
    """A thing in the way, `B<number>` in chat: raised -> acknowledged -> resolved. All instants UTC.

    `action_id`/`response_id`: where it was said. `helper_id`: who was asked for help, else the team's leads are.
    `due_at`: when the clock looks at it again; `escalated_at`: the one time it was carried further up.
    """

    __table_args__ = (UniqueConstraint("organization_id", "number"), one_of("state", BLOCKER_STATES))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    number: int
    text: str
    person_id: int = Field(foreign_key="person.id", index=True)
    action_id: int | None = Field(default=None, foreign_key="action.id", index=True)
    response_id: int | None = Field(default=None, foreign_key="response.id")
    helper_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    state: str = "raised"
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id")
    resolved_at: datetime | None = None
    resolved_by_id: int | None = Field(default=None, foreign_key="person.id")
    last_note: str = ""
    escalated_at: datetime | None = None
    due_at: datetime | None = Field(default=None, index=True)
