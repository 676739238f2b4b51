"""Coaching notes: what was talked about, what was agreed, and who may see it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import of_organization, one_of

VISIBILITIES = ("both", "me", "hr")


class CoachingNote(SQLModel, table=True):
    """`visibility`: both = coach and coached person, me = coach alone, hr = both and HR. Chosen before it is saved."""

    __table_args__ = (one_of("visibility", VISIBILITIES),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    coach_id: int = Field(foreign_key="person.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    text: str
    agreed: str = ""
    visibility: str
    written_at: datetime
