"""Asking: the CheckIn (programme), its Rounds, each person's Response, the Answers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization, one_of

STEPS = ("prompt", "remind", "close")
RESPONSE_STATES = ("planned", "prompted", "submitted", "late", "skipped", "missed", "away")
ANSWERED = ("submitted", "late")
QUESTION_KINDS = ("text", "blocker")


class CheckIn(SQLModel, table=True):
    """The programme: `rhythm` is an RRULE over local dates, `at` a local "HH:MM".

    `next_on` is the next occurrence, `due_at` (UTC) when its Round is laid out: as soon as that date begins on earth.
    A question is {"ask": {"en": …, "zh": …}, "kind": text | blocker}.
    """

    __table_args__ = (UniqueConstraint("team_id", "name"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    name: str
    rhythm: str
    starts_on: date
    at: str
    closes_after_minutes: int
    reminder_before_minutes: int | None = None
    questions: list[dict[str, Any]] = json_field(list)
    next_on: date | None = None
    due_at: datetime | None = Field(default=None, index=True)
    active: bool = True


class Round(SQLModel, table=True):
    """One occurrence of a CheckIn. `questions` are those of its day: editing the programme changes no open Round.

    `due_at` (UTC): when its summary is to be posted, or posted anew.
    """

    __table_args__ = (UniqueConstraint("check_in_id", "on_date"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    check_in_id: int = Field(foreign_key="checkin.id")
    team_id: int = Field(foreign_key="team.id", index=True)
    on_date: date
    questions: list[dict[str, Any]] = json_field(list)
    opened_at: datetime
    due_at: datetime | None = Field(default=None, index=True)
    posted_at: datetime | None = None
    closed_at: datetime | None = None


class Response(SQLModel, table=True):
    """One person's part in a Round. All instants UTC; `due_at`/`due_step` is the next thing the clock does to it."""

    __table_args__ = (
        UniqueConstraint("round_id", "person_id"),
        one_of("state", RESPONSE_STATES),
        one_of("due_step", STEPS),
        Index("ix_response_due", "due_step", "due_at"),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    round_id: int = Field(foreign_key="round.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    state: str = "planned"
    reason: str = ""
    prompt_at: datetime
    remind_at: datetime | None = None
    close_at: datetime
    due_step: str | None = "prompt"
    due_at: datetime | None
    prompted_at: datetime | None = None
    submitted_at: datetime | None = None
    edited_at: datetime | None = None


class Answer(SQLModel, table=True):
    """`source_message` is the platform's id of the chat message it was typed in, so that editing that edits this."""

    __table_args__ = (UniqueConstraint("response_id", "question"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    response_id: int = Field(foreign_key="response.id")
    question: int
    text: str
    answered_at: datetime
    source_message: str | None = Field(default=None, index=True)
