"""What a message can mean: one frozen dataclass per intent, and nothing else can leave the parser.

Each field is a slot. A slot nobody filled is `None` (or empty); `ask` fills it later by asking the person,
so an intent is always safe to keep half-finished. Slots whose metadata says `chat` exist only inside a conversation
(an id behind a button, a choice already made); the parser never fills them and `spoken_slots` leaves them out.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, ClassVar, Literal

Status = Literal["done", "in_progress", "blocked", "dropped"]
Visibility = Literal["both", "me", "hr"]
Decision = Literal["post", "private", "edit"]


IN_CHAT_ONLY = {"chat": True}


@dataclass(frozen=True)
class UpdateAction:
    """`#12 60% waiting for supplier`. `due_shift` is an ISO duration (P7D) from the action's own date."""

    name: ClassVar[str] = "action.update"
    number: int
    status: Status | None = None
    progress: int | None = None
    due: date | None = None
    due_shift: str | None = None
    note: str | None = None
    due_options: tuple[date, ...] = ()


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
class Mine:
    name: ClassVar[str] = "mine"


@dataclass(frozen=True)
class ShowDigest:
    name: ClassVar[str] = "digest"
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


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
class Undo:
    name: ClassVar[str] = "undo"
    entry_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Help:
    name: ClassVar[str] = "help"


@dataclass(frozen=True)
class Setup:
    """`place` is the channel it was said in, as [platform, workspace, id]: the team may be asked for elsewhere."""

    name: ClassVar[str] = "setup"
    place: tuple[str, ...] = field(default=(), metadata=IN_CHAT_ONLY)
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Link:
    """Without a code: give me one. With one, as typed: this account is mine too."""

    name: ClassVar[str] = "link"
    code: str | None = None


@dataclass(frozen=True)
class Invite:
    name: ClassVar[str] = "invite"
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class Here:
    """Write to me on this platform from now on."""

    name: ClassVar[str] = "here"


@dataclass(frozen=True)
class Privacy:
    name: ClassVar[str] = "privacy"


@dataclass(frozen=True)
class MyData:
    name: ClassVar[str] = "mydata"


@dataclass(frozen=True)
class ForgetMe:
    name: ClassVar[str] = "forgetme"


@dataclass(frozen=True)
class Coach:
    """`coach @bob …`. `note_id` once it is saved; `agreed` is the step both settled on, "" when there was none."""

    name: ClassVar[str] = "coach"
    who: tuple[str, ...] = ()
    text: str | None = None
    visibility: Visibility | None = field(default=None, metadata=IN_CHAT_ONLY)
    note_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)
    agreed: str | None = field(default=None, metadata=IN_CHAT_ONLY)


@dataclass(frozen=True)
class Thanks:
    """`thanks @bob @ana for the demo #craft`. `values` come without their #; `evidence` are action numbers cited."""

    name: ClassVar[str] = "thanks"
    who: tuple[str, ...] = ()
    text: str | None = None
    values: tuple[str, ...] = ()
    evidence: tuple[int, ...] = field(default=(), metadata=IN_CHAT_ONLY)
    decision: Decision | None = field(default=None, metadata=IN_CHAT_ONLY)
    team_id: int | None = field(default=None, metadata=IN_CHAT_ONLY)


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
class Away:
    """Both dates belong to the absence."""

    name: ClassVar[str] = "away"
    start: date | None = field(default=None, metadata={"slot": "from"})
    until: date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Language:
    name: ClassVar[str] = "language"
    locale: Literal["zh", "en"] | None = None


@dataclass(frozen=True)
class Quiet:
    """Local "HH:MM" between which nobody asks or reminds. `off` ends it; with nothing said it is shown."""

    name: ClassVar[str] = "quiet"
    start: str | None = field(default=None, metadata={"slot": "from"})
    until: str | None = None
    off: bool | None = None


@dataclass(frozen=True)
class WhyNot:
    name: ClassVar[str] = "whynot"
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggest:
    name: ClassVar[str] = "suggest"
    text: str | None = None


@dataclass(frozen=True)
class Gap:
    name: ClassVar[str] = "gap"
    metric: str | None = None


@dataclass(frozen=True)
class Why:
    name: ClassVar[str] = "why"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Sign:
    name: ClassVar[str] = "sign"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Practice:
    name: ClassVar[str] = "practice"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Loop:
    name: ClassVar[str] = "loop"
    number: int | None = None
    text: str | None = None


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


SpokenIntent = (
    UpdateAction | NewAction | ShowAction | Board | Mine | ShowDigest | Report | Edit | Back | Undo | Help | Setup
    | Privacy | MyData | ForgetMe | Coach | Thanks | Later | Skip | Away | Language | WhyNot | Suggest | Gap | Why
    | Sign | Practice | Loop | Link | Invite | Here | Quiet | Said | Unclear
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What one message was read as. `asked_back`: the bot will ask something before it acts on it."""

    intents: tuple[SpokenIntent, ...]
    asked_back: bool = False


def spoken_slots(intent: SpokenIntent) -> dict[str, Any]:
    """The slots a person's words filled, under their documented names: dates and times in ISO form."""
    said = {}
    for slot in fields(intent):
        value = getattr(intent, slot.name)
        if value in (None, (), "") or slot.metadata.get("chat") or slot.name.endswith("_options"):
            continue
        said[slot.metadata.get("slot", slot.name)] = _plain(value)
    return said


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Answer:
    """An answer to one question of a check-in; only an open question or a form can mean this."""

    name: ClassVar[str] = "answer"
    response_id: int
    question: int
    text: str | None = None


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


Intent = SpokenIntent | Answer | SubmitForm | SaveDraft | Choose | Amend | Contact | OpenHome | Forged
