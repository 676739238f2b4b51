"""Who: organizations, people and their accounts, teams and their channels, absences."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization, one_of

PLATFORMS = ("slack", "telegram", "wecom", "playground")
LOCALES = ("en", "zh")
ORGANIZATION_ROLES = ("owner", "hr", "member")
TEAM_ROLES = ("lead", "member", "observer")
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


class Organization(SQLModel, table=True):
    """The tenant. `next_number` is the next chat number of an Action (`#12`)."""

    __table_args__ = (UniqueConstraint("name"), one_of("locale", LOCALES))

    id: int = Field(default=None, primary_key=True)
    name: str
    time_zone: str
    locale: str
    next_number: int = 1


class Workspace(SQLModel, table=True):
    """An organization's place on one platform. `external_id` is "" where the token itself names the only one.

    `connected`: the running process holds a connection to it, so that nobody is written to where nobody listens.
    """

    __table_args__ = (UniqueConstraint("platform", "external_id"), one_of("platform", PLATFORMS))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    platform: str
    external_id: str = ""
    connected: bool = False


class Person(SQLModel, table=True):
    """One human. `*_source` say who decided name, zone and language: file, platform, self or organization."""

    __table_args__ = (one_of("role", ORGANIZATION_ROLES), one_of("locale", LOCALES))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    name: str
    name_source: str = "file"
    role: str = "member"
    time_zone: str
    time_zone_source: str = "organization"
    locale: str
    locale_source: str = "organization"
    work_days: list[str] = json_field(list)
    active: bool = True


class Identity(SQLModel, table=True):
    """A person's account on one platform. `profile_due_at` (UTC): when to ask the platform for name and zone next."""

    __table_args__ = (UniqueConstraint("platform", "workspace", "external_id"), one_of("platform", PLATFORMS))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    platform: str
    workspace: str = ""
    external_id: str
    profile_due_at: datetime | None = Field(default=None, index=True)


class Team(SQLModel, table=True):
    """`digest_day` is an index into WEEKDAYS, `digest_at` local "HH:MM"; `digest_due_at` is the next instant (UTC)."""

    __table_args__ = (UniqueConstraint("organization_id", "name"), one_of("locale", LOCALES))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    name: str
    time_zone: str
    locale: str
    digest_day: int | None = None
    digest_at: str | None = None
    digest_due_at: datetime | None = Field(default=None, index=True)
    active: bool = True


class Membership(SQLModel, table=True):
    """A person's part in a team. `asked`: check-ins are sent to this person (a lead may ask to be asked too)."""

    __table_args__ = (UniqueConstraint("team_id", "person_id"), one_of("role", TEAM_ROLES))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str
    asked: bool = True


class Channel(SQLModel, table=True):
    """Where a team's posts go on one platform."""

    __table_args__ = (UniqueConstraint("team_id", "platform"), one_of("platform", PLATFORMS))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    platform: str
    workspace: str = ""
    external_id: str


class Absence(SQLModel, table=True):
    """Both dates are local to the person and belong to the absence; it always has an end."""

    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    starts_on: date
    ends_on: date
    reason: str = ""
    recorded_at: datetime
