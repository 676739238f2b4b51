"""Recognition: thanks with a reason; undone by a reversing mark, never by deletion."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization


class Recognition(SQLModel, table=True):
    """`values` without #; `evidence` are the Action numbers cited. Not `public`: only the honoured people saw it."""

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    giver_id: int = Field(foreign_key="person.id", index=True)
    text: str
    values: list[str] = json_field(list)
    evidence: list[int] = json_field(list)
    public: bool
    given_at: datetime = Field(index=True)
    reversed_at: datetime | None = None


class Honoured(SQLModel, table=True):
    """One person thanked in a Recognition."""

    __table_args__ = (UniqueConstraint("recognition_id", "person_id"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    recognition_id: int = Field(foreign_key="recognition.id")
    person_id: int = Field(foreign_key="person.id", index=True)
