"""The ledger: items, and the blockers in their way."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal

from handlers.intents.slots import IN_CHAT_ONLY

Status = Literal["done", "in_progress", "blocked", "dropped"]


@dataclass(frozen=True)
class UpdateAction:
    """`#12 60% waiting for supplier`. `due_shift` is an ISO duration (P7D) from the action's own date.

    `why`: why it is behind. `response_id`, `question`: the question of a check-in that this answers.
    """

    name: ClassVar[str] = "action.update"
    number: int
    status: Status | None = None
    progress: int | None = None
    due: date | None = None
    due_shift: str | None = None
    note: str | None = None
    due_options: tuple[date, ...] = ()
    why: str | None = field(default=None, metadata=IN_CHAT_ONLY)
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    question: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class NewAction:
    """`new fix the test rig @bob by Dec 5 measure zero red builds`. `owner` is `me` or a name as written."""

    name: ClassVar[str] = "action.new"
    title: str | None = None
    owner: str | None = None
    due: date | None = None
    measure: str | None = None
    due_options: tuple[date, ...] = ()
    owner_options: tuple[str, ...] = ()
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    from_note_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class ShowAction:
    name: ClassVar[str] = "action.show"
    number: int


@dataclass(frozen=True)
class Board:
    name: ClassVar[str] = "board"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class ShowDigest:
    name: ClassVar[str] = "digest"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Mine:
    name: ClassVar[str] = "mine"


@dataclass(frozen=True)
class Blockers:
    """What is in the way, of oneself and of the teams one leads."""

    name: ClassVar[str] = "blockers"


@dataclass(frozen=True)
class MoveBlocker:
    """`B3 resolved`, `B3 waiting for the part until Friday`: without a status it is an update in one's own words."""

    name: ClassVar[str] = "blocker"
    number: int
    status: Literal["acknowledged", "resolved"] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Exceptions:
    """What needs the lead: behind, blocked, silent."""

    name: ClassVar[str] = "exceptions"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class AddBehind:
    """What is behind in a team goes on the agenda of the next 1:1 of the lead with each owner."""

    name: ClassVar[str] = "behind.agenda"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Export:
    """A team's rounds, answers, actions and thanks, as files."""

    name: ClassVar[str] = "export"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
