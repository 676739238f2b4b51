"""What travels: Incoming and Message (said in no platform's accent), and their tables, the inbox and the outbox."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import json_field, one_of

RECEIPT_STATES = ("waiting", "done", "ignored", "limited", "failed")
DELIVERY_STATES = ("pending", "sending", "sent", "failed", "uncertain", "replaced", "kept")
DELIVERY_KINDS = ("post", "edit", "form")


def storable(text: str) -> str:
    """Without what no database stores: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


Text = Annotated[str, AfterValidator(storable)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Frozen):
    """Where on a platform. The `id` of a dm, or of a home page (Slack's App Home), is the other person's user id."""

    kind: Literal["dm", "channel", "home"]
    id: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


class Incoming(_Frozen):
    """Something a person said or did. `sent_at` is aware UTC.

    `event_key`: the same for every redelivery. `message_id`: this message, or the one the pressed button stands in.
    `edits`: the own message whose text this replaces. `addressed`: said to the bot (dm, mention, slash command).
    `overheard`: said among people; forgotten again unless it turns out to be for the bot.
    `mentions`: name as it stands in `text` (without @) -> user id. `ticket`: what a platform wants back to open a form.
    `card_code`: what a platform wants back to change the pressed message, once.
    A notice is the platform's own word, in `action`, about the account `sender` or the place: see handlers/notices.py.
    """

    platform: str
    connection: str
    event_key: str
    kind: Literal["text", "press", "form", "draft", "contact", "home", "notice"]
    sender: str
    place: Place
    text: Text = ""
    action: Text = ""
    form: dict[str, Text] = {}
    message_id: str | None = None
    edits: str | None = None
    thread_of: str | None = None
    addressed: bool = True
    overheard: bool = False
    mentions: dict[str, str] = {}
    ticket: str | None = None
    card_code: str | None = None
    sent_at: datetime


class Button(_Frozen):
    """`action` is at most 64 bytes, the smallest any platform takes."""

    label: str
    action: str
    style: Literal["", "primary", "danger"] = ""


class FormField(_Frozen):
    """`kind`: a text of several lines, one line, an ISO date, or one of the `options`, which are (value, label)."""

    name: str
    label: str
    value: str = ""
    required: bool = True
    max_length: int = 3000
    kind: Literal["text", "line", "date", "choice"] = "text"
    options: tuple[tuple[str, str], ...] = ()


class Form(_Frozen):
    """`action` says what its submission means, like a button's. `today` is the person's date: no field lies before."""

    action: str
    title: str
    submit: str
    close: str
    fields: tuple[FormField, ...]
    locale: str = "en"
    today: date | None = None


class Picture(_Frozen):
    """A PNG in base64, and what it shows, for those who do not see it."""

    png: str
    alt: str


class Attachment(_Frozen):
    """A file to keep: its name with its ending, and its bytes in base64."""

    name: str
    content: str


class Section(_Frozen):
    """One paragraph of a home page with its own buttons."""

    markup: str
    buttons: tuple[Button, ...] = ()


class Message(_Frozen):
    """`markup` is neutral: people's text escaped, and only the tags b, i, a, at and br.

    `awaits_text`: the person's next words are the answer; a platform may open its reply box. `sections`: a home page's.
    """

    markup: str = ""
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    picture: Picture | None = None
    attachment: Attachment | None = None
    awaits_text: bool = False
    sections: tuple[Section, ...] = ()


class Receipt(SQLModel, table=True):
    """The inbox: one verified raw event, stored before it is acknowledged. `incoming` is {} for what nobody reads."""

    __table_args__ = (
        UniqueConstraint("platform", "connection", "event_key"),
        one_of("state", RECEIPT_STATES),
        Index("ix_receipt_state", "state", "id"),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    platform: str
    connection: str
    event_key: str
    sender: str
    raw: str
    incoming: dict[str, Any] = json_field()
    state: str = "waiting"
    error: str = ""
    received_at: datetime


class Delivery(SQLModel, table=True):
    """The outbox: one promised message. All instants UTC.

    `edits_id` names the Delivery whose sent message this changes, `thread_of` the platform's id of the message it hangs
    under; `under_id` names the Delivery it hangs under where that is not sent yet. `expires_at`: after that it is worth
    nothing (a form's ticket). `external_id` is the platform's id of the message once it is sent.
    `in_doubt`: an attempt ended without an answer, so the platform is asked before anything is sent again.
    "kept": its channel was lost; it waits for the team's next one.
    """

    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", DELIVERY_STATES),
        one_of("kind", DELIVERY_KINDS),
        Index("ix_delivery_state_due", "state", "due_at"),
        Index("ix_delivery_message", "platform", "external_id"),
        Index("ix_delivery_sent", "platform", "connection", "sent_at"),
    )

    id: int = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    dedupe_key: str
    platform: str
    connection: str = ""
    place_kind: str
    place_id: str
    kind: str = "post"
    message: dict[str, Any] = json_field()
    ticket: str | None = None
    edits_id: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    thread_of: str | None = None
    under_id: int | None = Field(default=None, foreign_key="delivery.id")
    state: str = "pending"
    attempts: int = 0
    due_at: datetime
    lease_until: datetime | None = None
    in_doubt: bool = False
    expires_at: datetime | None = None
    external_id: str | None = None
    error: str = ""
    created_at: datetime
    sent_at: datetime | None = None
