"""The AI bot's frames -> Incoming. Pure. Facts: developer.work.weixin.qq.com/document/path/100719, 101027, 101463.

A frame is {"cmd", "headers": {"req_id"}, "body"}. Groups send only what mentions the bot; files come only in private.
"""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from models.messages import Incoming, Place

Frame = dict[str, Any]

PLATFORM = "wecom_aibot"
ONLY_WORKSPACE = ""
MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"
DONE = "done"
"""The key of the grey button a chosen card keeps: a card must have one, and pressing it means nothing."""
ID = re.compile(r"[\x21-\x7e]{1,256}")
LEADING_MENTION = re.compile(r"\s*@(?:[^\u2005\n@]{1,64}\u2005|\S+(?:\s+|$))")
MENTION = re.compile(r"(?<!\S)@\S+")
OWN_TASK = re.compile(r"(lk-[0-9]+-[0-9]+)(?:-[0-9a-z-]+)?")
WORTH_KEEPING = ("msgid", "create_time", "chattype", "msgtype")


def to_incoming(frame: Frame, now: datetime) -> Incoming | None:
    """None for what nobody reads: pictures and files alone, feedback, unknown types, shapes WeCom does not send.

    `now` is when it arrived, aware UTC.
    """
    try:
        return _read(frame, now)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return None


def without_secrets(frame: Frame) -> Frame:
    """As it is kept: `response_url` lets anybody answer for an hour."""
    return {**frame, "body": {name: value for name, value in frame["body"].items() if name != "response_url"}}


def envelope(frame: Frame) -> Frame:
    """What is kept of a frame nobody reads: nothing anybody said."""
    body = frame.get("body")
    known = body if isinstance(body, dict) else {}
    return {"cmd": str(frame.get("cmd"))[:64], "body": {name: str(known.get(name))[:256] for name in WORTH_KEEPING}}


def unread_key(frame: Frame) -> str:
    """The same for every redelivery of a frame nobody reads."""
    body = frame.get("body")
    msgid = body.get("msgid") if isinstance(body, dict) else None
    if isinstance(msgid, str) and ID.fullmatch(msgid):
        return msgid
    return "unknown:" + hashlib.sha256(json.dumps(frame, sort_keys=True).encode()).hexdigest()[:32]


def clicked(frame: Frame) -> tuple[str, str] | None:
    """(req_id, task_id) of a pressed button: what its card can be changed with, for five seconds."""
    try:
        return str(frame["headers"]["req_id"]), str(frame["body"]["event"]["template_card_event"]["task_id"])
    except (KeyError, TypeError):
        return None


def _read(frame: Frame, now: datetime) -> Incoming | None:
    body = frame["body"]
    if frame["cmd"] == MESSAGE:
        text = _spoken(body)
        return None if text is None else _incoming(body, now, kind="text", text=text, message_id=body["msgid"])
    event = body["event"]
    if event["eventtype"] == "enter_chat":
        return _incoming(body, now, kind="contact")
    return _press(frame, now) if event["eventtype"] == "template_card_event" else None


def _press(frame: Frame, now: datetime) -> Incoming | None:
    card = frame["body"]["event"]["template_card_event"]
    action = _selected(card) or str(card.get("event_key") or "")
    if action == DONE:
        return None
    task = str(card["task_id"])
    own = OWN_TASK.fullmatch(task)
    pressed = {"message_id": own[1] if own else task, "card_code": _id(frame["headers"]["req_id"])}
    return _incoming(frame["body"], now, kind="press", action=action, **pressed)


def _selected(card: Frame) -> str | None:
    """The first option of a voting card, whose own key only says which card it was."""
    for item in (card.get("selected_items") or {}).get("selected_item") or []:
        for option in (item.get("option_ids") or {}).get("option_id") or []:
            return str(option)
    return None


def _incoming(body: Frame, now: datetime, **what: Any) -> Incoming:
    sender = _id(body["from"]["userid"])
    group = body.get("chattype") == "group"
    place = Place(kind="channel", id=_id(body["chatid"])) if group else Place(kind="dm", id=sender)
    if group and "text" in what:
        what["text"] = _without_mention(what["text"])
    return Incoming(
        platform=PLATFORM,
        connection=ONLY_WORKSPACE,
        event_key=_id(body["msgid"]),
        sender=sender,
        place=place,
        sent_at=now,
        **what,
    )


def _spoken(body: Frame) -> str | None:
    """The words of a message, of a voice message as WeCom heard them; None where there are none."""
    kind = body["msgtype"]
    if kind in ("text", "voice"):
        return str(body[kind]["content"])
    if kind != "mixed":
        return None
    texts = [str(item["text"]["content"]) for item in body["mixed"]["msg_item"] if item["msgtype"] == "text"]
    return "\n".join(texts) if texts else None


def _without_mention(text: str) -> str:
    """A group's message always mentions the bot, whose name it does not know: in front, or as the only mention."""
    leading = LEADING_MENTION.match(text)
    if leading:
        return text[leading.end() :].strip()
    return MENTION.sub("", text).strip() if len(MENTION.findall(text)) == 1 else text.strip()


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("no id of WeCom's")
    return value
