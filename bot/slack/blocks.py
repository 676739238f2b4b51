"""Message -> Block Kit: what a chat message, a modal and the home page look like. Pure.

People's text goes out in rich_text, where nothing is parsed. Limits: docs.slack.dev/reference/block-kit.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.messages import Button, Form, FormField, Message
from services.markup import Span, plain, spans

Block = dict[str, Any]

MOST_CHARACTERS = 3900
"""chat.update refuses `text` over 4,000 characters; blocks over about 13,200 in sum are refused too."""
MOST_RICH_TEXT = 9000
MOST_IN_A_SECTION = 2000
MOST_ELEMENTS = 900
MOST_BUTTONS_IN_A_BLOCK, MOST_BUTTONS = 25, 100
MOST_BLOCKS_OF_A_VIEW, MOST_BYTES_OF_A_VIEW = 100, 200_000
"""Slack: 250 KB; the title and the frame need some of it."""
MOST_TYPED, MOST_OPTIONS, MOST_OF_AN_OPTION, MOST_ALT = 3000, 100, 75, 2000
BLOCK_NAME_ENDS = "."
"""In a modal a block's id is the field's name, and behind this sign a mark of what it was filled with."""


def content(message: Message, picture: str | None = None) -> Block:
    """Blocks for reading, text for the notification: it is plain and escaped, so it can call nobody.

    `picture` is the id of the uploaded file of `message.picture`.
    """
    blocks = [rich_text(message.markup)]
    if picture is not None and message.picture is not None:
        alt = message.picture.alt[:MOST_ALT]
        blocks.append({"type": "image", "slack_file": {"id": picture}, "alt_text": alt})
    return {"text": _notification(message.markup), "blocks": blocks + _actions(message.buttons)}


def home(message: Message) -> Block:
    """App Home: the title, then each section with its buttons under it; what does not fit is left out."""
    blocks, room = [rich_text(message.markup)], MOST_BYTES_OF_A_VIEW
    for section in message.sections:
        more = [rich_text(section.markup, MOST_IN_A_SECTION), *_actions(section.buttons)]
        room -= len(json.dumps(more))
        if room < 0:
            break
        blocks += more
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS_OF_A_VIEW]}


def modal(form: Form) -> Block:
    """A form. Slack tells when it is closed unsent, so that what was typed is kept as a draft.

    The metadata travel to the submission and back: bot/slack/forms.py judges it by them.
    """
    today = form.today.isoformat() if form.today else None
    fields = [field for field in form.fields if field.kind != "choice" or field.options]
    return {
        "type": "modal",
        "callback_id": form.action,
        "private_metadata": json.dumps({"locale": form.locale, "today": today}),
        "notify_on_close": True,
        "title": _plain_text(form.title, 24),
        "submit": _plain_text(form.submit, 24),
        "close": _plain_text(form.close, 24),
        "blocks": [_input(field) for field in fields[:MOST_BLOCKS_OF_A_VIEW]],
    }


def _input(field: FormField) -> Block:
    return {
        "type": "input",
        "block_id": _block_id(field),
        "optional": not field.required,
        "label": _plain_text(field.label, 2000),
        "element": {"action_id": "value", **_element_of(field)},
    }


def _block_id(field: FormField) -> str:
    """Slack keeps what a person typed as long as the id stays: a field filled with something else needs another id."""
    return f"{field.name}{BLOCK_NAME_ENDS}{zlib.crc32(field.value.encode()):08x}" if field.value else field.name


def _element_of(field: FormField) -> Block:
    if field.kind == "date":
        return {"type": "datepicker", **({"initial_date": field.value} if _is_date(field.value) else {})}
    if field.kind == "choice":
        return _choice(field)
    most = min(field.max_length, MOST_TYPED)
    typed = {"type": "plain_text_input", "multiline": field.kind == "text", "max_length": most}
    return {**typed, **({"initial_value": field.value[:most]} if field.value else {})}


def _choice(field: FormField) -> Block:
    options = [
        {"text": _plain_text(label, MOST_OF_AN_OPTION), "value": value} for value, label in field.options[:MOST_OPTIONS]
    ]
    chosen = next((option for option in options if option["value"] == field.value), None)
    return {"type": "static_select", "options": options, **({"initial_option": chosen} if chosen else {})}


def _is_date(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def _actions(buttons: Sequence[Button]) -> list[Block]:
    elements = [_button(position, button) for position, button in enumerate(buttons[:MOST_BUTTONS])]
    starts = range(0, len(elements), MOST_BUTTONS_IN_A_BLOCK)
    return [{"type": "actions", "elements": elements[start : start + MOST_BUTTONS_IN_A_BLOCK]} for start in starts]


def _button(position: int, button: Button) -> Block:
    element: Block = {
        "type": "button",
        "action_id": f"loopkeeper_{position}",
        "text": {"type": "plain_text", "text": button.label[:75], "emoji": False},
        "value": button.action,
    }
    return {**element, "style": button.style} if button.style else element


def _notification(markup: str) -> str:
    """A beginning of what is said, that ends in no half entity."""
    text = plain(markup)
    while len(_escaped(text)) > MOST_CHARACTERS:
        text = text[: len(text) * MOST_CHARACTERS // len(_escaped(text))]
    return _escaped(text)


def rich_text(markup: str, most: int = MOST_RICH_TEXT) -> Block:
    elements = [_run(span) for span in _joined(_cut(spans(markup), most)) if span.text][:MOST_ELEMENTS]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _joined(pieces: list[Span]) -> list[Span]:
    """Neighbours of one style become one element: Slack takes a limited number of them."""
    joined: list[Span] = []
    for piece in pieces:
        if joined and replace(joined[-1], text="") == replace(piece, text="") and not piece.user_id:
            joined[-1] = replace(piece, text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def _run(span: Span) -> Block:
    if span.user_id:
        return {"type": "user", "user_id": span.user_id}
    kind = {"type": "link", "url": span.href, "text": span.text} if span.href else {"type": "text", "text": span.text}
    style = {name: True for name, on in (("bold", span.bold), ("italic", span.italic)) if on}
    return {**kind, "style": style} if style else kind


def _cut(whole: list[Span], most: int) -> list[Span]:
    kept, room = [], most
    for span in whole:
        if len(span.text) > room:
            kept.append(Span(span.text[: max(0, room - 1)] + "…", span.bold, span.italic, span.href, span.user_id))
            break
        kept.append(span)
        room -= len(span.text)
    return kept


def _plain_text(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": text if len(text) <= most else text[: most - 1] + "…", "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
