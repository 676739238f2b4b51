"""What the stand-in Slack knows: people, conversations with their posts, views, triggers, and what went wrong."""

import copy
import itertools
import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import slack_screen as screen

Json = dict[str, Any]

FAMILIES = [f"{it}:{verb}" for it in ("channels", "groups", "im") for verb in ("read", "history")]
# Without chat:write.public, with which a bot may also post in public channels that it has not joined.
OTHERS = ("app_mentions:read", "commands", "files:write", "reactions:read", "team:read", "users:read")
SCOPES = frozenset(["chat:write", "im:write", *OTHERS, *FAMILIES])


@dataclass
class Call:
    """One request as it came in, and what became of it."""

    method: str
    args: Json
    at: float
    ok: bool = False
    error: str = ""
    fault: str = ""


@dataclass
class Fault:
    how: str
    times: int
    retry_after: int
    seconds: float
    applied: bool


@dataclass
class Person:
    id: str
    name: str
    tz: str
    locale: str
    deleted: bool
    is_bot: bool


@dataclass
class Channel:
    id: str
    name: str
    members: list[str]
    archived: bool = False
    private: bool = False
    user: str = ""  # whose direct messages these are
    opened: bool = True
    posts: dict[str, Json] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return "im" if self.user else "groups" if self.private else "channels"


class Refusal(Exception):
    """What Slack says instead of ok."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **more}


class SlackState:
    """Slack's own memory, and what each of its methods needs of it."""

    def __init__(
        self,
        token: str = "xoxb-fake",
        clock: Callable[[], float] = time.time,
        scopes: Collection[str] = SCOPES,
        enforce_rate: bool = False,
        team: str = "T0CHKIN01",
        bot_user: str = "U0BOTUSER",
    ) -> None:
        self.token, self.clock, self.scopes, self.enforce_rate = token, clock, scopes, enforce_rate
        self.team, self.bot_user, self.bot_id, self.app_id = team, bot_user, "B0BOT0001", "A0CHKIN01"
        self.revoked = False
        self.neighbours: dict[str, Any] = {}  # by their tokens, other workspaces that answer at this address too
        self.others: dict[str, Callable[[Json, str], Json]] = {}  # methods that want another token than the bot's
        self.messages_tab = True  # the app's setting; off means messages_tab_disabled in every DM
        self.home_tab = True  # the app's setting; off means not_enabled
        self.calls: list[Call] = []
        self.problems: list[str] = []  # mistakes of the bot: refused by Slack, or taken but surely not meant
        self.views: list[Json] = []  # every modal opened, as it now stands
        self.closed: set[str] = set()  # ids of the modals that are no longer open
        self.homes: dict[str, Json] = {}  # user -> App Home as published
        self.ephemerals: list[Json] = []
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self._triggers: dict[str, tuple[float, bool]] = {}
        self._faults: list[tuple[str, Fault]] = []
        self._paid_until: dict[str, float] = {}
        self._last_ts, self._count, self._lock = 0, itertools.count(1), threading.RLock()
        self.add_user(bot_user, "checkin", is_bot=True)

    def add_user(
        self, id: str, name: str, tz: str = "UTC", locale: str = "en-US", deleted: bool = False, is_bot: bool = False
    ) -> None:
        with self._lock:
            self.people[id] = Person(id, name, tz, locale, deleted, is_bot)
            self.channels.setdefault("D" + id[1:], Channel("D" + id[1:], "directmessage", [], user=id, opened=False))

    def add_channel(
        self, id: str, name: str, members: Collection[str] = (), archived: bool = False, private: bool = False
    ) -> None:
        self.channels[id] = Channel(id, name, list(members), archived, private)

    def place(self, channel: str) -> Channel:
        return self.channels["D" + channel[1:] if channel in self.people else channel]

    def next_ts(self) -> str:
        with self._lock:
            self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def serial(self, prefix: str) -> str:
        return f"{prefix}{next(self._count):07d}"

    # --- what the methods share

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _refuse(self, method: str, error: str, details: list[str]) -> None:
        """Slack's answer to what only a mistake in the bot can send; the test sees it in `problems`."""
        self.problems += [f"{method}: {error}: {it}" for it in details or ["refused"]]
        messages = {"messages": [f"[ERROR] {it}" for it in details]}
        raise Refusal(error, **({"errors": details, "response_metadata": messages} if details else {}))

    def _person(self, user: str) -> Person:
        if user not in self.people:
            raise Refusal("user_not_found")
        return self.people[user]

    def _visible(self, channel: str, verb: str = "", joined: bool = False) -> Channel:
        place = self.channels.get(channel)
        if not place or not place.opened or (place.private and self.bot_user not in place.members):
            raise Refusal("channel_not_found")
        if verb:
            self._need(f"{place.family}:{verb}")
        if joined and not place.user and self.bot_user not in place.members:
            raise Refusal("not_in_channel")
        return place

    def _with_ids(self, blocks: list[Json]) -> list[Json]:
        """Slack names every block and element that came without a name."""
        named = copy.deepcopy(blocks)
        for block in named:
            block.setdefault("block_id", self.serial("b"))
        for _, element in screen.controls({"blocks": named}):
            element.setdefault("action_id", self.serial("a"))
        return named


def page(items: list[Any], args: Json) -> tuple[list[Any], str]:
    cursor = args.get("cursor") or "next:0"
    if not re.fullmatch(r"next:\d+", cursor):
        raise Refusal("invalid_cursor")
    start = int(cursor.removeprefix("next:"))
    end = start + args.get("limit", 100)
    return items[start:end], f"next:{end}" if end < len(items) else ""
