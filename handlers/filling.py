"""An answer, typed or pressed, as the value of the slot that was asked for; None when it must be asked again."""

import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers.intents import Away
from handlers.turn import Turn
from handlers.understanding.absences import read_range
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
    if question.intent == Away.name and slot == "until":
        return _end_of_absence(turn, question, str(value))
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


def _end_of_absence(turn: Turn, question: OpenQuestion, written: str) -> Slots | None:
    """What stands behind `away` works here too: `3 days` and `friday` count from its first day; a date is a date."""
    begins = _iso(question.slots.get("start", "")) or turn.today
    day = next(_days(written, turn.today), None)
    span = read_range(fold(written).text, 0, begins)
    if _iso(written) is None and span is not None and span.until is not None and not (day and day.month_day):
        return {"until": span.until.isoformat()}
    return _date(turn, "until", written)


def day_in(written: str, today: date) -> date | None:
    """The first date somebody names."""
    found = next(_days(written, today), None)
    return _iso(written) or (found.day if found else None)


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
