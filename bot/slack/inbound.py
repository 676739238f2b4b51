"""Slack's raw events -> Incoming. Pure. Facts: docs.slack.dev (Events API, interactivity, slash commands)."""

import html
import re
from datetime import datetime
from typing import Any

from bot.slack.forms import values_of
from bot.slack.notices import Notice, notice_of
from models.messages import Incoming, Place
from services.limits import TITLE_CHARACTERS

Body = dict[str, Any]

SPOKEN_SUBTYPES = (None, "file_share", "thread_broadcast", "me_message")
NOT_A_PERSON = ("USLACKBOT", None, "")
USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
SPECIAL = re.compile(r"<!(?:subteam\^[A-Z0-9]+\|@?)?([^>|]*)(?:\|[^>]*)?>")
SENTENCE_END = re.compile("[;\uff1b\u3002]")
LINK = re.compile(r"<((?:https?|mailto|tel):[^>|]*)(?:\|([^>]*))?>")


def to_incoming(body: Body, connection: str, now: datetime, thanks_emoji: str = "raised_hands") -> Incoming | None:
    """None for what nobody reads: other bots, joins, unknown types, shapes Slack does not send.

    `now` is when it arrived, aware UTC. `thanks_emoji`: the reaction that begins a thank-you, without its colons.
    """
    try:
        return _read(body, connection, now, thanks_emoji)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return None


def _read(body: Body, connection: str, now: datetime, thanks_emoji: str) -> Incoming | None:
    kind = body.get("type")
    if kind == "event_callback" and body["event"].get("type") == "reaction_added":
        return _from_reaction(body["event"], connection, now, thanks_emoji)
    if kind == "event_callback":
        return _from_event(body, connection, now)
    if kind == "block_actions":
        return _from_press(body, connection, now)
    if kind in ("view_submission", "view_closed"):
        return _from_form(body, connection, now)
    if kind == "message_action":
        return _from_shortcut(body, connection, now)
    return _from_slash(body, connection, now) if "command" in body else None


def is_worth_keeping(body: Body) -> bool:
    """Of what nobody reads, a mark is kept; but not of people's reactions to each other."""
    event = body.get("event")
    return not (isinstance(event, dict) and event.get("type") == "reaction_added")


def envelope(body: Body) -> Body:
    """What is kept of an event nobody reads: everything but what people wrote."""
    if "message" in body or "view" in body:
        return {name: body[name] for name in ("type", "callback_id", "trigger_id") if name in body}
    event = body.get("event")
    if not isinstance(event, dict):
        return body
    kept = {name: event[name] for name in ("type", "subtype", "channel", "ts") if isinstance(event.get(name), str)}
    return {"type": body.get("type"), "event_id": body.get("event_id"), "event": kept}


def event_key(body: Body) -> str:
    """The same for every redelivery of an event nobody reads."""
    return str(body.get("event_id") or body.get("trigger_id") or body.get("type") or "unknown")


def team_of(body: Body) -> str:
    """The workspace it is for: the one that installed the app, even where the sender's is another; "" if unnamed."""
    try:
        installed = next((each.get("team_id") for each in body.get("authorizations") or []), None)
        view, team = body.get("view") or {}, body.get("team") or {}
        return str(installed or view.get("app_installed_team_id") or body.get("team_id") or team.get("id") or "")
    except (TypeError, AttributeError):
        return ""


def _from_event(body: Body, connection: str, now: datetime) -> Incoming | None:
    event = body.get("event") or {}
    notice = notice_of(event, _bot_user(body))
    if notice is not None:
        return _from_notice(body, notice, connection, now)
    if event.get("type") == "app_home_opened" and event.get("tab") == "messages":
        return _incoming(connection, now, event_key(body), "contact", event["user"], event.get("channel"))
    if event.get("type") == "app_home_opened" and event.get("tab") == "home":
        opened = _incoming(connection, now, event_key(body), "home", event["user"], None)
        return opened.model_copy(update={"place": Place(kind="home", id=event["user"])})
    if event.get("type") not in ("message", "app_mention") or event.get("bot_id"):
        return None
    if event.get("subtype") == "message_changed":
        return _from_edit(body, event, connection, now)
    if event.get("subtype") not in SPOKEN_SUBTYPES or event.get("user") in NOT_A_PERSON:
        return None
    return _from_message(body, event, event, connection, now)


def _from_notice(body: Body, notice: Notice, connection: str, now: datetime) -> Incoming:
    told = _incoming(connection, now, event_key(body), "notice", notice.sender, None)
    return told.model_copy(update={"action": notice.action, "place": notice.place})


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
    """Sent, or closed unsent: then it is a draft."""
    view, user = body["view"], body["user"]["id"]
    kind = "form" if body["type"] == "view_submission" else "draft"
    key = f"{kind}:{view['id']}:{view.get('hash')}"
    return _incoming(connection, now, key, kind, user, None).model_copy(
        update={"action": view.get("callback_id") or "", "form": values_of(view)}
    )


def _from_shortcut(body: Body, connection: str, now: datetime) -> Incoming | None:
    """A message's shortcut is a short way of typing about that message."""
    message, trigger = body["message"], body.get("trigger_id")
    if body.get("callback_id") == "make_item":
        text, mentions = _readable(message.get("text") or "")
        text = f"new item {_title(text)}".strip()
    elif body.get("callback_id") == "thank_author" and not message.get("bot_id"):
        text, mentions = _thanks_to(message.get("user"))
    else:
        return None
    typed = _incoming(connection, now, f"shortcut:{trigger or body.get('action_ts')}", "text", body["user"]["id"], None)
    return typed.model_copy(update={"text": text, "mentions": mentions, "ticket": trigger})


def _title(text: str) -> str:
    """The first line; a sign that ends a sentence would let what follows it be read as another command."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return SENTENCE_END.sub(",", first)[:TITLE_CHARACTERS].strip()


def _thanks_to(author: Any) -> tuple[str, dict[str, str]]:
    if author in NOT_A_PERSON:
        raise ValueError("nobody to thank")
    return f"thanks @{author}", {author: author}


def _from_reaction(event: Body, connection: str, now: datetime, thanks_emoji: str) -> Incoming | None:
    """The agreed emoji under somebody's message begins a thank-you, once for each person and message.

    It was not said to the bot: of people who are not on the roster nothing comes of it.
    """
    item, user, author = event["item"], event["user"], event.get("item_user")
    emoji = str(event["reaction"]).partition("::")[0]  # "raised_hands::skin-tone-2"
    if emoji != thanks_emoji or item.get("type") != "message" or author == user or user in NOT_A_PERSON:
        return None
    text, mentions = _thanks_to(author)
    begun = _incoming(connection, now, f"thanks:{item['channel']}:{item['ts']}:{user}", "text", user, None)
    return begun.model_copy(update={"text": text, "mentions": mentions, "addressed": False, "overheard": True})


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
    users = (each.get("user_id") for each in body.get("authorizations") or [] if each.get("is_bot"))
    return next((user for user in users if isinstance(user, str)), None)


def _without_mention(text: str, bot: str | None) -> str:
    return re.sub(rf"<@{re.escape(bot)}(?:\|[^>]*)?>", " ", text).strip() if bot else text


def _readable(text: str) -> tuple[str, dict[str, str]]:
    """Slack's own wrapping taken off: `<@U1>` -> `@U1` (and who that is), links to their words, entities to signs."""
    mentions = {user: user for user in USER.findall(text)}
    text = USER.sub(lambda found: f"@{found[1]}", text)
    text = CHANNEL.sub(r"#\1", text)
    text = SPECIAL.sub(r"@\1", text)
    text = LINK.sub(lambda found: found[2] or found[1], text)
    return html.unescape(text), mentions
