"""Coaching notes: what was talked about, what was agreed, and who may see it."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import of_organization, one_of

VISIBILITIES = ("both", "me", "hr")


class CoachingNote(SQLModel, table=True):
    """`visibility`: both = coach and coached person, me = coach alone, hr = both and HR. Chosen before it is saved.

    `next_on`: when the two talk again, as agreed. `one_on_one_id`: the meeting it is the record of.
    """

    __table_args__ = (one_of("visibility", VISIBILITIES),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    coach_id: int = Field(foreign_key="person.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    text: str
    agreed: str = ""
    visibility: str
    written_at: datetime
    next_on: date | None = None
    one_on_one_id: int | None = Field(default=None, foreign_key="oneonone.id")


class NoteShare(SQLModel, table=True):
    """The coached person showed an earlier note to somebody it was not written for, such as a new lead."""

    __table_args__ = (UniqueConstraint("note_id", "reader_id"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    note_id: int = Field(foreign_key="coachingnote.id")
    reader_id: int = Field(foreign_key="person.id", index=True)
    shared_at: datetime


class OneOnOne(SQLModel, table=True):
    """The talks of a lead with one person. `next_at` (UTC) is the next; `rhythm` an RRULE, "" when it is only one.

    `at` is local "HH:MM" of the coach. `due_step`/`due_at` (UTC): the next thing the clock does about it.
    """

    __table_args__ = (UniqueConstraint("coach_id", "person_id"), one_of("due_step", ("agenda", "record")))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    coach_id: int = Field(foreign_key="person.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    rhythm: str = ""
    at: str = ""
    next_at: datetime | None = None
    due_step: str | None = None
    due_at: datetime | None = Field(default=None, index=True)


class AgendaItem(SQLModel, table=True):
    """One open point of the two. It rolls over until it is closed; `action_id`, `blocker_id`: what it is about."""

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    one_on_one_id: int = Field(foreign_key="oneonone.id", index=True)
    added_by_id: int = Field(foreign_key="person.id")
    added_at: datetime
    text: str = ""
    action_id: int | None = Field(default=None, foreign_key="action.id")
    blocker_id: int | None = Field(default=None, foreign_key="blocker.id")
    closed_at: datetime | None = None


class Reflection(SQLModel, table=True):
    """A person's answer to a question for oneself: his alone until `shared_at` (UTC), then his leads' too."""

    __table_args__ = (UniqueConstraint("person_id", "month"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    month: str
    question: str
    text: str = ""
    asked_at: datetime
    answered_at: datetime | None = None
    shared_at: datetime | None = None
