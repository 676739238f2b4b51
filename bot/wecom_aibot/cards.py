"""What is said with buttons: template cards (developer.work.weixin.qq.com/document/path/101032, 101031).

Texts have suggested lengths in characters and are cut in display; six buttons at most; a task id is never taken twice
(errcode 42014), and of a changed card it must be the pressed one's. No button can be switched off: a card that was
answered keeps one grey button that means nothing.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import escape

from bot.wecom import buttons, dialect
from bot.wecom_aibot.inbound import DONE
from models.messages import Message

Body = dict[str, Any]

MOST_BYTES = 20_480
TITLE, SUBTITLE = 26, 112
GREY = 4


def bodies(message: Message, task_id: str) -> list[Body]:
    """The frames' bodies in order: what does not fit a card goes before it. The first card has this very task id."""
    numbered = list(enumerate(message.buttons, start=1))
    labels = [(buttons.label_of(number, button), button) for number, button in numbered]
    full = [
        buttons.spelt_out(*each)
        for each, (label, button) in zip(numbered, labels, strict=True)
        if label != button.label
    ]
    markup = "\n".join([message.markup, *(str(escape(line)) for line in full)])
    if not message.buttons:
        return [_markdown(markup)]
    text = dialect.text(markup)
    listed = [buttons.written(label, button) for label, button in labels]
    groups = [listed[start : start + buttons.MOST] for start in range(0, len(listed), buttons.MOST)]
    ids = [task_id, *(f"{task_id}-{place}" for place in range(2, len(groups) + 1))]
    cards = [_card(_head(text), group, each) for group, each in zip(groups, ids, strict=True)]
    return cards if _whole(text) else [_markdown(markup), *cards]


def answered(message: Message, task_id: str) -> Body:
    """The card as it reads after a press: its last line says what was chosen, and stands on the grey button."""
    text = dialect.text(message.markup).strip()
    said, _, chosen = text.rpartition("\n")
    left = enumerate(message.buttons[: buttons.MOST], start=1)
    listed = [buttons.written(buttons.label_of(number, button), button) for number, button in left]
    grey = {"text": buttons.shortened(chosen, buttons.CHARACTERS), "style": GREY, "key": DONE}
    return {
        "response_type": "update_template_card",
        "template_card": _card(_head(said or chosen), listed or [grey], task_id)["template_card"],
    }


def is_card(body: Body) -> bool:
    return bool(body["msgtype"] == "template_card")


def _markdown(markup: str) -> Body:
    content = dialect.cut(dialect.markdown(markup).strip(), MOST_BYTES)
    return {"msgtype": "markdown", "markdown": {"content": content}}


def _card(head: Body, listed: Sequence[Body], task_id: str) -> Body:
    card = {"card_type": "button_interaction", **head, "button_list": list(listed), "task_id": task_id}
    return {"msgtype": "template_card", "template_card": card}


def _head(text: str) -> Body:
    """Title and text of a card; of a text too long for one, the beginning."""
    return _whole(text) or {"main_title": {"title": buttons.shortened(text.strip().partition("\n")[0], TITLE)}}


def _whole(text: str) -> Body | None:
    title, _, rest = text.strip().partition("\n")
    if len(title) <= TITLE and len(rest) <= SUBTITLE:
        return {"main_title": {"title": title}, **({"sub_title_text": rest.strip()} if rest.strip() else {})}
    if len(text.strip()) <= SUBTITLE:
        return {"sub_title_text": text.strip()}
    return None
