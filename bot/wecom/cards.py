"""Buttons as template cards: up to six on one, up to ten as a list to pick from, more on several cards.

Limits: developer.work.weixin.qq.com/document/path/90236; lengths are characters, and what is longer is cut in display.
A task id is unique for an app for ever.
"""

from collections.abc import Sequence

from bot.wecom import buttons, dialect
from bot.wecom.api import Json
from bot.wecom.inbound import COUNTER
from models.messages import Button, Delivery, Message
from services.markup import Span

MOST_OPTIONS = 10
TITLE_CHARACTERS, SUBTITLE_CHARACTERS = 36, 160
PICK, SUBMIT = "pick", "OK"
UNTITLED = "\u25be"


def task_id(delivery: Delivery) -> str:
    return f"lk-{delivery.id}-{int(delivery.created_at.timestamp() * 1000)}"


def dealt(delivery: Delivery, message: Message) -> tuple[list[Span], list[Json]]:
    """What is said above in a message of its own (often nothing), and the cards with the rest.

    A label too long for a button gets a number, and stands in the text with it.
    """
    labels = [buttons.label_of(number, button) for number, button in enumerate(message.buttons, start=1)]
    whole = [*dialect.lines(message.markup), *_legend(labels, message.buttons)]
    as_list = buttons.MOST < len(labels) <= MOST_OPTIONS
    above, title, subtitle = _laid_out(whole, 0 if as_list else SUBTITLE_CHARACTERS)
    head = {"main_title": {"title": title}, **({"sub_title_text": subtitle} if subtitle else {})}
    size = MOST_OPTIONS if as_list else buttons.MOST
    cards = []
    for number, start in enumerate(range(0, len(labels), size), start=1):
        task = task_id(delivery) + (f"{COUNTER}{number}" if number > 1 else "")
        some = slice(start, start + size)
        cards.append(_card({**head, "task_id": task}, labels[some], message.buttons[some]))
    return above, cards


def _legend(labels: Sequence[str], shown: Sequence[Button]) -> list[Span]:
    return [
        span
        for number, (label, button) in enumerate(zip(labels, shown, strict=True), start=1)
        if label != button.label
        for span in (Span("\n"), Span(buttons.spelt_out(number, button)))
    ]


def _card(head: Json, labels: Sequence[str], shown: Sequence[Button]) -> Json:
    pairs = list(zip(labels, shown, strict=True))
    if len(shown) <= buttons.MOST:
        card = {"card_type": "button_interaction", **head, "button_list": [buttons.written(*pair) for pair in pairs]}
    else:
        options = [{"id": button.action, "text": label} for label, button in pairs]
        picker = {"question_key": PICK, "title": UNTITLED, "option_list": options}
        submit = {"text": SUBMIT, "key": PICK}
        card = {"card_type": "multiple_interaction", **head, "select_list": [picker], "submit_button": submit}
    return {"msgtype": "template_card", "template_card": card}


def _laid_out(whole: list[Span], room: int) -> tuple[list[Span], str, str]:
    """As many of the last lines as a card shows, and the lines before them, which go into a message above.

    `room`: the characters under the title; a list to pick from has none.
    """
    rows = _rows(whole)
    texts = [dialect.as_text(row).strip() for row in rows]
    for start, first in enumerate(texts):
        rest = "\n".join(texts[start + 1 :])
        if first and len(first) <= TITLE_CHARACTERS and len(rest) <= room:
            return _joined(rows[:start]), first, rest
        both = "\n".join(texts[start:])
        if first and len(both) <= room:
            return _joined(rows[:start]), _heading(whole, texts), both
    return whole, _heading(whole, texts), ""


def _rows(whole: list[Span]) -> list[list[Span]]:
    rows: list[list[Span]] = [[]]
    for span in whole:
        rows[-1].append(span)
        if span.text.endswith("\n"):
            rows.append([])
    return [row for row in rows if row]


def _joined(rows: list[list[Span]]) -> list[Span]:
    return [span for row in rows for span in row]


def _heading(whole: list[Span], texts: list[str]) -> str:
    """What is bold first says best what it is about."""
    bold = next((span.text.strip() for span in whole if span.bold and span.text.strip()), "")
    return buttons.shortened(bold or next(iter(texts), "") or UNTITLED, TITLE_CHARACTERS)
