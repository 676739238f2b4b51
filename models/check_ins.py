"""Asking: the CheckIn (programme), its Rounds, each person's Response, the Answers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization, one_of
from models.organization import SOURCES

STEPS = ("prompt", "remind", "close")
RESPONSE_STATES = ("planned", "prompted", "submitted", "late", "skipped", "missed", "away", "withdrawn")
ANSWERED = ("submitted", "late")
QUESTION_KINDS = ("text", "choice", "scale", "number", "yes_no", "blocker", "action_status", "mood")
AUDIENCES = ("team", "lead")


class CheckIn(SQLModel, table=True):
    """The programme: `rhythm` is an RRULE over local dates, `at` a local "HH:MM".

    `next_for` is the rhythm's next date and `next_on` the day it is held, `due_at` (UTC) when its Round is laid out.
    A question is {"ask": {"en": …, "zh": …}, "kind": one of QUESTION_KINDS, …}. `anonymous`: nothing in the database
    leads from an answer to its author. `paused_until`: no occasion before that date. `source`: one of SOURCES.
    `version` counts the changes made in chat, so that two people changing one thing notice each other.
    """

    __table_args__ = (UniqueConstraint("team_id", "name"), one_of("source", SOURCES))

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
    next_for: date | None = None
    due_at: datetime | None = Field(default=None, index=True)
    anonymous: bool = False
    paused_until: date | None = None
    source: str = "file"
    version: int = 1
    active: bool = True


class Round(SQLModel, table=True):
    """One occurrence of a CheckIn. `questions` are those of its day: editing the programme changes no open Round.

    `due_at` (UTC): when its summary is to be posted, or posted anew. `not_held`: the code of why nobody was asked on
    that day (a holiday, a pause …), with the day's name in `detail`; such a Round has no Responses. `nudged_at`: the
    lead's one kind reminder. `react_due_at`: when a lead who did not react to its answers is asked.
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
    not_held: str = ""
    detail: str = ""
    anonymous: bool = False
    nudged_at: datetime | None = None
    react_due_at: datetime | None = Field(default=None, index=True)


class Response(SQLModel, table=True):
    """One person's part in a Round. All instants UTC; `due_at`/`due_step` is the next thing the clock does to it.

    `reason` is the code of the decision about it (why it was not asked, or the person's reason to skip), `detail` what
    belongs to that code, such as the holiday's name. `audience`: who reads it. `reacted_at`: when a lead reacted to it.
    """

    __table_args__ = (
        UniqueConstraint("round_id", "person_id"),
        one_of("state", RESPONSE_STATES),
        one_of("due_step", STEPS),
        one_of("audience", AUDIENCES),
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
    detail: str = ""
    audience: str = "team"
    reacted_at: datetime | None = None
    reacted_by_id: int | None = Field(default=None, foreign_key="person.id")


class Answer(SQLModel, table=True):
    """`source_message` is the platform's id of the chat message it was typed in, so that editing that edits this.

    `value`: what the text stands for where the kind has values: a number, the place of a choice, "yes" or "no".
    """

    __table_args__ = (UniqueConstraint("response_id", "question"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    response_id: int = Field(foreign_key="response.id")
    question: int
    text: str
    answered_at: datetime
    source_message: str | None = Field(default=None, index=True)
    value: str | None = None


class AnonymousAnswer(SQLModel, table=True):
    """An answer without an author: no person, no time, and an id (random hex) that tells no order."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    id: str = Field(primary_key=True)
    organization_id: int = of_organization()
    round_id: int = Field(foreign_key="round.id", index=True)
    question: int
    text: str
    value: str | None = None
