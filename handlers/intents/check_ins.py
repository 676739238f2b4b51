"""The check-in: answering, and when one is asked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from handlers.intents.slots import IN_CHAT_ONLY


@dataclass(frozen=True)
class Report:
    """Answer the open check-in now."""

    name: ClassVar[str] = "report"
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Edit:
    name: ClassVar[str] = "edit"
    number: int | None = None
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Back:
    """One word, two meanings: one question up while one is open, else the end of an absence."""

    name: ClassVar[str] = "back"


@dataclass(frozen=True)
class Later:
    """`until` is an aware local time; None when the person named none."""

    name: ClassVar[str] = "later"
    until: datetime | None = None
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Skip:
    name: ClassVar[str] = "skip"
    reason: str | None = None
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Answer:
    """An answer to one question of a check-in; only an open question or a form can mean this. `item`: the number of the
    item it was asked about."""

    name: ClassVar[str] = "answer"
    response_id: int
    question: int
    text: str | None = None
    item: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Behind:
    """The owner says why an item is behind; `number` is its own. `why`: help, date, outside or plan.

    Without a response it was said by itself, such as on the line of a morning.
    """

    name: ClassVar[str] = "behind"
    number: int
    response_id: int | None = None
    question: int | None = None
    why: str | None = None
    who: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class SubmitForm:
    """A check-in answered on one form: question number -> text."""

    name: ClassVar[str] = "form"
    response_id: int
    answers: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class SaveDraft:
    """The form was closed unsent: what was typed is kept until it is opened again."""

    name: ClassVar[str] = "draft"
    response_id: int
    answers: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Same:
    """The same answers as last time."""

    name: ClassVar[str] = "same"
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Withdraw:
    """Take back what was answered: nobody else sees it any more."""

    name: ClassVar[str] = "withdraw"
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class OnlyLead:
    """What was answered is for the lead's eyes, not for the channel."""

    name: ClassVar[str] = "only_lead"
    response_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Nudge:
    """The lead reminds the silent of one Round, kindly and once."""

    name: ClassVar[str] = "nudge"
    round_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Seen:
    """The lead has read the answers of one Round: everybody who answered hears so, once."""

    name: ClassVar[str] = "seen"
    round_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class History:
    """`history`, `history @bob`: earlier answers, a page at a time."""

    name: ClassVar[str] = "history"
    who: tuple[str, ...] = ()
    person_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    page: int | None = field(default=None, metadata=IN_CHAT_ONLY)
