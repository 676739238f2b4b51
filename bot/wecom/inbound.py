"""WeCom's decrypted XML -> Incoming. Pure. Facts: developer.work.weixin.qq.com/document/path/90238, 90239, 90240.

User ids are case-insensitive and come back lower-cased in some answers ("invaliduser"), so that they are lower-cased
everywhere: here, and in the programme file where they are written down.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from models.messages import Incoming, Place

CONNECTION = ""
"""The token itself names the only workspace."""
SYSTEM = "sys"
CARD = "template_card_event"
COUNTER = "@"
"""A delivery of several cards numbers them behind this sign: bot/wecom/outbound.py."""
REACH = {"subscribe": "reachable", "unsubscribe": "out_of_scope"}
CHANGES = {"delete_user": "reach:deactivated", "update_user": "profile", "create_user": "reach:reachable"}

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Fields = Mapping[str, str]


class Unreadable(Exception):
    """No XML that WeCom sends: not well-formed, or with a document type of its own."""


def parse(xml: bytes) -> Element:
    """Without document types and entities, so that a few lines cannot stand for gigabytes. Raises Unreadable.

    Control characters, which XML forbids and people paste, are left out: a message is not lost for one.
    """
    try:
        root: Element = fromstring(FORBIDDEN.sub("", xml.decode("utf-8", "replace")), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise Unreadable from None
    return root


def fields_of(root: Element) -> dict[str, str]:
    """The flat fields, and `OptionId`: what was picked first in a card's list."""
    fields = {child.tag: child.text or "" for child in root if len(child) == 0}
    picked = root.findtext(".//SelectedItems/SelectedItem/OptionIds/OptionId")
    return {**fields, "OptionId": picked} if picked else fields


def to_incoming(fields: Fields, now: datetime) -> Incoming | None:
    """None for what nobody reads: pictures, places, links, and events that ask for nothing. `now` is aware UTC."""
    kind = fields.get("MsgType")
    if kind == "text":
        return _said(fields, fields.get("Content", ""), now)
    if kind == "voice" and fields.get("Recognition"):
        return _said(fields, fields["Recognition"], now)
    return _from_event(fields, now) if kind == "event" else None


def event_key(fields: Fields) -> str:
    """The same for every redelivery: events have no MsgId. Two presses in one second differ in their ResponseCode."""
    if fields.get("MsgId"):
        return fields["MsgId"]
    names = ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId", "ResponseCode", "ChangeType", "UserID")
    return ":".join(fields[name] for name in names if fields.get(name)) or "unknown"


def envelope(fields: Fields) -> dict[str, str]:
    """What is kept of an event nobody reads: nothing anybody said or showed."""
    names = ("MsgType", "Event", "MsgId", "CreateTime", "ChangeType", "AgentID")
    return {name: fields[name] for name in names if name in fields}


def _from_event(fields: Fields, now: datetime) -> Incoming | None:
    event = fields.get("Event", "").lower()
    if event == "click":
        return _said(fields, fields.get("EventKey", ""), now)
    if event == "enter_agent":
        return _incoming(fields, now, "contact")
    if event == CARD:
        return _pressed(fields, now)
    if event in REACH:
        return _incoming(fields, now, "notice", action=f"reach:{REACH[event]}")
    if event == "change_contact" and fields.get("ChangeType") in CHANGES:
        about = {**fields, "FromUserName": fields.get("UserID", "")}
        changed = _incoming(about, now, "notice", action=CHANGES[fields["ChangeType"]])
        return changed.model_copy(update={"event_key": event_key(fields)}) if changed else None
    return None


def _pressed(fields: Fields, now: datetime) -> Incoming | None:
    """A button's key, or the id of the option that was picked: both are what a button of ours means."""
    task = fields.get("TaskId", "").split(COUNTER)[0]
    action = fields.get("OptionId") or fields.get("EventKey", "")
    return _incoming(
        fields, now, "press", action=action, message_id=task or None, card_code=fields.get("ResponseCode") or None
    )


def _said(fields: Fields, words: str, now: datetime) -> Incoming | None:
    return _incoming(fields, now, "text", text=words, message_id=fields.get("MsgId"))


def _incoming(fields: Fields, now: datetime, kind: Any, **more: Any) -> Incoming | None:
    sender = fields.get("FromUserName", "").strip().lower()
    if not sender or sender == SYSTEM:
        return None
    return Incoming(
        platform="wecom",
        connection=CONNECTION,
        event_key=event_key(fields),
        kind=kind,
        sender=sender,
        place=Place(kind="dm", id=sender),
        sent_at=now,
        **more,
    )
