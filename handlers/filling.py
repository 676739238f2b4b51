"""An answer, typed or pressed, as the value of the slot that was asked for; None when it must be asked again."""

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers.turn import Turn
from handlers.understanding.dates import Day, read_day
from handlers.understanding.folded import fold
from handlers.understanding.wording import TABLE
from models.conversation import OpenQuestion
from services.render import TEMPLATES

WORDS: dict[str, list[str]] = tomllib.loads((TEMPLATES / "answers.toml").read_text("utf-8"))
DATE_SLOTS = ("due", "until")
Slots = dict[str, Any]


def fill(turn: Turn, question: OpenQuestion, value: Any) -> Slots | None:
    """The slots of the waiting intent that this answer fills, as plain JSON."""
    slot = question.slot
    if slot in DATE_SLOTS:
        return _date(turn, slot, str(value))
    if slot == "who":
        return {"who": [*question.slots.get("who", []), *_names(str(value))]}
    if slot == "owner":
        return {"owner": _owner(str(value))}
    if slot == "locale":
        return _locale(turn, str(value))
    return {slot: value}


def _date(turn: Turn, slot: str, written: str) -> Slots | None:
    """The first date in the answer; two near readings are asked about."""
    day = _iso(written) or next(_days(written, turn.today), None)
    if day is None:
        turn.tell("ask_due_again", said=written)
        return None
    if isinstance(day, date):
        return {slot: day.isoformat()}
    options = [option.isoformat() for option in day.options] if slot == "due" else []
    return {slot: day.day.isoformat(), **({"due_options": options} if options else {})}


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        return None


def _days(written: str, today: date) -> Iterator[Day]:
    text = fold(written).text
    readings = (read_day(text, at, today) for at in range(min(len(text), 200)))
    return (day for day in readings if day is not None)


def _names(written: str) -> list[str]:
    for sign in WORDS["between_names"]:
        written = written.replace(sign, "@")
    return [name.strip() for name in written.split("@") if name.strip()]


def _owner(written: str) -> str:
    name = written.strip().lstrip("@").strip()
    return "me" if name.casefold() in WORDS["me"] else name


def _locale(turn: Turn, written: str) -> Slots | None:
    typed = written.strip().casefold()
    for locale, words in TABLE["languages"].items():
        if typed in words:
            return {"locale": locale}
    turn.tell("ask_language")
    return None
