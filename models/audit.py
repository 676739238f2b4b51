"""The audit trail: append-only, one row for every change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization


class AuditEntry(SQLModel, table=True):
    """Who changed what, from what, to what, why. `actor_id` is None when the clock or the operator did it.

    `old` and `new` hold states, dates and ids; the words of a private note never stand here.
    """

    __table_args__ = (Index("ix_auditentry_subject", "organization_id", "subject", "subject_id"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    at: datetime
    actor: str
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    verb: str
    subject: str
    subject_id: int
    old: dict[str, Any] = json_field()
    new: dict[str, Any] = json_field()
    why: str = ""
