"""Telegram's raw updates -> Incoming. Pure. Facts: core.telegram.org/bots/api (Update, Message, MessageEntity)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.messages import Incoming, Place, storable

Json = dict[str, Any]

SERVICE_ACCOUNT = 777000
"""Telegram's own account, under which posts of a linked channel are forwarded into its group."""
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What t.me/<bot>?start= can carry."""
GONE, THERE = ("left", "kicked"), ("member", "administrator", "creator")
ENVELOPE = ("message_id", "date", "edit_date")


@dataclass(frozen=True)
class Me:
    """The bot's own account. The name comes from getMe and may not be known yet."""

    id: int
    username: str | None = None


def to_incoming(update: Json, me: Me, now: datetime) -> list[Incoming]:
    """Empty for what nobody reads: other bots, channel posts, stickers, unknown types, shapes Telegram does not send.

    Several only where several people join at once. `now` is when it arrived, aware UTC.
    """
    try:
        return [each for each in _read(update, me, now) if each is not None]
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        return []


def _read(update: Json, me: Me, now: datetime) -> list[Incoming | None]:
    key = str(update["update_id"])
    if "message" in update:
        return _from_message(key, update["message"], me, now)
    if "edited_message" in update:
        return [_from_edit(key, update["edited_message"], me, now)]
    if "callback_query" in update:
        return [_from_press(key, update["callback_query"], now)]
    if "my_chat_member" in update:
        return [_from_own_standing(key, update["my_chat_member"], now)]
    return [_from_standing(key, update["chat_member"], now)] if "chat_member" in update else []


def envelope(update: Json) -> Json:
    """What is kept of an update nobody reads: its kind, place and time; no word and no name."""
    kept: Json = {"update_id": update.get("update_id")}
    for kind, body in update.items():
        if isinstance(body, dict):
            chat = body.get("chat")
            kept[kind] = {name: body[name] for name in ENVELOPE if name in body}
            kept[kind] |= {"chat": chat.get("id")} if isinstance(chat, dict) else {}
    return kept


def _from_message(key: str, message: Json, me: Me, now: datetime) -> list[Incoming | None]:
    if "migrate_to_chat_id" in message:
        moved = f"moved:{message['migrate_to_chat_id']}"
        return [_notice(key, moved, message.get("from"), message["chat"], now)]
    joined = [person for person in message.get("new_chat_members") or [] if not person["is_bot"]]
    if joined:
        keys = [key, *(f"{key}:{number}" for number in range(1, len(joined)))]
        return [
            _notice(each, "joined", person, message["chat"], now) for each, person in zip(keys, joined, strict=True)
        ]
    return [_from_speech(key, message, me, now)]


def _from_edit(key: str, message: Json, me: Me, now: datetime) -> Incoming | None:
    """Telegram also calls a live location that moves an edit; only what has words is one here."""
    spoken = _from_speech(key, message, me, now)
    if spoken is None or spoken.kind != "text":
        return None
    return spoken.model_copy(update={"edits": spoken.message_id})


def _from_speech(key: str, message: Json, me: Me, now: datetime) -> Incoming | None:
    person, chat = message.get("from"), message["chat"]
    if person is None or not _is_person(person) or "sender_chat" in message or chat["type"] == "channel":
        return None
    said = _Said(message, me)
    if said.text is None or said.to_another_bot:
        return None
    private = chat["type"] == "private"
    addressed = private or said.called
    kind, text = said.meaning(private)
    return Incoming(
        platform="telegram",
        connection="",
        event_key=key,
        kind=kind,
        sender=str(person["id"]),
        place=_place(chat, person, message),
        text=text,
        mentions=said.mentions,
        message_id=f"{chat['id']}:{message['message_id']}",
        thread_of=_answered(message, me),
        addressed=addressed,
        overheard=not addressed,
        sent_at=now,
    )


def _answered(message: Json, me: Me) -> str | None:
    """The bot's message this one replies to. Everything in a topic "replies" to the topic's first message."""
    reply = message.get("reply_to_message")
    if not reply or reply.get("from", {}).get("id") != me.id:
        return None
    if message.get("is_topic_message") and reply["message_id"] == message.get("message_thread_id"):
        return None
    return f"{message['chat']['id']}:{reply['message_id']}"


class _Said:
    """What a message says, with Telegram's entities read: offsets and lengths count UTF-16 units."""

    def __init__(self, message: Json, me: Me) -> None:
        whole: str | None = message.get("text", message.get("caption"))
        entities = message.get("entities") or message.get("caption_entities") or []
        self.mentions: dict[str, str] = {}
        self.called = self.to_another_bot = False
        self.command, self.text = "", whole
        self._me, self._units = me, b""
        if whole is not None:
            self._units = whole.encode("utf-16-le", "surrogatepass")
            self.text = self._spelled_out(sorted(entities, key=lambda each: int(each["offset"]))).strip()

    def meaning(self, private: bool) -> tuple[Any, str]:
        """Kind and text. `/start CODE` is an invitation followed; `/loop …` is what follows, like everywhere else."""
        rest = self.text or ""
        if self.command == "start":
            code = PAYLOAD.fullmatch(rest)
            if not private:
                return "text", "help"
            return ("text", f"link {rest}") if code else ("contact", "")
        if self.command == "loop":
            return "text", rest or "help"
        return "text", f"{self.command.replace('_', ' ')} {rest}".strip()

    def _spelled_out(self, entities: list[Json]) -> str:
        pieces, at = [], 0
        for entity in entities:
            start, end = int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
            if start < at:
                continue
            pieces += [self._slice(at, start), self._instead(entity, self._slice(start, end))]
            at = end
        return "".join([*pieces, self._slice(at)])

    def _slice(self, start: int, end: int | None = None) -> str:
        return self._units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "ignore")

    def _instead(self, entity: Json, written: str) -> str:
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            return self._instead_of_command(written)
        if entity["type"] == "mention" and self._is_me(written[1:]):
            self.called = True
            return " "
        return self._instead_of_mention(entity["user"], written) if entity["type"] == "text_mention" else written

    def _instead_of_command(self, written: str) -> str:
        name, _, bot = written[1:].partition("@")
        # As long as the own name is unknown, a command is taken for ours: privacy mode shows a bot no others.
        self.to_another_bot = bool(bot) and self._me.username is not None and not self._is_me(bot)
        self.called, self.command = True, name
        return " "

    def _instead_of_mention(self, user: Json, written: str) -> str:
        """A mention of somebody without a user name is a bare name; two who share a beginning go by their numbers."""
        if user["id"] == self._me.id:
            self.called = True
            return " "
        name, id_ = storable(written.lstrip("@")), str(user["id"])
        alike = any(each.startswith(name) or name.startswith(each) for each in self.mentions)
        name = id_ if alike or not name else name
        self.mentions[name] = id_
        return f"@{name}"

    def _is_me(self, username: str) -> bool:
        return self._me.username is not None and username.casefold() == self._me.username.casefold()


def _from_press(key: str, query: Json, now: datetime) -> Incoming | None:
    """Of the message only its ids are read: an inaccessible one (date 0) has little else, and anybody may press."""
    person, message, action = query["from"], query.get("message"), query.get("data")
    if not _is_person(person) or not message or action is None:
        return None
    answered = message.get("reply_to_message")
    return Incoming(
        platform="telegram",
        connection="",
        event_key=key,
        kind="press",
        sender=str(person["id"]),
        place=_place(message["chat"], person, message),
        action=action,
        message_id=f"{message['chat']['id']}:{message['message_id']}",
        thread_of=f"{message['chat']['id']}:{answered['message_id']}" if answered else None,
        sent_at=now,
    )


def _from_own_standing(key: str, change: Json, now: datetime) -> Incoming | None:
    """The person blocked the bot or took it back; a group put it out or took it in."""
    new, chat = change["new_chat_member"], change["chat"]
    there = new["status"] in THERE or (new["status"] == "restricted" and bool(new.get("can_send_messages")))
    if chat["type"] == "private":
        action = "reach:reachable" if there else "reach:blocked"
    else:
        action = "channel:back" if there else "channel:lost"
    return _notice(key, action, change["from"], chat, now)


def _from_standing(key: str, change: Json, now: datetime) -> Incoming | None:
    old, new = change["old_chat_member"], change["new_chat_member"]
    if _is_in(old) or not _is_in(new) or new["user"]["is_bot"]:
        return None
    return _notice(key, "joined", new["user"], change["chat"], now)


def _is_in(member: Json) -> bool:
    return member["status"] in THERE or (member["status"] == "restricted" and bool(member.get("is_member")))


def _notice(key: str, action: str, person: Json | None, chat: Json, now: datetime) -> Incoming:
    sender = person or {"id": ""}
    return Incoming(
        platform="telegram",
        connection="",
        event_key=key,
        kind="notice",
        sender=str(sender["id"]),
        place=_place(chat, sender, {}),
        action=action,
        sent_at=now,
    )


def _is_person(account: Json) -> bool:
    """Not a bot; an anonymous admin (1087968824) is one too. What is sent via a bot is still a person's."""
    return not account["is_bot"] and account["id"] != SERVICE_ACCOUNT


def _place(chat: Json, person: Json, message: Json) -> Place:
    """A topic of a forum group is a place of its own."""
    if chat["type"] == "private":
        return Place(kind="dm", id=str(person["id"]))
    topic = message.get("message_thread_id") if message.get("is_topic_message") else None
    return Place(kind="channel", id=f"{chat['id']}:{topic}" if topic else str(chat["id"]))
