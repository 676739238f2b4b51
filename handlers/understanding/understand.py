"""One line of `python -m bot understand`: what the bot would read in a message, as plain JSON values."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.intents import spoken_slots
from handlers.understanding.parse import parse

LOCALES = ("zh", "en")


def understand(line: Any) -> dict[str, Any]:
    """{"text", "now", "time_zone", "locale", "open_question"} in, {"intents", "asked_back"} out."""
    if not isinstance(line, dict):
        raise ValueError("a line must be a JSON object")
    reading = parse(
        _text(line),
        now=_now(line),
        zone=_zone(line),
        locale=_locale(line),
        open_question=_open_question(line),
    )
    intents = [{"intent": intent.name, **spoken_slots(intent)} for intent in reading.intents]
    return {"intents": intents, "asked_back": reading.asked_back}


def _text(line: dict[str, Any]) -> str:
    text = line.get("text")
    if not isinstance(text, str):
        raise ValueError("text: a string is needed")
    return text


def _now(line: dict[str, Any]) -> datetime:
    said = line.get("now")
    if not isinstance(said, str):
        raise ValueError("now: an ISO time with its offset is needed, like 2026-11-23T09:00:00+08:00")
    try:
        now = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(f"now: {said!r} is no ISO time") from None
    if now.tzinfo is None:
        raise ValueError(f"now: {said!r} has no offset")
    return now


def _zone(line: dict[str, Any]) -> ZoneInfo:
    said = line.get("time_zone")
    if not isinstance(said, str):
        raise ValueError("time_zone: a name like Asia/Shanghai is needed")
    try:
        return ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"time_zone: {said!r} does not exist") from None


def _locale(line: dict[str, Any]) -> str:
    locale = line.get("locale", "en")
    if locale not in LOCALES:
        raise ValueError(f"locale: {locale!r} is neither zh nor en")
    return str(locale)


def _open_question(line: dict[str, Any]) -> bool:
    said = line.get("open_question", False)
    if not isinstance(said, bool):
        raise ValueError("open_question: true or false is needed")
    return said
