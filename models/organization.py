"""Who: organizations, people and their accounts, teams and their channels, absences."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, of_organization, one_of

PLATFORMS = ("slack", "telegram", "wecom", "wecom_aibot", "wecom_robot", "playground")
REACHES = ("reachable", "never_started", "blocked", "deactivated", "out_of_scope")
SPEAKS_FIRST = ("telegram", "wecom_aibot")
"""Where a person must write to the bot before the bot may write to him."""
HAS_THREADS = ("slack",)
"""Where the summaries of one day stand under one message of the team's channel."""
CAN_EDIT = ("slack", "telegram", "playground")
"""Where a message that was sent can read differently afterwards; elsewhere a change is another message."""
LOCALES = ("en", "zh")
ORGANIZATION_ROLES = ("owner", "hr", "member")
TEAM_ROLES = ("lead", "member", "observer")
SOURCES = ("file", "chat")
"""Who wrote a row of the programme: applying a file never ends what was set up in chat."""
CONSENTS = ("ask", "elsewhere")
OFF_DAY_RULES = ("skip", "before", "after")
INTENSITIES = ("light", "standard", "active")
ABSENCE_SOURCES = ("self", "lead", "hr", "feed")
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


class Organization(SQLModel, table=True):
    """The tenant. `next_number` is the next chat number of an Action (`#12`), `next_blocker` of a Blocker (`B3`).

    `country`: whose statutory holidays count, "CN" or "DE-BY". `consent`: people of the file are asked before anything
    of theirs is kept, or were asked elsewhere. `retention`: days that each kind of data is kept, where it differs.
    `prune_due_at` (UTC): when what was kept long enough is deleted next. `forgotten_salt`: of Forgotten's hashes.
    """

    __table_args__ = (UniqueConstraint("name"), one_of("locale", LOCALES), one_of("consent", CONSENTS))

    id: int = Field(default=None, primary_key=True)
    name: str
    time_zone: str
    locale: str
    next_number: int = 1
    next_blocker: int = 1
    country: str | None = None
    consent: str = "ask"
    retention: dict[str, int] = json_field()
    prune_due_at: datetime | None = Field(default=None, index=True)
    forgotten_salt: str = ""


class CompanyDay(SQLModel, table=True):
    """A day the organization itself decides about: off, or worked (`working`) whatever the country's calendar says."""

    __table_args__ = (UniqueConstraint("organization_id", "on_date"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    on_date: date
    working: bool
    name: str = ""


class Workspace(SQLModel, table=True):
    """An organization's place on one platform. `external_id` is "" where the token itself names the only one.

    `connected`: the running process holds a connection to it, so that nobody is written to where nobody listens.
    `bot_name`: the bot's own handle there (Telegram's username), where a link can start a chat with it.
    """

    __table_args__ = (UniqueConstraint("platform", "external_id"), one_of("platform", PLATFORMS))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    platform: str
    external_id: str = ""
    connected: bool = False
    bot_name: str | None = None


class Person(SQLModel, table=True):
    """One human. `*_source` say who decided name, zone, language and platform: file, platform, self or organization.

    `prefers`: the platform he wants to be written to on. `quiet_*`: local "HH:MM" between which nobody asks or reminds.
    `country`: where it differs from the organization's. `intensity`: how much he wants to hear. `consented_at` (UTC):
    when he agreed that what he says is kept; until then only his account is. `source`: one of SOURCES.
    """

    __table_args__ = (
        one_of("role", ORGANIZATION_ROLES),
        one_of("locale", LOCALES),
        one_of("intensity", INTENSITIES),
        one_of("source", SOURCES),
    )

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
    prefers: str | None = None
    prefers_source: str = "organization"
    quiet_from: str | None = None
    quiet_until: str | None = None
    country: str | None = None
    intensity: str = "standard"
    consented_at: datetime | None = None
    source: str = "file"
    active: bool = True


class Identity(SQLModel, table=True):
    """A person's account on one platform. `profile_due_at` (UTC): when to ask the platform for name and zone next.

    `reach`: whether the bot can write to it, since `reach_at` (UTC); without `reach_at` nobody has tried yet.
    `source`: "file", or "self" for an account its owner linked by a code.
    """

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "external_id"),
        one_of("platform", PLATFORMS),
        one_of("reach", REACHES),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    platform: str
    workspace: str = ""
    external_id: str
    profile_due_at: datetime | None = Field(default=None, index=True)
    reach: str = "reachable"
    reach_at: datetime | None = None
    source: str = "file"


class Team(SQLModel, table=True):
    """`digest_day` is an index into WEEKDAYS, `digest_at` local "HH:MM"; `digest_due_at` is the next instant (UTC).

    `off_day`: what becomes of an occasion on a day the team does not work. `country`: where it differs from the
    organization's. `escalate_after_days`: how long a blocker may wait unacknowledged; `react_within_days`: how long an
    answer may wait for the lead. `reflect_due_at` (UTC): the next monthly question for oneself, None: none is asked.
    `version` counts the changes made in chat, so that two people changing one thing notice each other.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        one_of("locale", LOCALES),
        one_of("off_day", OFF_DAY_RULES),
        one_of("source", SOURCES),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    name: str
    time_zone: str
    locale: str
    digest_day: int | None = None
    digest_at: str | None = None
    digest_due_at: datetime | None = Field(default=None, index=True)
    country: str | None = None
    off_day: str = "skip"
    escalate_after_days: int = 3
    react_within_days: int = 2
    reflect_due_at: datetime | None = Field(default=None, index=True)
    source: str = "file"
    version: int = 1
    active: bool = True


class Membership(SQLModel, table=True):
    """A person's part in a team. `asked`: check-ins are sent to this person (a lead may ask to be asked too)."""

    __table_args__ = (
        UniqueConstraint("team_id", "person_id"), one_of("role", TEAM_ROLES), one_of("source", SOURCES),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str
    asked: bool = True
    source: str = "file"


class Channel(SQLModel, table=True):
    """Where a team's posts go on one platform.

    `source`: "file", or "chat" when a lead set it up there. `lost_at` (UTC): the platform refuses posts there for good,
    for the reason in `lost_why`; nothing is sent until it is set up again.
    """

    __table_args__ = (UniqueConstraint("team_id", "platform"), one_of("platform", PLATFORMS))

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    team_id: int = Field(foreign_key="team.id", index=True)
    platform: str
    workspace: str = ""
    external_id: str
    source: str = "file"
    lost_at: datetime | None = None
    lost_why: str = ""


class Absence(SQLModel, table=True):
    """Both dates are local to the person and belong to the absence; it always has an end.

    `team_id`: away for that team only. `recorded_by_id`: who said so, if not the person himself. `feed_id`,
    `feed_key`: the calendar it came from and its event there; `overruled_at` (UTC): the person said he is not off, and
    no reading of the calendar changes that.
    """

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        one_of("source", ABSENCE_SOURCES),
        UniqueConstraint("feed_id", "feed_key"),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    starts_on: date
    ends_on: date
    reason: str = ""
    recorded_at: datetime
    team_id: int | None = Field(default=None, foreign_key="team.id")
    source: str = "self"
    recorded_by_id: int | None = Field(default=None, foreign_key="person.id")
    feed_id: int | None = Field(default=None, foreign_key="calendarfeed.id")
    feed_key: str | None = None
    overruled_at: datetime | None = None


class CalendarFeed(SQLModel, table=True):
    """A person's calendar (ICS) whose absences count. Its address is a secret: sealed under `secret_name` in the vault.

    `due_at` (UTC): when it is read next. `failures` in a row, the last of them named by its code in `error`.
    """

    __table_args__ = (UniqueConstraint("person_id"),)

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id")
    secret_name: str
    due_at: datetime | None = Field(default=None, index=True)
    etag: str = ""
    read_at: datetime | None = None
    failures: int = 0
    error: str = ""
