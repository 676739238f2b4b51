"""The programme file: what HR writes as YAML, read into checked values, every mistake with its line."""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from models.organization import WEEKDAYS
from services import calendar

MOST_BYTES = 1_000_000
PLATFORMS = ("slack", "telegram", "wecom", "wecom_aibot", "playground")
Place = tuple[str, str, str]
"""(platform, workspace, the platform's id). The workspace is "" where the token itself names the only one."""
EXAMPLE_START = date(2024, 1, 1)


class ProgrammeError(Exception):
    """`problems` are (line, sentence), in the order of the file."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(f"line {line}: {sentence}" for line, sentence in self.problems))


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
Name = Annotated[str, Field(min_length=1, max_length=80)]
TelegramUser = Annotated[
    Name, AfterValidator(_shaped(r"[1-9][0-9]{0,15}", "a Telegram user id is a number: 123456789"))
]
Locale = Literal["en", "zh"]
Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
Platform = Literal["slack", "telegram", "wecom", "wecom_aibot", "playground"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class OrganizationPart(_Part):
    name: Name
    time_zone: Zone = "UTC"
    locale: Locale = "en"


class PersonPart(_Part):
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
    work_days: list[Weekday] = Field(default_factory=lambda: list(WEEKDAYS[:5]), min_length=1)  # type: ignore[arg-type]

    def accounts(self) -> list[Place]:
        return [_account(platform, getattr(self, platform)) for platform in PLATFORMS if getattr(self, platform)]

    def label(self) -> str:
        return self.name or next((getattr(self, platform) for platform in PLATFORMS if getattr(self, platform)), "")


class DigestPart(_Part):
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "friday"
    at: WallTime = "17:00"


class QuestionPart(_Part):
    ask: dict[Locale, Annotated[str, Field(min_length=1, max_length=1000)]] = Field(min_length=1)
    kind: Literal["text", "blocker"] = "text"


class CheckInPart(_Part):
    name: Name
    rhythm: Rhythm
    at: WallTime
    closes_after: Duration = timedelta(hours=8)
    reminder_before: Duration | None = None
    questions: list[QuestionPart] = Field(min_length=1, max_length=10)


class RobotPart(_Part):
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


class ChannelsPart(_Part):
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


class TeamPart(_Part):
    name: Name
    time_zone: Zone | None = None
    locale: Locale | None = None
    leads: list[Name] = []
    members: list[Name] = []
    observers: list[Name] = []
    channels: ChannelsPart = ChannelsPart()
    digest: DigestPart | None = None
    check_ins: list[CheckInPart] = []

    def places(self) -> list[Place]:
        """Of its channels."""
        return self.channels.places()


class Programme(_Part):
    organization: OrganizationPart
    people: list[PersonPart] = Field(min_length=1)
    teams: list[TeamPart] = []


def read(text: str) -> Programme:
    """Raises ProgrammeError with every mistake there is."""
    root = _compose(text)
    problems = list(_twice(root))
    lines = dict(_lines(root, ()))
    try:
        programme = Programme.model_validate(_plain(root))
    except ValidationError as wrong:
        problems += [(_line_of(lines, error["loc"]), _sentence(error)) for error in wrong.errors()]
        raise ProgrammeError(problems) from None
    problems += [(_line_of(lines, path), sentence) for path, sentence in _contradictions(programme)]
    if problems:
        raise ProgrammeError(problems)
    return programme


def _compose(text: str) -> Node:
    if len(text.encode()) > MOST_BYTES:
        raise ProgrammeError([(1, "the file is larger than 1 MB")])
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if getattr(event, "anchor", None):  # a few lines of aliases can stand for gigabytes
                raise ProgrammeError(
                    [(_line(event.start_mark), "anchors and aliases (&name, *name) are not supported")]
                )
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        raise ProgrammeError([(1, "brackets are nested too deeply")]) from None
    except YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        problem = getattr(wrong, "problem", None) or "this cannot be read"
        raise ProgrammeError([(_line(mark), f"not valid YAML: {problem}")]) from None
    if root is None:
        raise ProgrammeError([(1, "the file is empty")])
    return root


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _plain(node: Node) -> Any:
    """Every scalar as it is written: an account id 1001 is a name, not a number."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    return None if str(node.tag) == "tag:yaml.org,2002:null" else node.value


def _lines(node: Node, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            yield from _lines(item, (*path, position))


def _line_of(lines: dict[tuple[Any, ...], int], path: tuple[Any, ...]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines[path]


def _twice(node: Node) -> Iterator[tuple[int, str]]:
    """YAML lets a key stand twice and keeps the last; that is never what was meant."""
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise ProgrammeError([(_line(key.start_mark), "a key must be a plain word")])
            if key.value in seen:
                yield key.start_mark.line + 1, f"{key.value!r} stands here twice"
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _sentence(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"] if isinstance(step, str))
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such key"
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _contradictions(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    yield from _people_twice(programme)
    yield from _teams_twice(programme)
    known = {person.label() for person in programme.people}
    for number, team in enumerate(programme.teams):
        for part in ("leads", "members", "observers"):
            for position, name in enumerate(getattr(team, part)):
                if name not in known:
                    yield ("teams", number, part, position), f"{name!r} is not among the people"
        yield from _check_ins_wrong(team, number)


def _check_ins_wrong(team: TeamPart, number: int) -> Iterator[tuple[tuple[Any, ...], str]]:
    names = [check_in.name for check_in in team.check_ins]
    for position, check_in in enumerate(team.check_ins):
        path = ("teams", number, "check_ins", position)
        if check_in.name in names[:position]:
            yield path, f"the check-in {check_in.name!r} stands here twice"
        if check_in.reminder_before and check_in.reminder_before >= check_in.closes_after:
            yield (
                (*path, "reminder_before"),
                "the reminder would come before the question: it must be shorter than closes_after",
            )


def _people_twice(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    seen: set[tuple[str, str]] = set()
    for number, person in enumerate(programme.people):
        if not person.label():
            yield ("people", number), "a person needs a name or an account id"
        accounts = [(platform, f"{place}/{id_}" if place else id_) for platform, place, id_ in person.accounts()]
        for kind, value in (("name", person.label()), *accounts):
            if (kind, value) in seen:
                yield ("people", number, kind), f"{kind} {value!r} belongs to two people"
            seen.add((kind, value))


def _teams_twice(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    names = [team.name for team in programme.teams]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield ("teams", number, "name"), f"the team {name!r} stands here twice"
