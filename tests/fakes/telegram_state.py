"""What the stand-in Telegram knows: people, groups, messages, updates not yet fetched, and what went wrong."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TOKEN = "7000000001:AAE-stand-in_token"
USUAL_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post", "poll_answer")
"""Without being asked for, chat_member is not among them."""


@dataclass
class Call:
    """One request as it came in, and what became of it."""

    method: str
    args: Json
    ok: bool = False
    error: str = ""
    fault: str = ""


@dataclass
class Fault:
    """`how`: "429", a status, "garbage", "reset_before", "reset_after", "stall". The latter two took effect."""

    method: str
    how: str
    times: int
    retry_after: int
    seconds: float


@dataclass
class Person:
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    started: bool = True
    blocked: bool = False
    deactivated: bool = False
    is_bot: bool = False

    def user(self) -> Json:
        named = {"last_name": self.last_name, "username": self.username}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | {
            k: v for k, v in named.items() if v
        }


@dataclass
class Chat:
    """A private chat bears the person's id. `standing` is the bot's own: member, left or kicked."""

    id: int
    type: str
    title: str = ""
    standing: str = "member"
    moved_to: int | None = None
    topics: tuple[int, ...] = ()
    messages: dict[int, Json] = field(default_factory=dict)

    def brief(self) -> Json:
        return {"id": self.id, "type": self.type} | ({"title": self.title} if self.title else {})


class Refusal(Exception):
    """What Telegram says instead of ok."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


class Upload(bytes):
    """A file of a multipart body."""

    name: str = ""


class TelegramState:
    """Telegram's own memory."""

    def __init__(self, token: str = TOKEN, clock: Callable[[], float] = time.time) -> None:
        self.token, self.clock = token, clock
        self.sees_everything = False
        self.calls: list[Call] = []
        self.problems: list[str] = []  # mistakes of the bot: refused by Telegram, or taken but surely not meant
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, bool] = {}  # callback queries: whether they were answered
        self.webhook: Json = {}
        self.commands: dict[str, list[Json]] = {}
        self.menu_button: Json = {}
        self.waiting: list[Json] = []  # updates nobody confirmed yet
        self.allowed: tuple[str, ...] = USUAL_UPDATES
        self.faults: list[Fault] = []
        self.floods = 0
        self.documents: list[tuple[int, str, bytes]] = []  # (chat, name, content)
        self._posted: list[tuple[float, int]] = []  # when, where
        self._update_ids, self._message_ids = itertools.count(870_000_001), itertools.count(101)
        self._lock = threading.RLock()
        self.me = Person(int(token.partition(":")[0]), "Loopkeeper", username="acme_loop_bot", is_bot=True)

    def add_person(self, id_: int, name: str, username: str = "", started: bool = True) -> Person:
        first, _, last = name.partition(" ")
        self.people[id_] = Person(id_, first, last, username, started)
        self.chats[id_] = Chat(id_, "private")
        return self.people[id_]

    def add_group(self, id_: int, title: str, topics: tuple[int, ...] = (), type_: str = "supergroup") -> Chat:
        self.chats[id_] = Chat(id_, type_, title, topics=topics)
        return self.chats[id_]

    # --- what the methods share

    def _check_flood(self, chat: Chat) -> None:
        """30 messages a second in all, 20 a minute in a group (core.telegram.org/bots/faq)."""
        now = self.clock()
        self._posted = [(at, where) for at, where in self._posted if at > now - 60]
        in_all = sum(at > now - 1 for at, _ in self._posted)
        here = sum(where == chat.id for _, where in self._posted) if chat.type != "private" else 0
        if in_all >= 30 or here >= 20:
            pause = 1 if in_all >= 30 else 60
            self.floods += 1
            raise Refusal(429, f"Too Many Requests: retry after {pause}", retry_after=pause)
        self._posted.append((now, chat.id))

    def _chat(self, given: Any) -> Chat:
        """The chat a bot may write to now."""
        chat = self.chats.get(int(given)) if str(given).lstrip("-").isdecimal() else None
        if chat is None:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.type == "private":
            self._may_write_to(self.people[chat.id])
        elif chat.moved_to is not None:
            moved = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, moved, migrate_to_chat_id=chat.moved_to)
        elif chat.standing == "kicked":
            raise Refusal(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        elif chat.standing == "left":
            raise Refusal(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat

    def _may_write_to(self, person: Person) -> None:
        if person.deactivated:
            raise Refusal(403, "Forbidden: user is deactivated")
        if person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if not person.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")

    def _mistake(self, method: str, description: str, detail: str = "") -> Refusal:
        """A refusal that only a mistake in the bot can earn; the test sees it in `problems`."""
        self.problems.append(f"{method}: {description} {detail}".rstrip())
        return Refusal(400, description)

    def happened(self, kind: str, body: Json) -> Json:
        """Something a bot is told of; it waits to be fetched if that kind is allowed."""
        with self._lock:
            update = {"update_id": next(self._update_ids), kind: body}
            if kind in self.allowed:
                self.waiting.append(update)
            return update
