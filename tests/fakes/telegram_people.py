"""What people do on the stand-in Telegram: each act changes its state and returns the update a bot is told."""

from collections.abc import Mapping
from typing import Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_methods import Methods, shown
from tests.fakes.telegram_state import Chat, Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class People(Methods):
    """A person is named by his id, and so is a group."""

    def says(
        self,
        person: int,
        text: str,
        chat: int | None = None,
        reply_to: int | None = None,
        topic: int | None = None,
        mentions: Mapping[str, int] | None = None,
    ) -> Json:
        """`mentions`: names as they stand in the text, chosen from the list of members -> user id."""
        where = self.chats[chat or person]
        self.people[person].started |= where.type == "private"
        message = self._said(person, where, text, mentions or {})
        if reply_to is not None and reply_to in where.messages:
            message["reply_to_message"] = where.messages[reply_to]
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        where.messages[message["message_id"]] = message
        return self.happened("message", shown(message))

    def _said(self, person: int, where: Chat, text: str, mentions: Mapping[str, int]) -> Json:
        entities = [*_live(text), *(self._mention(text, name, id_) for name, id_ in mentions.items())]
        message: Json = {
            "message_id": next(self._message_ids), "from": self.people[person].user(), "chat": where.brief(),
            "date": int(self.clock()), "text": text,
        }  # fmt: skip
        return message | ({"entities": entities} if entities else {})

    def _mention(self, text: str, name: str, id_: int) -> Json:
        user = self.people[id_].user()
        return {"type": "text_mention", "user": user, **_span(text, text.index(name), name)}

    def starts(self, person: int, code: str = "") -> Json:
        """The button *Start*, or a link t.me/<bot>?start=<code>."""
        return self.says(person, f"/start {code}".strip())

    def edits(self, person: int, chat: int, message_id: int, text: str) -> Json:
        message = self.chats[chat].messages[message_id]
        kept = {name: value for name, value in message.items() if name not in ("text", "entities")}
        changed = {**kept, "text": text, "edit_date": int(self.clock())} | (
            {"entities": _live(text)} if _live(text) else {}
        )
        self.chats[chat].messages[message_id] = changed
        return self.happened("edited_message", shown(changed))

    def presses(self, person: int, chat: int, message: Json, label: str) -> Json:
        """Press that message's button; who presses is not always whom it was meant for."""
        rows = message["reply_markup"]["inline_keyboard"]
        action = next(key["callback_data"] for row in rows for key in row if key["text"] == label)
        return self.presses_action(person, chat, message["message_id"], action)

    def presses_action(self, person: int, chat: int, message_id: int, action: str, accessible: bool = True) -> Json:
        """An inaccessible message is one Telegram no longer shows; its button works all the same."""
        where = self.chats[chat]
        nothing = {"message_id": message_id, "chat": where.brief(), "date": 0}
        query: Json = {
            "id": f"q{next(self._update_ids)}", "from": self.people[person].user(), "chat_instance": "-1",
            "message": shown(where.messages[message_id]) if accessible else nothing, "data": action,
        }  # fmt: skip
        self.queries[query["id"]] = False
        return self.happened("callback_query", query)

    def blocks(self, person: int, blocked: bool = True) -> Json:
        self.people[person].blocked = blocked
        return self._standing(person, self.chats[person], "member", "kicked") if blocked else self._unblocks(person)

    def _unblocks(self, person: int) -> Json:
        return self._standing(person, self.chats[person], "kicked", "member")

    def puts_out(self, person: int, chat: int, standing: str = "kicked") -> Json:
        """The bot is taken out of a group ("kicked", "left") or into it ("member")."""
        old, self.chats[chat].standing = self.chats[chat].standing, standing
        return self._standing(person, self.chats[chat], old, standing)

    def _standing(self, person: int, chat: Chat, old: str, new: str) -> Json:
        member: Any = {"user": self.me.user()}
        until = {"until_date": 0}
        return self.happened(
            "my_chat_member",
            {
                "chat": chat.brief(), "from": self.people[person].user(), "date": int(self.clock()),
                "old_chat_member": {**member, "status": old, **(until if old == "kicked" else {})},
                "new_chat_member": {**member, "status": new, **(until if new == "kicked" else {})},
            },
        )  # fmt: skip

    def upgrades(self, person: int, chat: int, new: int) -> Json:
        """A group becomes a supergroup and bears another id."""
        self.chats[new] = Chat(new, "supergroup", self.chats[chat].title)
        self.chats[chat].moved_to = new
        message: Json = {
            "message_id": next(self._message_ids), "from": self.people[person].user(), "chat": self.chats[chat].brief(),
            "date": int(self.clock()), "migrate_to_chat_id": new,
        }  # fmt: skip
        return self.happened("message", message)


def labels(message: Json) -> list[str]:
    return [key["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for key in row]


def text_of(message: Json) -> str:
    """As it is read; a mention by id with an @ before it."""
    text, entities = message.get("text") or message.get("caption", ""), message.get("entities", [])
    read = text.encode("utf-16-le")
    for entity in sorted(entities, key=lambda each: -int(each["offset"])):
        if entity["type"] == "text_mention":
            at = 2 * entity["offset"]
            read = read[:at] + "@".encode("utf-16-le") + read[at:]
    return str(read.decode("utf-16-le"))


def _live(text: str) -> list[Json]:
    """The entities Telegram finds by itself in what a person writes."""
    found = [
        {"type": kind, **_span(text, match.start(), match[0])}
        for kind, shape in rules.LIVE
        for match in shape.finditer(text)
    ]
    return sorted(found, key=lambda each: each["offset"])


def _span(text: str, start: int, words: str) -> Json:
    return {"offset": rules.units(text[:start]), "length": rules.units(words)}
