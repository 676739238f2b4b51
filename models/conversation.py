"""The open conversation: an intent that waits for one slot, asked of one person."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization


class OpenQuestion(SQLModel, table=True):
    """The newest open question of a person is the one an answer belongs to.

    `intent` and `slots` are the half-finished intent; `options` are its buttons, {"value": …} with a "key" into the
    labels or a "text". `takes_text`: any text fills the slot too. `topic` names what it is about, so that asking again
    replaces the question instead of stacking it.
    """

    __table_args__ = (Index("ix_openquestion_person", "organization_id", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id")
    topic: str
    intent: str
    slots: dict[str, Any] = json_field()
    slot: str
    options: list[dict[str, Any]] = json_field(list)
    takes_text: bool = True
    asked_at: datetime


class RateBucket(SQLModel, table=True):
    """How often `key` happened in the window that began at `window_at` (UTC)."""

    key: str = Field(primary_key=True)
    window_at: datetime
    count: int
