"""What WeCom takes: fields, sizes and shapes. Facts: developer.work.weixin.qq.com/document/path/90236, 91770, 90231.

`wrong` is refused; `cut` is taken, and shown shorter than it was meant.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
SEND_FIELDS = {
    "touser", "toparty", "totag", "msgtype", "agentid", "safe", "enable_id_trans", "enable_duplicate_check",
    "duplicate_check_interval",
}  # fmt: skip
CHAT_FIELDS = {"chatid", "msgtype", "safe"}
APP_TYPES = ("text", "markdown", "image", "file", "template_card")
CHAT_TYPES = ("text", "markdown", "image", "file")
ROBOT_TYPES = ("text", "markdown", "image", "template_card")
APP_BYTES, ROBOT_MARKDOWN_BYTES = 2048, 4096
CARD_FIELDS = {
    "button_interaction": {"card_type", "main_title", "sub_title_text", "task_id", "button_list", "source"},
    "multiple_interaction": {"card_type", "main_title", "task_id", "select_list", "submit_button", "source"},
}
MOST_IMAGE = 2 * 1024 * 1024


def surplus(body: Json, allowed: set[str]) -> list[str]:
    return [f"there is no field {name}" for name in body if name not in allowed | {body.get("msgtype", "")}]


def wrong_content(body: Json, kinds: tuple[str, ...]) -> Iterator[str]:
    kind = body.get("msgtype")
    if kind not in kinds or not isinstance(body.get(kind), dict):
        yield f"the msgtype {kind} is not taken here"
        return
    content = body[kind]
    if kind in ("text", "markdown") and not str(content.get("content") or "").strip():
        yield "the content is empty"
    if kind == "template_card":
        yield from wrong_card(content)


def wrong_card(card: Json) -> Iterator[str]:
    kind = card.get("card_type", "")
    if kind not in CARD_FIELDS:
        yield f"there is no card_type {kind}"
        return
    yield from (f"a {kind} has no {name}" for name in set(card) - CARD_FIELDS[kind])
    if not card.get("main_title", {}).get("title"):
        yield "main_title.title is missing"
    if not re.fullmatch(r"[0-9A-Za-z_\-@]{1,128}", card.get("task_id", "")):
        yield "the task_id is missing or malformed"
    yield from wrong_buttons(card) if kind == "button_interaction" else wrong_choices(card)


def wrong_buttons(card: Json) -> Iterator[str]:
    buttons = card.get("button_list") or []
    if not 1 <= len(buttons) <= 6:
        yield f"{len(buttons)} buttons"
    for button in buttons:
        if set(button) - {"text", "style", "key", "type"} or not button.get("text"):
            yield "a malformed button"
        if not 1 <= len(str(button.get("key", "")).encode()) <= 1024:
            yield "a button's key is missing or too long"
        if button.get("style", 1) not in (1, 2, 3, 4):
            yield "a button's style is none of 1 to 4"


def wrong_choices(card: Json) -> Iterator[str]:
    lists = card.get("select_list") or []
    if not 1 <= len(lists) <= 3 or not card.get("submit_button", {}).get("key"):
        yield "no lists, too many, or nothing to submit them with"
    for each in lists:
        options = each.get("option_list") or []
        if not each.get("question_key") or not 1 <= len(options) <= 10:
            yield f"a list with {len(options)} options"
        if len({option["id"] for option in options}) < len(options):
            yield "two options with one id"
        if any(len(option["id"].encode()) > 128 for option in options):
            yield "an option's id is too long"


def cut_card(card: Json) -> Iterator[str]:
    texts = [(card.get("main_title", {}).get("title", ""), 36), (card.get("sub_title_text", ""), 160)]
    texts += [(button["text"], 10) for button in card.get("button_list", [])]
    texts += [(option["text"], 10) for each in card.get("select_list", []) for option in each["option_list"]]
    yield from (f"{text!r} is longer than {most} characters" for text, most in texts if len(text) > most)


def wrong_menu(menu: Json) -> Iterator[str]:
    buttons = menu.get("button") or []
    if not 1 <= len(buttons) <= 3:
        yield f"{len(buttons)} entries"
    for button in buttons:
        below = button.get("sub_button")
        if len(button["name"].encode()) > 16:
            yield f"{button['name']!r} is longer than 16 bytes"
        if below is not None and not 1 <= len(below) <= 5:
            yield f"{len(below)} entries below"
        for entry in below or [button]:
            if entry.get("type") != "click" or not 1 <= len(str(entry.get("key", "")).encode()) <= 128:
                yield "an entry without a type or key"
            if len(entry["name"].encode()) > 40:
                yield f"{entry['name']!r} is longer than 40 bytes"


def wrong_robot_image(image: Json) -> Iterator[str]:
    raw = base64.b64decode(image.get("base64", ""), validate=True)
    if not 5 < len(raw) <= MOST_IMAGE:
        yield f"an image of {len(raw)} bytes"
    if hashlib.md5(raw).hexdigest() != image.get("md5"):
        yield "the md5 is of something else"
    if not raw.startswith((b"\x89PNG", b"\xff\xd8")):
        yield "neither PNG nor JPG"


def truncated(text: str, most: int = APP_BYTES) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")
