"""One person's turn: what a handler knows, and the three ways it talks: reply, tell, ask."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from handlers.intents import Intent
from handlers.slots import to_json
from models.messages import Button, Form, Incoming, Message, Place
from models.organization import Organization, Person
from services import calendar, outbox, people, questions
from services.limits import FORM_STAYS_OPEN, FORM_TICKET
from services.render import label, render
from services.vault import Sealer

CANCEL = -1


@dataclass
class Turn:
    """Everything about one receipt. `pending` are the intents still to be handled, in the order they were said."""

    session: Session
    now: datetime
    receipt_id: int
    incoming: Incoming
    organization: Organization
    person: Person
    sealer: Sealer | None = None
    mentioned: dict[str, list[Person]] = field(default_factory=dict)
    pending: deque[Intent] = field(default_factory=deque)
    _here: list[Message] = field(default_factory=list)
    _private: list[Message] = field(default_factory=list)

    @property
    def locale(self) -> str:
        return self.person.locale

    @property
    def today(self) -> date:
        return calendar.local_date(self.now, self.person.time_zone)

    @property
    def in_private(self) -> bool:
        return self.incoming.place.kind == "dm"

    def teams_here(self) -> set[int]:
        """The teams whose channel this was said in; none in a private chat."""
        incoming = self.incoming
        if self.in_private:
            return set()
        return people.teams_in_channel(self.session, incoming.platform, incoming.connection, incoming.place.id)

    def again(self, intent: Intent) -> None:
        """Handle this intent next, before anything else that was said."""
        self.pending.appendleft(intent)

    def reply(self, template: str, *buttons: Button, **values: Any) -> None:
        """Answer where it was said."""
        message = Message(markup=render(self.locale, template, **values), buttons=buttons)
        (self._private if self.in_private else self._here).append(message)

    def tell(self, template: str, *buttons: Button, **values: Any) -> None:
        """Answer in the person's own chat, wherever it was said."""
        self._private.append(Message(markup=render(self.locale, template, **values), buttons=buttons))

    def show(self, message: Message) -> None:
        """What a service has put into words already, in the person's own chat."""
        self._private.append(message)

    def button(self, key: str, verb: str, id_: int, style: Any = "") -> Button:
        return Button(label=label(self.locale, key), action=f"v1:{verb}:{id_}", style=style)

    def ask(
        self,
        intent: Intent,
        slot: str,
        template: str,
        *,
        topic: str | None = None,
        options: list[dict[str, Any]] | None = None,
        takes_text: bool = True,
        **values: Any,
    ) -> None:
        """Keep a half-finished intent and ask for one slot of it, in private; the answer brings the intent back."""
        question = questions.ask(
            self.session, self.now, self.person, topic or intent.name, intent.name, to_json(intent), slot,
            options, takes_text,
        )  # fmt: skip
        buttons = self._choices(question.id, options or [])
        text = render(self.locale, template, **values)
        self._private.append(Message(markup=text, buttons=tuple(buttons), awaits_text=takes_text and not buttons))

    def _choices(self, question_id: int, options: list[dict[str, Any]]) -> list[Button]:
        if not options:
            return []
        labels = [self.label_of(option) for option in options] + [label(self.locale, "cancel")]
        places = [*range(len(options)), CANCEL]
        return [
            Button(label=text[:75], action=f"v1:choose:{question_id}:{place}")
            for text, place in zip(labels, places, strict=True)
        ]

    def label_of(self, option: dict[str, Any]) -> str:
        return label(self.locale, option["key"]) if "key" in option else str(option["text"])

    def can_open_form(self) -> bool:
        """A form needs a ticket the platform gave with a press or a slash command, and soon."""
        return self.incoming.ticket is not None and self.now - self.incoming.sent_at < FORM_TICKET

    def open_form(self, form: Form) -> None:
        outbox.post(
            self.session,
            self.now,
            self.own_address(),
            Message(form=form),
            f"form:{self.receipt_id}",
            ticket=self.incoming.ticket,
            expires_at=self.incoming.sent_at + FORM_TICKET,
        )

    def change_form(self, form: Form) -> None:
        """The form of that meaning, if it was opened lately, shows this from now on."""
        shown = outbox.form_shown(self.session, self.own_address(), form.action, self.now - FORM_STAYS_OPEN)
        if shown is not None:
            key = f"form_now:{self.receipt_id}:{shown.id}"
            outbox.edit(self.session, self.now, shown, Message(form=form), key)

    def named(self, written: str) -> list[Person]:
        """Everyone a name in this message can mean: whom the platform says was mentioned, else the roster."""
        name = written.strip().lstrip("@")
        return self.mentioned_as(name) or people.named(self.session, self.organization.id, name)

    def mentioned_as(self, name: str) -> list[Person]:
        """Those the platform says were mentioned, and who bear this name: all of them are meant."""
        return self.mentioned.get(name.strip().lstrip("@").casefold(), [])

    def send_replies(self) -> None:
        """Promise what was said in this turn: one message for each place."""
        own = self._own_place()
        for place, messages, key in ((self.incoming.place, self._here, "here"), (own, self._private, "private")):
            if messages:
                address = self._address(place, in_thread=key == "here")
                outbox.post(self.session, self.now, address, _joined(messages), f"reply:{self.receipt_id}:{key}")

    def own_address(self) -> outbox.Address:
        """The person's own chat on the platform he talks on now."""
        return self._address(self._own_place())

    def _own_place(self) -> Place:
        return Place(kind="dm", id=self.incoming.sender)

    def _address(self, place: Place, in_thread: bool = False) -> outbox.Address:
        incoming = self.incoming
        thread = (incoming.thread_of or incoming.message_id) if in_thread else None
        return outbox.Address(self.organization.id, incoming.platform, incoming.connection, place, thread)


def _joined(messages: list[Message]) -> Message:
    buttons = tuple(button for message in messages for button in message.buttons)
    awaits_text = messages[-1].awaits_text and not buttons
    return Message(markup="\n\n".join(each.markup for each in messages), buttons=buttons, awaits_text=awaits_text)
