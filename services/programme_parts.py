"""The parts of a programme file, as checked values: what may be written, and what each word must look like."""

import hashlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from models.organization import WEEKDAYS
from services import calendar, retention, statutory
from services.programme_questions import Locale, Name, QuestionPart

PLATFORMS = ("slack", "telegram", "wecom", "wecom_aibot", "playground")
Place = tuple[str, str, str]
"""(platform, workspace, the platform's id). The workspace is "" where the token itself names the only one."""
EXAMPLE_START = date(2024, 1, 1)


def _a_zone(value: str) -> str:
    return calendar.zone(value).key


def _a_time(value: str) -> str:
    return f"{calendar.wall_time(value):%H:%M}"


def _a_rhythm(value: str) -> str:
    calendar.check_rhythm(value, EXAMPLE_START)
    return value


def _a_duration(value: Any) -> Any:
    if not str(value).startswith("P"):
        raise ValueError(f"{value!r} is not a duration such as PT8H or PT90M")
    return value


def _shaped(shape: str, like: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(shape, value):
            raise ValueError(f"{value!r} will not do: {like}")
        return value

    return check


_CHAT = _shaped(
    r"-?[1-9][0-9]{0,15}(:[1-9][0-9]{0,9})?", "a Telegram group is a number: -1001234, or -1001234:5 its topic 5"
)
_SLACK = _shaped(r"[^/]+(/[^/]+)?", "one id, or a workspace and an id: T0TEAM/C0PRODUCT")


def _place(platform: str, written: str) -> Place:
    """`T0TEAM/U0ANA` is U0ANA in Slack's workspace T0TEAM."""
    workspace, _, external_id = written.rpartition("/") if platform == "slack" else ("", "", written)
    return platform, workspace, external_id


def _account(platform: str, written: str) -> Place:
    """WeCom's user ids know no capitals, and come back without."""
    return _place(platform, written.lower() if platform == "wecom" else written)


Zone = Annotated[str, AfterValidator(_a_zone)]
WallTime = Annotated[str, AfterValidator(_a_time)]
Rhythm = Annotated[str, AfterValidator(_a_rhythm)]
Duration = Annotated[timedelta, BeforeValidator(_a_duration), Field(gt=timedelta(), le=timedelta(days=31))]
TelegramUser = Annotated[
    Name, AfterValidator(_shaped(r"[1-9][0-9]{0,15}", "a Telegram user id is a number: 123456789"))
]
Country = Annotated[str, AfterValidator(statutory.check_country)]
MOST_DAYS = 62
"""How many days off one line may name: two months."""
Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
Platform = Literal["slack", "telegram", "wecom", "wecom_aibot", "playground"]


Retention = Annotated[dict[str, int], AfterValidator(retention.check)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class DayPart(Part):
    """Days the organization itself decides about: `on`, or from `on` until `until`, both included."""

    on: date
    until: date | None = None
    name: Annotated[str, Field(max_length=80)] = ""
    working: bool = False

    @model_validator(mode="after")
    def _ends_soon_after_it_begins(self) -> "DayPart":
        if self.until is not None and not timedelta() <= self.until - self.on < timedelta(days=MOST_DAYS):
            raise ValueError(
                f"until is the last day, not before {self.on}, and at most {MOST_DAYS} days are named at once"
            )
        return self

    def dates(self) -> list[date]:
        count = (self.until - self.on).days + 1 if self.until else 1
        return [self.on + timedelta(days=number) for number in range(count)]


class OrganizationPart(Part):
    name: Name
    time_zone: Zone = "UTC"
    locale: Locale = "en"
    consent: Literal["ask", "elsewhere"] = "ask"
    retention: Retention = {}
    country: Country | None = None
    days: list[DayPart] = []


class PersonPart(Part):
    """Without a name, the platform's is taken; the person is then referred to by his account id."""

    name: Name | None = None
    slack: Annotated[Name, AfterValidator(_SLACK)] | None = None
    telegram: TelegramUser | None = None
    wecom: Name | None = None
    wecom_aibot: Name | None = None
    playground: Name | None = None
    prefers: Platform | None = None
    role: Literal["owner", "hr", "member"] = "member"
    time_zone: Zone | None = None
    locale: Locale | None = None
    country: Country | None = None
    work_days: list[Weekday] = Field(default_factory=lambda: list(WEEKDAYS[:5]), min_length=1)  # type: ignore[arg-type]
    _line: int = PrivateAttr(0)

    @property
    def line(self) -> int:
        """Where it stands in the file, from 1."""
        return self._line

    def stands_at(self, line: int) -> None:
        self._line = line

    def accounts(self) -> list[Place]:
        return [_account(platform, getattr(self, platform)) for platform in PLATFORMS if getattr(self, platform)]

    def label(self) -> str:
        return self.name or next((getattr(self, platform) for platform in PLATFORMS if getattr(self, platform)), "")


class DigestPart(Part):
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "friday"
    at: WallTime = "17:00"


class CheckInPart(Part):
    name: Name
    rhythm: Rhythm
    at: WallTime
    closes_after: Duration = timedelta(hours=8)
    reminder_before: Duration | None = None
    paused_until: date | None = None
    anonymous: bool = False
    questions: list[QuestionPart] = Field(min_length=1, max_length=10)


class RobotPart(Part):
    """A WeCom group robot: the key of its address, a secret, or the file that holds it."""

    key: SecretStr | None = None
    key_file: str | None = None

    @model_validator(mode="after")
    def _has_a_key(self) -> "RobotPart":
        if (self.key is None) == (self.key_file is None):
            raise ValueError("give either key or key_file")
        if self.key_file is not None:
            self.key = SecretStr(_file(self.key_file))
        if not re.fullmatch(r"[A-Za-z0-9_-]{8,80}", self.secret()):
            raise ValueError("the key is what stands behind key= in the robot's address")
        return self

    def secret(self) -> str:
        return self.key.get_secret_value() if self.key else ""

    def external_id(self) -> str:
        """A name that tells nothing of the key."""
        return f"robot-{hashlib.sha256(self.secret().encode()).hexdigest()[:16]}"


def _file(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as fault:
        raise ValueError(f"key_file cannot be read: {path} ({type(fault).__name__})") from None


class ChannelsPart(Part):
    """At most one place on each platform."""

    slack: Annotated[Name, AfterValidator(_SLACK)] | None = None
    telegram: Annotated[Name, AfterValidator(_CHAT)] | None = None
    wecom: Name | None = None
    wecom_aibot: Name | None = None
    wecom_robot: RobotPart | None = None
    playground: Name | None = None

    def places(self) -> list[Place]:
        stated = [_place(platform, getattr(self, platform)) for platform in PLATFORMS if getattr(self, platform)]
        return [*stated, ("wecom_robot", "", self.wecom_robot.external_id())] if self.wecom_robot else stated


class TeamPart(Part):
    name: Name
    time_zone: Zone | None = None
    locale: Locale | None = None
    country: Country | None = None
    off_day: Literal["skip", "before", "after"] = "skip"
    leads: list[Name] = []
    members: list[Name] = []
    observers: list[Name] = []
    escalate_after: Annotated[int, Field(ge=1, le=30)] = 3
    react_within: Annotated[int, Field(ge=1, le=30)] = 2
    channels: ChannelsPart = ChannelsPart()
    digest: DigestPart | None = None
    reflection: bool | None = None
    check_ins: list[CheckInPart] = []

    def places(self) -> list[Place]:
        """Of its channels."""
        return self.channels.places()


class Programme(Part):
    organization: OrganizationPart
    people: list[PersonPart] = Field(min_length=1)
    teams: list[TeamPart] = []
