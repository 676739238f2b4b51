"""The weekly digests that were posted, with the figures they showed, so that next week can say what changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization


class Digest(SQLModel, table=True):
    """`week` is an ISO week of the team's zone, "2026-W48"; `figures` holds counts only, nobody's words."""

    __table_args__ = (UniqueConstraint("team_id", "week"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id")
    week: str
    figures: dict[str, Any] = json_field()
    posted_at: datetime
