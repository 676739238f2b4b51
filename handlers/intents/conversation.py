"""The conversation itself: plain talk, buttons, edits, and what nobody understood."""

from dataclasses import dataclass, field
from typing import ClassVar

from handlers.intents.slots import IN_CHAT_ONLY


@dataclass(frozen=True)
class Undo:
    name: ClassVar[str] = "undo"
    entry_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Help:
    name: ClassVar[str] = "help"


@dataclass(frozen=True)
class Said:
    """An answer to the open question, or plain talk."""

    name: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True)
class Unclear:
    """The bot asks back: `candidates` are the two nearest readings, best first."""

    name: ClassVar[str] = "unclear"
    candidates: tuple[str, ...] = ()
    number: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Choose:
    """A button of an open question: `choice` is the position of the option, -1 cancels."""

    name: ClassVar[str] = "choose"
    question_id: int
    choice: int


@dataclass(frozen=True)
class Amend:
    """The person edited an own chat message."""

    name: ClassVar[str] = "amend"
    message_id: str
    text: str


@dataclass(frozen=True)
class Contact:
    """The person opened the chat with the bot for the first time."""

    name: ClassVar[str] = "contact"


@dataclass(frozen=True)
class OpenHome:
    """The person looks at his own page, where the platform has one."""

    name: ClassVar[str] = "home"


@dataclass(frozen=True)
class Forged:
    """A button or form that means nothing: made up, or from a version long gone."""

    name: ClassVar[str] = "forged"
