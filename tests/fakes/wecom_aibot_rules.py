"""What WeCom's AI bot accepts: sizes, shapes, error codes. Facts: developer.work.weixin.qq.com 101463, 101032, 96213.

Every check answers (errcode, errmsg), or None when there is nothing to refuse.
"""

import re
from typing import Any

Json = dict[str, Any]
Refusal = tuple[int, str]

MOST_MARKDOWN_BYTES = 20_480
PER_MINUTE, PER_HOUR = 30, 1000
CLICK_SECONDS = 5.0
CHUNK_BYTES, MOST_CHUNKS = 512 * 1024, 100
MEDIA = ("image", "file", "voice", "video")
TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")

BAD = (40058, "invalid Request Parameter")
NOT_IN_TEXT = (40008, "invalid message type")
NO_TITLE = (42045, "Template_Card.main_title missing or invalid")
NO_ACTION = (42045, "Template_Card.card_action missing or invalid")
TASK_USED = (42014, "Template_Card.task_id duplicate")
NO_CHAT = (93006, "invalid chatid")
UNKNOWN_REQ_ID = (846605, "invalid req_id")
ANSWERED = (846606, "request already responded, cannot respond again")
TOO_OFTEN = (846607, "too many request")
NOT_SUBSCRIBED = (846609, "aibot websocket not subscribed")
WRONG_SECRET = (853000, "invalid bot_id or secret")


def frame(frame: Any) -> Refusal | None:
    """The outer shape of whatever a client sends."""
    headers = frame.get("headers") if isinstance(frame, dict) else None
    if not isinstance(headers, dict) or not isinstance(headers.get("req_id"), str) or not headers["req_id"]:
        return BAD
    if set(frame) - {"cmd", "headers", "body"} or not isinstance(frame.get("body", {}), dict):
        return BAD
    return None if isinstance(frame.get("cmd"), str) else BAD


def content(body: Json, media: set[str]) -> Refusal | None:
    """What a message says."""
    kind = body.get("msgtype")
    if kind == "text":
        return NOT_IN_TEXT
    inner = body.get(str(kind))
    if not isinstance(inner, dict):
        return BAD
    if kind == "markdown":
        return _markdown(inner)
    if kind == "template_card":
        return card(inner)
    return None if kind in MEDIA and inner.get("media_id") in media else BAD


def _markdown(inner: Json) -> Refusal | None:
    text = inner.get("content")
    if not isinstance(text, str) or not text.strip():
        return BAD
    return (45002, "content size out of limit") if len(text.encode()) > MOST_MARKDOWN_BYTES else None


def card(card: Json) -> Refusal | None:
    kind, title = card.get("card_type"), (card.get("main_title") or {}).get("title")
    if not title and not card.get("sub_title_text"):
        return NO_TITLE
    if kind == "text_notice":
        return None if (card.get("card_action") or {}).get("type") in (1, 2) else NO_ACTION
    if kind != "button_interaction" or not TASK_ID.fullmatch(str(card.get("task_id"))):
        return BAD
    return _buttons(card.get("button_list"))


def _buttons(buttons: Any) -> Refusal | None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 6:
        return BAD
    keys = [str(button.get("key")) for button in buttons]
    if len(set(keys)) != len(keys) or any(not key or len(key.encode()) > 1024 for key in keys):
        return BAD
    fine = all(button.get("text") and set(button) <= {"text", "style", "key"} for button in buttons)
    return None if fine and all(button.get("style", 1) in (1, 2, 3, 4) for button in buttons) else BAD


def displayed(card: Json) -> Json:
    """Suggested lengths are cut in display, not refused."""
    title = (card.get("main_title") or {}).get("title", "")
    return {
        "title": title[:26],
        "text": (card.get("sub_title_text") or "")[:112],
        "buttons": [(button["text"][:10], button["key"]) for button in card.get("button_list", [])],
        "task_id": card.get("task_id"),
    }


def chunk(upload: Json, body: Json, size: int) -> Refusal | None:
    index = body.get("chunk_index")
    if not isinstance(index, int) or not 0 <= index < upload["total_chunks"] or size > CHUNK_BYTES:
        return BAD
    return None
