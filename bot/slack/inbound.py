"""Slack's raw events -> Incoming. Pure. Facts: docs.slack.dev (Events API, interactivity, slash commands)."""

import html
import re
from datetime import datetime
from typing import Any

from models.messages import Incoming, Place

Body = dict[str, Any]

SPOKEN_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")
NOT_A_PERSON = ("USLACKBOT", None, "")
USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
SPECIAL = re.compile(r"<!(?:subteam\^[A-Z0-9]+\|@?)?([^>|]*)(?:\|[^>]*)?>")
LINK = re.compile(r"<((?:https?|mailto|tel):[^>|]*)(?:\|([^>]*))?>")


def to_incoming(body: Body, connection: str, now: datetime) -> Incoming | None:
    """None for what nobody reads: other bots, joins, unknown types, shapes Slack does not send.

    `now` is when it arrived, aware UTC.
    """
    try:
        return _read(body, connection, now)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return None


def _read(body: Body, connection: str, now: datetime) -> Incoming | None:
    kind = body.get("type")
    if kind == "event_callback":
        return _from_event(body, connection, now)
    if kind == "block_actions":
        return _from_press(body, connection, now)
    if kind == "view_submission":
        return _from_form(body, connection, now)
    return _from_slash(body, connection, now) if "command" in body else None


def envelope(body: Body) -> Body:
    """What is kept of an event nobody reads: of a message, everything but what it says."""
    event = body.get("event")
    if not isinstance(event, dict) or event.get("type") != "message":
        return body
    kept = {name: event[name] for name in ("type", "subtype", "channel", "ts") if name in event}
    return {"type": body.get("type"), "event_id": body.get("event_id"), "event": kept}


def event_key(body: Body) -> str:
    """The same for every redelivery of an event nobody reads."""
    return str(body.get("event_id") or body.get("trigger_id") or body.get("type") or "unknown")


def _from_event(body: Body, connection: str, now: datetime) -> Incoming | None:
    event = body.get("event") or {}
    if event.get("type") == "app_home_opened" and event.get("tab") == "messages":
        return _incoming(connection, now, event_key(body), "contact", event["user"], event.get("channel"))
    if event.get("type") not in ("message", "app_mention") or event.get("bot_id"):
        return None
    if event.get("subtype") == "message_changed":
        return _from_edit(body, event, connection, now)
    if event.get("subtype") not in SPOKEN_SUBTYPES or event.get("user") in NOT_A_PERSON:
        return None
    return _from_message(body, event, event, connection, now)


def _from_edit(body: Body, event: Body, connection: str, now: datetime) -> Incoming | None:
    """A link preview also "changes" a message; only a person's edit has `edited`."""
    message, before = event.get("message") or {}, event.get("previous_message") or {}
    if message.get("bot_id") or message.get("user") in NOT_A_PERSON or not message.get("edited"):
        return None
    if message.get("text") == before.get("text"):
        return None
    spoken = _from_message(body, event, message, connection, now)
    return spoken.model_copy(
        update={
            "event_key": f"edit:{event['channel']}:{message['ts']}:{message['edited']['ts']}",
            "edits": f"{event['channel']}:{message['ts']}",
        }
    )


def _from_message(body: Body, event: Body, message: Body, connection: str, now: datetime) -> Incoming:
    """One post can arrive as app_mention and as message.channels: the key is (channel, ts), the reading the same."""
    channel, ts, thread = event["channel"], message["ts"], message.get("thread_ts")
    bot = _bot_user(body)
    private = event.get("channel_type") == "im" or channel.startswith("D")
    text, mentions = _readable(_without_mention(message.get("text") or "", bot))
    called = event.get("type") == "app_mention" or (bot is not None and f"<@{bot}" in (message.get("text") or ""))
    return Incoming(
        platform="slack",
        connection=connection,
        event_key=f"message:{channel}:{ts}",
        kind="text",
        sender=message["user"],
        place=_place(private, message["user"], channel),
        text=text,
        mentions=mentions,
        message_id=f"{channel}:{ts}",
        thread_of=f"{channel}:{thread}" if thread and thread != ts else None,
        addressed=private or called,
        overheard=not (private or called),
        sent_at=now,
    )


def _from_press(body: Body, connection: str, now: datetime) -> Incoming | None:
    action = (body.get("actions") or [{}])[0]
    user, container = body["user"]["id"], body.get("container") or {}
    channel, ts = container.get("channel_id"), container.get("message_ts")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    key = f"press:{channel}:{ts}:{action.get('action_id')}:{action.get('action_ts')}:{user}"
    return _incoming(connection, now, key, "press", user, channel).model_copy(
        update={
            "action": str(action.get("value") or ""),
            "message_id": f"{channel}:{ts}" if ts else None,
            "thread_of": f"{channel}:{thread}" if thread else None,
            "ticket": body.get("trigger_id"),
        }
    )


def _from_form(body: Body, connection: str, now: datetime) -> Incoming:
    view, user = body["view"], body["user"]["id"]
    key = f"form:{view['id']}:{view.get('hash')}"
    inputs: dict[str, dict[str, Body]] = view.get("state", {}).get("values") or {}
    form = {block: str(field.get("value") or "") for block, fields in inputs.items() for field in fields.values()}
    return _incoming(connection, now, key, "form", user, None).model_copy(
        update={"action": view.get("callback_id") or "", "form": form}
    )


def _from_slash(body: Body, connection: str, now: datetime) -> Incoming:
    """`/loop …` is answered in the person's own chat: what he asks is between him and the bot."""
    text, mentions = _readable(body.get("text") or "")
    key = f"slash:{body.get('trigger_id')}"
    return _incoming(connection, now, key, "text", body["user_id"], None).model_copy(
        update={"text": text or "help", "mentions": mentions, "ticket": body.get("trigger_id")}
    )


def _incoming(connection: str, now: datetime, key: str, kind: Any, user: str, channel: str | None) -> Incoming:
    private = channel is None or channel.startswith("D")
    place = _place(private, user, channel or "")
    return Incoming(
        platform="slack", connection=connection, event_key=key, kind=kind, sender=user, place=place, sent_at=now
    )


def _place(private: bool, user: str, channel: str) -> Place:
    return Place(kind="dm", id=user) if private else Place(kind="channel", id=channel)


def _bot_user(body: Body) -> str | None:
    return next((each.get("user_id") for each in body.get("authorizations") or [] if each.get("is_bot")), None)


def _without_mention(text: str, bot: str | None) -> str:
    return re.sub(rf"<@{bot}(?:\|[^>]*)?>", " ", text).strip() if bot else text


def _readable(text: str) -> tuple[str, dict[str, str]]:
    """Slack's own wrapping taken off: `<@U1>` -> `@U1` (and who that is), links to their words, entities to signs."""
    mentions = {user: user for user in USER.findall(text)}
    text = USER.sub(lambda found: f"@{found[1]}", text)
    text = CHANNEL.sub(r"#\1", text)
    text = SPECIAL.sub(r"@\1", text)
    text = LINK.sub(lambda found: found[2] or found[1], text)
    return html.unescape(text), mentions
