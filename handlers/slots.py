"""Half-finished intents at rest: to plain JSON and back, so that an open question survives a restart."""

import types
from dataclasses import fields
from datetime import date, datetime
from typing import Any, get_args, get_type_hints

from handlers.intents import Intent

INTENTS: dict[str, type[Any]] = {kind.name: kind for kind in get_args(Intent)}


def to_json(intent: Intent) -> dict[str, Any]:
    """Only what is filled in; dates and times in ISO form."""
    filled = {slot.name: getattr(intent, slot.name) for slot in fields(intent)}
    return {name: _plain(value) for name, value in filled.items() if value not in (None, ())}


def from_json(name: str, slots: dict[str, Any]) -> Intent:
    kind = INTENTS[name]
    hints = get_type_hints(kind)
    intent: Intent = kind(**{slot: _typed(hints[slot], value) for slot, value in slots.items()})
    return intent


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        item = get_args(_without_none(hint))[0]
        return tuple(_typed(item, each) for each in value)
    kind = _without_none(hint)
    if kind is date:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if kind is datetime else value


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(arm for arm in get_args(hint) if arm is not types.NoneType)
    return hint
