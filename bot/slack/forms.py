"""A modal that was sent or closed: what its fields hold, and whether Slack should let it go. Pure."""

import json
from datetime import date
from typing import Any

from bot.slack.blocks import BLOCK_NAME_ENDS
from models.organization import LOCALES
from services.answers import says_nothing
from services.render import words

Body = dict[str, Any]


def values_of(view: Body) -> dict[str, str]:
    """Field name -> what was typed, picked or chosen; "" where nothing was."""
    filled = (view.get("state") or {}).get("values") or {}
    return {
        block.split(BLOCK_NAME_ENDS)[0]: _value(field) for block, fields in filled.items() for field in fields.values()
    }


def _value(field: Body) -> str:
    chosen = field.get("selected_option") or {}
    return str(field.get("value") or field.get("selected_date") or chosen.get("value") or "")


def answer_to(body: Body) -> Body | None:
    """What Slack is to show beside the fields of a submitted modal instead of closing it; None: let it go.

    Judged by what the modal itself carries back: its blocks, and in its metadata the language and the person's date.
    """
    if body.get("type") != "view_submission":
        return None
    try:
        errors = _errors(body["view"])
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return {"response_action": "errors", "errors": errors} if errors else None


def _errors(view: Body) -> dict[str, str]:
    metadata = json.loads(view.get("private_metadata") or "{}")
    locale = metadata.get("locale")
    sentences = words(locale if locale in LOCALES else LOCALES[0])["form_errors"]
    filled = view["state"]["values"]
    errors: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] == "input" and block["block_id"] in filled:
            given = _value(next(iter(filled[block["block_id"]].values())))
            most = block["element"].get("max_length")
            wrong = _wrong(block, given, most, metadata.get("today"))
            if wrong:
                errors[block["block_id"]] = sentences[wrong].format(most=most)
    return errors


def _wrong(block: Body, given: str, most: int | None, today: str | None) -> str | None:
    """The key of the sentence that says what is wrong."""
    if says_nothing(given):
        return None if block.get("optional") else "blank"
    if most is not None and len(given) > most:
        return "too_long"
    is_date = block["element"]["type"] == "datepicker"
    return "past" if is_date and today and date.fromisoformat(given) < date.fromisoformat(today) else None
