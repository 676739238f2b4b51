"""What the stand-in WeCom knows: members, tokens, messages, cards with their codes, robots, and what went wrong."""

import copy
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
CORP, AGENT, SECRET = "wx5823bf96d3bd56c7", 1000002, "app-secret-of-the-stand-in"
TOKEN, AES_KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
THREE_DAYS = 72 * 3600


@dataclass
class Member:
    """`status`: 1 active, 2 switched off, 4 not yet active."""

    id: str
    name: str
    status: int = 1
    visible: bool = True


@dataclass
class Post:
    """A message as its reader has it. `replaced`: what a changed card's buttons read now."""

    id: str
    place: str
    content: Json
    replaced: str | None = None


@dataclass
class Code:
    """What lets a card be changed once, for three days."""

    post: Post
    at: float
    used: bool = False


@dataclass
class Fault:
    how: str
    times: int
    seconds: float


@dataclass
class Call:
    path: str
    query: Json
    body: Json
    errcode: int = 0
    fault: str = ""


class Refusal(Exception):
    """What WeCom says instead of 0."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        hint = f"{errmsg}, hint: [1750000000_1_abc], more info at https://open.work.weixin.qq.com/devtool/query?e={errcode}"
        self.body: Json = {"errcode": errcode, "errmsg": hint}


@dataclass
class WecomState:
    clock: Callable[[], float] = time.time
    corp: str = CORP
    agent: int = AGENT
    secret: str = SECRET
    trusted: bool = True
    ahead: float = 0.0
    """By how many seconds WeCom's clock differs from the bot's."""
    members: dict[str, Member] = field(default_factory=dict)
    chats: dict[str, list[Post]] = field(default_factory=dict)
    robots: dict[str, list[Post]] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Mistakes of the bot: refused by WeCom, or taken but surely not meant."""
    dropped: list[Json] = field(default_factory=list)
    """What a member never got, because it was too much for a minute; nobody was told."""
    menu: Json | None = None
    media: dict[str, float] = field(default_factory=dict)
    uploaded: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Files: media id -> name and content."""
    tasks: set[str] = field(default_factory=set)
    codes: dict[str, Code] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._count, self._lock = itertools.count(1), threading.RLock()
        self._token, self._token_until = "", 0.0
        self._seen: dict[bytes, tuple[float, Json]] = {}
        self._sent_at: dict[str, list[float]] = {}

    # --- what a test sets up and looks at

    def add_member(self, id: str, name: str, status: int = 1, visible: bool = True) -> None:
        self.members[id.lower()] = Member(id, name, status, visible)

    def add_chat(self, chat: str) -> None:
        self.chats[chat] = []

    def add_robot(self, key: str) -> None:
        self.robots[key] = []

    def kill_token(self) -> None:
        """The token dies before its time."""
        self._token = ""

    def messages(self, place: str) -> list[Post]:
        """What a member, a group chat or a robot's group has got, oldest first."""
        with self._lock:
            posts = self.robots.get(place) or self.chats.get(place)
            return list(posts if posts is not None else [it for it in self.posts if it.place == place.lower()])

    def called(self, path: str) -> list[Call]:
        return [it for it in self.calls if it.path == path]

    def new_code(self, post: Post) -> str:
        code = self.serial("RESPONSE_CODE_")
        self.codes[code] = Code(post, self.clock())
        return code

    def serial(self, prefix: str) -> str:
        return f"{prefix}{next(self._count):07d}"

    # --- what the calls share

    def fetch_token(self) -> Json:
        """The same one while it lives."""
        if not self._token or self._token_until <= self.clock():
            self._token, self._token_until = self.serial("accesstoken"), self.clock() + 7200
        return {"access_token": self._token, "expires_in": int(self._token_until - self.clock())}

    def check_token(self, token: str) -> None:
        if not token:
            raise Refusal(41001, "access_token missing")
        if token != self._token:
            raise Refusal(40014, "invalid access_token")
        if self._token_until <= self.clock():
            raise Refusal(42001, "access_token expired")
        if not self.trusted:
            raise Refusal(60020, "not allow to access from your ip, from ip: 203.0.113.7")

    def repeated(self, raw: bytes, body: Json) -> Json | None:
        """The answer to the very same request, if it was made within the interval it asks for."""
        at, answer = self._seen.get(raw, (0.0, {}))
        fresh = self.clock() - at < body.get("duplicate_check_interval", 1800)
        return copy.deepcopy(answer) if body.get("enable_duplicate_check") == 1 and answer and fresh else None

    def remember(self, raw: bytes, answer: Json) -> None:
        self._seen[raw] = (self.clock(), copy.deepcopy(answer))

    def too_much(self, place: str, most: int = 30, window: float = 60) -> bool:
        """Whether this one is over the rate; an allowed one is counted."""
        recent = [at for at in self._sent_at.get(place, []) if at > self.clock() - window]
        self._sent_at[place] = recent
        if len(recent) >= most:
            return True
        recent.append(self.clock())
        return False

    def problem(self, path: str, what: str) -> None:
        self.problems.append(f"{path}: {what}")
