"""The stand-in Slack: a loopback HTTP server that answers the Web API as Slack does, keeps its limits and can fail."""

import asyncio
import contextlib
import copy
import itertools
import json
import math
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.fakes import slack_rules as rules
from tests.fakes import slack_user as screen

Json = dict[str, Any]

FAMILIES = [f"{it}:{verb}" for it in ("channels", "groups", "im") for verb in ("read", "history")]
# Without chat:write.public, with which a bot may also post in public channels that it has not joined.
SCOPES = frozenset(["chat:write", "im:write", "team:read", "users:read", *FAMILIES])
METHOD_SCOPES = {
    **{"team.info": "team:read", "users.info": "users:read", "conversations.open": "im:write"},
    **dict.fromkeys(("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"), "chat:write"),
}
TRIGGER_SECONDS = 3  # Slack: a trigger_id lives 3 seconds and works once
POSTS_AT_ONCE = 5  # Slack: about 1 message a second and channel, "short bursts" allowed; the 5 is ours


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


class SlackFake:
    """Slack for one test: `with SlackFake() as fake: AsyncWebClient(fake.token, base_url=fake.url + "/api/")`."""

    url: str

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
        self.messages_tab = True  # the app's setting; off means messages_tab_disabled in every DM
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

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = _Server(Starlette(routes=[Route("/api/{method}", self._answer, methods=["GET", "POST"])]))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        self._server.up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.loop.call_soon_threadsafe(self._server.stopping.set)
        self._thread.join(10)

    # --- what a test sets up

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

    def fail(
        self,
        method: str,
        times: int = 1,
        how: str | int = "internal_error",
        retry_after: int = 30,
        seconds: float = 5.0,
        applied: bool = False,
    ) -> None:
        """Make the next `times` calls of `method` ("*" for any) fail: an error code, 429, 500, "garbage",
        "reset_before", "reset_after" (applied, then cut), "stall" (applied, answered after `seconds`).
        `applied` lets a code, 500 or garbage hide a call that took effect, as Slack's fatal_error may."""
        took_effect = applied or how in ("reset_after", "stall")
        with self._lock:
            self._faults.append((method, Fault(str(how), times, retry_after, seconds, took_effect)))

    def trigger(self) -> str:
        """A trigger_id as an interaction carries it."""
        trigger_id = f"{next(self._count)}.0987654321.{next(self._count):032x}"
        self._triggers[trigger_id] = (self.clock(), False)
        return trigger_id

    # --- what a test looks at

    def messages(self, channel: str, everyone: bool = False) -> list[Json]:
        """The bot's messages (or everyone's) in a channel or a person's DM as they now stand, oldest first."""
        blank: Json = {"blocks": [], "metadata": None, "thread_ts": None, "edited": None}
        with self._lock:
            place = self.place(channel)
            posts = [it for it in place.posts.values() if everyone or it["user"] == self.bot_user]
            return [copy.deepcopy({**blank, **it, "channel": place.id}) for it in posts]

    def called(self, method: str) -> list[Call]:
        return [it for it in self.calls if it.method == method]

    text_of = staticmethod(screen.text_of)
    buttons = staticmethod(screen.buttons)

    # --- what people's own clients do

    def place(self, channel: str) -> Channel:
        return self.channels["D" + channel[1:] if channel in self.people else channel]

    def next_ts(self) -> str:
        with self._lock:
            self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def serial(self, prefix: str) -> str:
        return f"{prefix}{next(self._count):07d}"

    def show(self, view: Json, body: Json) -> None:
        """Put another body into an open view, as views.update and the answer to a view_submission do."""
        with self._lock:
            view.update(self._view(body, view["id"]))

    # --- the door

    async def _answer(self, request: Request) -> Response:
        try:
            raw = await _read(request)
        except (TypeError, ValueError):  # no JSON, no object, no UTF-8
            return _response({"ok": False, "error": "invalid_json"})
        token = raw.pop("token", "") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._lock:
            call = Call(request.path_params["method"], rules.decoded(raw), self.clock())
            self.calls.append(call)
            fault = self._next_fault(call.method)
            body = {"ok": False} if fault and not fault.applied else self._apply(call, token)
        if not fault:
            return _response(body)
        call.fault, call.error = fault.how, call.error or ("" if fault.applied else fault.how)
        if fault.how == "stall":
            await self._server.pause(fault.seconds)
        if fault.how.startswith("reset"):
            await _cut(request)
        return _failed(fault, body)

    def _next_fault(self, method: str) -> Fault | None:
        for name, fault in self._faults:
            if name in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _apply(self, call: Call, token: str) -> Json:
        try:
            body = {"ok": True, **self._run(call.method, call.args, token)}
        except Refusal as refusal:
            body = refusal.body
        call.ok, call.error = body["ok"], body.get("error", "")
        return body

    def _run(self, method: str, args: Json, token: str) -> Json:
        if method not in rules.ARGUMENTS:
            raise Refusal("unknown_method", req_method=method)
        if token != self.token or self.revoked:
            raise Refusal("token_revoked" if token == self.token else "invalid_auth" if token else "not_authed")
        if method in METHOD_SCOPES:
            self._need(METHOD_SCOPES[method])
        self.problems += [f"{method}: {it}" for it in rules.surplus(method, args)]
        if wrong := rules.argument_problems(method, args):
            self._refuse(method, "invalid_arguments", wrong)
        handler: Callable[[Json], Json] = getattr(self, "_" + re.sub(r"\W|(?=[A-Z])", "_", method).lower())
        return handler(args)

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def _refuse(self, method: str, error: str, details: list[str]) -> None:
        """Slack's answer to what only a mistake in the bot can send; the test sees it in `problems`."""
        self.problems += [f"{method}: {error}: {it}" for it in details or ["refused"]]
        messages = {"messages": [f"[ERROR] {it}" for it in details]}
        raise Refusal(error, **({"errors": details, "response_metadata": messages} if details else {}))

    # --- auth, team, users

    def _auth_test(self, args: Json) -> Json:
        ids = {"team_id": self.team, "user_id": self.bot_user, "bot_id": self.bot_id, "is_enterprise_install": False}
        return {"url": "https://acme.slack.com/", "team": "Acme", "user": "checkin", **ids}

    def _team_info(self, args: Json) -> Json:
        return {"team": {"id": self.team, "name": "Acme", "domain": "acme", "email_domain": "", "icon": {}}}

    def _users_info(self, args: Json) -> Json:
        person = self._person(args["user"])
        profile = {"real_name": person.name, "display_name": person.name, "title": "", "team": self.team}
        user: Json = {"id": person.id, "team_id": self.team, "name": person.id.lower(), "profile": profile}
        user |= {"deleted": person.deleted, "is_bot": person.is_bot, "is_app_user": False, "updated": 1749999999}
        if not person.deleted:  # Slack gives deactivated people no zone, and their name only in the profile
            offset = datetime.fromtimestamp(self.clock(), ZoneInfo(person.tz)).utcoffset()
            zone = {"tz": person.tz, "tz_label": person.tz, "tz_offset": int(offset.total_seconds()) if offset else 0}
            user |= {"real_name": person.name, **zone}
        return {"user": user | ({"locale": person.locale} if args.get("include_locale") else {})}

    def _person(self, user: str) -> Person:
        if user not in self.people:
            raise Refusal("user_not_found")
        return self.people[user]

    # --- conversations

    def _conversations_open(self, args: Json) -> Json:
        if not args.get("users"):
            return {"channel": {"id": self._visible(args.get("channel", "")).id}}
        person = self._person(args["users"])  # one person only: the bot opens no group DMs
        if person.deleted or person.is_bot:
            raise Refusal("user_disabled" if person.deleted else "cannot_dm_bot")
        place = self.place(person.id)
        known, place.opened = place.opened, True
        channel = {"id": place.id, **({"is_im": True, "user": person.id} if args.get("return_im") else {})}
        return {"channel": channel, **({"no_op": True, "already_open": True} if known else {})}

    def _conversations_info(self, args: Json) -> Json:
        place = self._visible(args["channel"], "read")
        if place.user:
            return {"channel": {"id": place.id, "is_im": True, "user": place.user, "is_archived": False}}
        kind = {"is_channel": True, "is_group": False, "is_im": False, "is_private": place.private}
        state = {"is_archived": place.archived, "is_member": self.bot_user in place.members}
        count = {"num_members": len(place.members)} if args.get("include_num_members") else {}
        return {"channel": {"id": place.id, "name": place.name, **kind, **state, **count}}

    def _conversations_members(self, args: Json) -> Json:
        place = self._visible(args["channel"], "read")
        members, more = _page([place.user, self.bot_user] if place.user else place.members, args)
        return {"members": members, "response_metadata": {"next_cursor": more}}

    def _conversations_history(self, args: Json) -> Json:
        place = self._visible(args["channel"], "history", joined=True)
        top = [it for it in place.posts.values() if it.get("thread_ts", it["ts"]) == it["ts"] or "subtype" in it]
        return _messages(place, reversed(top), args)

    def _conversations_replies(self, args: Json) -> Json:
        place = self._visible(args["channel"], "history", joined=True)
        if args["ts"] not in place.posts:
            raise Refusal("thread_not_found")
        thread = [it for it in place.posts.values() if args["ts"] in (it["ts"], it.get("thread_ts"))]
        return _messages(place, thread, args)

    def _visible(self, channel: str, verb: str = "", joined: bool = False) -> Channel:
        place = self.channels.get(channel)
        if not place or not place.opened or (place.private and self.bot_user not in place.members):
            raise Refusal("channel_not_found")
        if verb:
            self._need(f"{place.family}:{verb}")
        if joined and not place.user and self.bot_user not in place.members:
            raise Refusal("not_in_channel")
        return place

    # --- chat

    def _chat_post_message(self, args: Json) -> Json:
        place = self._writable(args["channel"])
        self._check_content("chat.postMessage", args, rules.TEXT_OF_A_POST)
        self._check_thread("chat.postMessage", place, args.get("thread_ts"))
        self._pay(place.id)
        message = self._message(args)
        place.posts[message["ts"]] = message
        return {"channel": place.id, "ts": message["ts"], "message": message}

    def _chat_update(self, args: Json) -> Json:
        place, message = self._own(args["channel"], args["ts"], "cant_update_message")
        if place.archived:
            raise Refusal("is_inactive")
        self._check_content("chat.update", args, rules.TEXT_OF_AN_UPDATE)
        fresh = self._message(args)
        # Slack: a text without blocks removes the old blocks, metadata stays unless it is sent, {} removes it.
        kept = {"ts": message["ts"], "thread_ts": message.get("thread_ts")}
        kept |= {"metadata": args.get("metadata", message.get("metadata")) or None}
        kept |= {} if "text" in args else {"text": message["text"]}
        edited = {"edited": {"user": self.bot_user, "ts": fresh["ts"]}}
        message.clear()
        message.update({name: it for name, it in {**fresh, **kept, **edited}.items() if it is not None})
        return {"channel": place.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _chat_post_ephemeral(self, args: Json) -> Json:
        place = self._writable(args["channel"])
        if args["user"] not in (*place.members, place.user):
            raise Refusal("user_not_in_channel")
        self._check_content("chat.postEphemeral", args, rules.TEXT_OF_A_POST)
        self.ephemerals.append({**self._message(args), "channel": place.id, "to": args["user"]})
        return {"message_ts": self.ephemerals[-1]["ts"]}

    def _chat_delete(self, args: Json) -> Json:
        place, message = self._own(args["channel"], args["ts"], "cant_delete_message")
        del place.posts[message["ts"]]
        return {"channel": place.id, "ts": message["ts"]}

    def _chat_get_permalink(self, args: Json) -> Json:
        place, ts = self._visible(args["channel"]), args["message_ts"]
        if ts not in place.posts:
            raise Refusal("message_not_found")
        return {"channel": place.id, "permalink": f"https://acme.slack.com/archives/{place.id}/p{ts.replace('.', '')}"}

    def _writable(self, channel: str) -> Channel:
        if channel in self.people:  # Slack opens the DM when a message is sent to a person's id
            self.place(channel).opened = True
        place = self._visible(self.place(channel).id if channel in self.people else channel)
        if place.archived:
            raise Refusal("is_archived")
        if place.user and (not self.messages_tab or self.people[place.user].deleted):
            raise Refusal("user_disabled" if self.messages_tab else "messages_tab_disabled")
        if not place.user and self.bot_user not in place.members and "chat:write.public" not in self.scopes:
            raise Refusal("not_in_channel")
        return place

    def _own(self, channel: str, ts: str, otherwise: str) -> tuple[Channel, Json]:
        place = self._visible(channel)
        if ts not in place.posts:
            raise Refusal("message_not_found")
        if place.posts[ts]["user"] != self.bot_user:
            raise Refusal(otherwise)
        return place, place.posts[ts]

    def _check_content(self, method: str, args: Json, most: int) -> None:
        error, details = rules.content_refused(args, most)
        if error:
            self._refuse(method, error, details)
        if args.get("blocks") and not args.get("text"):  # Slack takes it, and the notification is empty
            self.problems.append(f"{method}: blocks without a text for the notification")

    def _check_thread(self, method: str, place: Channel, thread: str | None) -> None:
        """Slack takes a reply to nothing or to a reply, and nobody finds it."""
        parent = place.posts.get(thread or "")
        if thread and (not parent or parent.get("thread_ts", thread) != thread):
            self.problems.append(f"{method}: thread_ts {thread} is no parent message here")

    def _pay(self, channel: str) -> None:
        now = self.clock()
        debt = max(self._paid_until.get(channel, 0.0) - now, 0.0)
        if self.enforce_rate and debt > POSTS_AT_ONCE - 1:
            raise Refusal("ratelimited", retry_after=math.ceil(debt - POSTS_AT_ONCE + 1))
        self._paid_until[channel] = now + debt + 1.0

    def _message(self, args: Json) -> Json:
        message: Json = {"type": "message", "user": self.bot_user, "bot_id": self.bot_id, "app_id": self.app_id}
        message |= {"team": self.team, "ts": self.next_ts(), "text": args.get("text") or ""}
        message |= {"subtype": "thread_broadcast"} if args.get("reply_broadcast") else {}
        message |= {name: args[name] for name in ("thread_ts", "metadata", "attachments") if args.get(name)}
        return message | ({"blocks": self._with_ids(args["blocks"])} if args.get("blocks") else {})

    def _with_ids(self, blocks: list[Json]) -> list[Json]:
        """Slack names every block and element that came without a name."""
        named = copy.deepcopy(blocks)
        for block in named:
            block.setdefault("block_id", self.serial("b"))
        for _, element in screen.controls({"blocks": named}):
            element.setdefault("action_id", self.serial("a"))
        return named

    # --- views

    def _views_open(self, args: Json) -> Json:
        self._check_view("views.open", args["view"], "modal")
        issued, spent = self._triggers.get(args["trigger_id"], (math.nan, False))
        if math.isnan(issued) or spent:
            raise Refusal("exchanged_trigger_id" if spent else "invalid_trigger_id")
        if self.clock() - issued > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        self._triggers[args["trigger_id"]] = (issued, True)
        self.views.append(self._view(args["view"], self.serial("V")))
        return {"view": self.views[-1]}

    def _views_update(self, args: Json) -> Json:
        view = self._found_view(args)
        if view["id"] in self.closed:
            raise Refusal("not_found")
        self._check_hash(args, view)
        self._check_view("views.update", args["view"], view["type"])
        self.show(view, args["view"])
        return {"view": view}

    def _views_publish(self, args: Json) -> Json:
        user = self._person(args["user_id"]).id
        self._check_view("views.publish", args["view"], "home")
        self._check_hash(args, self.homes.get(user))
        self.homes[user] = self._view(args["view"], self.homes.get(user, {}).get("id") or self.serial("V"))
        return {"view": self.homes[user]}

    def _found_view(self, args: Json) -> Json:
        for view in (*self.views, *self.homes.values()):
            if args.get("view_id") == view["id"] or (args.get("external_id") or "-") == view["external_id"]:
                return view
        raise Refusal("not_found")

    def _check_hash(self, args: Json, view: Json | None) -> None:
        if view and args.get("hash") and args["hash"] != view["hash"]:
            raise Refusal("hash_conflict")

    def _check_view(self, method: str, view: Any, surface: str) -> None:
        if wrong := rules.view_problems(view, surface):
            self._refuse(method, "invalid_arguments", wrong)

    def _view(self, body: Json, view_id: str) -> Json:
        ids = {
            "id": view_id,
            "team_id": self.team,
            "app_id": self.app_id,
            "bot_id": self.bot_id,
            "root_view_id": view_id,
        }
        empty = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        flags: Json = {
            "clear_on_close": False,
            "notify_on_close": False,
            "previous_view_id": None,
            "state": {"values": {}},
        }
        flags["app_installed_team_id"] = self.team
        blocks = self._with_ids(body.get("blocks", []))
        return {**empty, **flags, **body, **ids, "blocks": blocks, "hash": self.serial(f"{int(self.clock())}.")}


class _Line(H11Protocol):
    """A client's connection, handed to the application so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_line(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "line": transport}, receive, send)

        self.app = with_line


class _Server(uvicorn.Server):
    """uvicorn without its polling: a test pays milliseconds for a server and not tenths of a second."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(uvicorn.Config(app, http=_Line, ws="none", lifespan="off", loop="asyncio", log_config=None))
        self.up = threading.Event()

    async def main_loop(self) -> None:
        self.loop, self.stopping = asyncio.get_running_loop(), asyncio.Event()
        self.up.set()
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
        await asyncio.sleep(0)  # in which the transports close their sockets

    async def pause(self, seconds: float) -> None:
        """A stall that a closing server does not wait for."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


async def _read(request: Request) -> Json:
    body = (await request.body()).decode()
    if request.headers.get("Content-Type", "").startswith("application/json"):
        return {**request.query_params, **json.loads(body or "{}")}
    return {**request.query_params, **dict(parse_qsl(body, keep_blank_values=True))}


async def _cut(request: Request) -> None:
    line: asyncio.Transport = request.scope["line"]
    line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.abort()
    await asyncio.sleep(0)


def _response(body: Json, retry_after: int = 1) -> Response:
    if body.get("error") != "ratelimited":
        return JSONResponse(body)
    seconds = str(body.pop("retry_after", retry_after))
    return JSONResponse(body, 429, {"Retry-After": seconds})


def _failed(fault: Fault, body: Json) -> Response:
    if fault.how in ("stall", "reset_after", "reset_before"):
        return _response(body)
    if fault.how in ("429", "ratelimited"):
        return _response({"ok": False, "error": "ratelimited"}, fault.retry_after)
    if fault.how == "garbage":
        return Response("<html><body>Bad gateway</body></html>", media_type="text/html")
    if fault.how.isdigit():
        return Response("Internal Server Error", int(fault.how), media_type="text/html")
    return _response({"ok": False, "error": fault.how})


def _page(items: list[Any], args: Json) -> tuple[list[Any], str]:
    cursor = args.get("cursor") or "next:0"
    if not re.fullmatch(r"next:\d+", cursor):
        raise Refusal("invalid_cursor")
    start = int(cursor.removeprefix("next:"))
    end = start + args.get("limit", 100)
    return items[start:end], f"next:{end}" if end < len(items) else ""


def _messages(place: Channel, found: Iterable[Json], args: Json) -> Json:
    """One page of history as Slack gives it: `oldest` and `latest` are left out unless inclusive."""
    oldest, latest = float(args.get("oldest", 0)), float(args.get("latest", "inf"))
    rim = (oldest, latest) if args.get("inclusive") else ()
    inside = [it for it in found if oldest < float(it["ts"]) < latest or float(it["ts"]) in rim]
    page, more = _page(inside, args)
    hidden = () if args.get("include_all_metadata") else ("metadata",)
    shown = [{name: value for name, value in it.items() if name not in hidden} | _thread(place, it) for it in page]
    return {"messages": shown, "has_more": bool(more), "response_metadata": {"next_cursor": more}}


def _thread(place: Channel, message: Json) -> Json:
    replies = [it for it in place.posts.values() if it.get("thread_ts") == message["ts"] != it["ts"]]
    if not replies:
        return {}
    return {"thread_ts": message["ts"], "reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
