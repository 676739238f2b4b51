"""Offers: the buttons of a message that asks nothing. Their very words can be typed too; other text goes elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models.messages import Button
from models.organization import Person
from services import questions
from services.render import label


def offer(
    session: Session,
    now: datetime,
    person: Person,
    topic: str,
    intent: str,
    slots: dict[str, Any],
    slot: str,
    options: Sequence[dict[str, Any]],
) -> tuple[Button, ...]:
    """The chosen option's value fills the slot of the intent. `options` as in models.conversation; their labels must be
    such as nobody would answer to another question."""
    aside = f"{questions.ASIDE}{topic}"
    question = questions.ask(session, now, person, aside, intent, slots, slot, list(options), takes_text=False)
    return tuple(
        Button(label=_label(person, option)[:75], action=f"v1:choose:{question.id}:{place}")
        for place, option in enumerate(options)
    )


def keys(**values: Any) -> list[dict[str, Any]]:
    """Options by the keys of their labels."""
    return [{"value": value, "key": key} for key, value in values.items()]


def _label(person: Person, option: dict[str, Any]) -> str:
    return label(person.locale, option["key"]) if "key" in option else str(option["text"])
