"""A stand-in for WeCom's AI bot service: a WebSocket server on 127.0.0.1, as strict as the real one.

It runs in the loop of whoever enters it. `problems` lists what a client did that WeCom would take for a broken client.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.fakes import wecom_aibot_rules as rules
from tests.fakes.wecom_aibot_rules import Json, Refusal

BOT, SECRET, NAME = "aibFAKE0000000000000000000000", "the-bot-secret", "Loopkeeper"
Reply = tuple[int, str] | Json


class AibotFake:
    """`clock` gives seconds. Switches: `answers_…`; `cuts`: "before" or "after" the next send.

    `refuses`: what the next sends are refused with; None takes one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.url = ""
        self.frames: list[Json] = []
        self.problems: list[str] = []
        self.subscriptions = 0
        self.answers_pings = self.answers_sends = self.answers_uploads = True
        self.cuts = ""
        self.refuses: list[Refusal | None] = []
        self.media: dict[str, bytes] = {}
        self._current: web.WebSocketResponse | None = None
        self._open: list[web.WebSocketResponse] = []
        self._displaced: list[web.WebSocketResponse] = []
        self._spoke: set[str] = set()
        self._said: dict[str, list[Json]] = {}
        self._sent_at: dict[str, list[float]] = {}
        self._tasks: set[str] = set()
        self._callbacks: dict[str, Json] = {}
        self._uploads: dict[str, Json] = {}
        self._serial = 0

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/", self._serve)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"ws://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in list(self._open):
            await socket.close()
        await self._runner.cleanup()

    # --- people

    @property
    def is_connected(self) -> bool:
        return self._current is not None

    async def says(self, user: str, text: str, **more: Any) -> str:
        return await self.writes(user, {"msgtype": "text", "text": {"content": text}, **more})

    async def says_in(self, chat: str, user: str, text: str, **more: Any) -> str:
        """Groups push only what mentions the bot."""
        spoken = {"msgtype": "text", "text": {"content": f"@{NAME} {text}"}, "chattype": "group", "chatid": chat}
        return await self.writes(user, {**spoken, **more})

    async def writes(self, user: str, body: Json) -> str:
        self._spoke.add(body.get("chatid", user))
        return await self.push("aibot_msg_callback", user, body)

    async def enters(self, user: str) -> str:
        """The first time of a day; the conversation is open then."""
        self._spoke.add(user)
        return await self._event(user, {"eventtype": "enter_chat"})

    async def clicks(self, user: str, label: str, place: str | None = None) -> str:
        """The newest button with that label."""
        for message in reversed(self.messages(place or user)):
            for shown, key in message.get("buttons", []):
                if shown == label:
                    return await self.presses(user, key, message["task_id"], place)
        raise AssertionError(f"there is no button {label!r}: {self.messages(place or user)}")

    async def presses(self, user: str, key: str, task_id: str, place: str | None = None) -> str:
        card = {"card_type": "button_interaction", "event_key": key, "task_id": task_id}
        group = {"chattype": "group", "chatid": place} if place else {}
        return await self._event(user, {"eventtype": "template_card_event", "template_card_event": card}, **group)

    def messages(self, place: str) -> list[Json]:
        """What the bot wrote there, as it reads now: {"text"} and of cards {"title", "buttons", "task_id"}."""
        return self._said.get(place, [])

    def texts(self, place: str) -> list[str]:
        both = [(message.get("title"), message.get("text")) for message in self.messages(place)]
        return ["\n".join(part for part in pair if part) for pair in both]

    async def _event(self, user: str, event: Json, **more: Any) -> str:
        return await self.push("aibot_event_callback", user, {"msgtype": "event", "event": event, **more})

    async def push(self, cmd: str, user: str, body: Json) -> str:
        """Push once to the newest connection; returns the msgid."""
        assert self._current is not None, "nobody is connected"
        self._serial += 1
        msgid, req_id = f"CAIQ{self._serial:08}", f"cb_{self._serial}_{id(self):x}"
        common = {"msgid": msgid, "create_time": 1750000000, "aibotid": BOT, "chattype": "single"}
        whole = {**common, "from": {"userid": user}, **body}
        self._callbacks[req_id] = {"cmd": cmd, "body": whole, "at": self.clock(), "answered": False}
        await self.push_raw({"cmd": cmd, "headers": {"req_id": req_id}, "body": whole})
        return str(whole["msgid"])

    async def push_raw(self, frame: Any) -> None:
        assert self._current is not None, "nobody is connected"
        await self._current.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def cut(self) -> None:
        """The network breaks: no farewell."""
        for socket in list(self._open):
            _abort(socket)

    async def displace(self) -> None:
        """Somebody else, of whom we see nothing more, subscribes."""
        await self._farewell()

    # --- the server

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.append(socket)
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    self.problems.append(f"a {message.type} frame")
                    continue
                await self._take(socket, message.data)
        finally:
            self._open.remove(socket)
            if self._current is socket:
                self._current = None
        return socket

    async def _take(self, socket: web.WebSocketResponse, data: str) -> None:
        frame = json.loads(data)
        refusal = rules.frame(frame)
        if refusal is not None:
            self.problems.append(f"no frame: {data[:200]}")
            return
        self.frames.append(frame)
        cmd, req_id = frame["cmd"], frame["headers"]["req_id"]
        if cmd == "aibot_send_msg" and self.cuts == "before":
            self._cut(socket)
            return
        reply = await self._reply(socket, cmd, req_id, frame.get("body", {}))
        if cmd == "aibot_send_msg" and self.cuts == "after":
            self._cut(socket)
        elif self._answers(cmd):
            await socket.send_str(json.dumps({"headers": {"req_id": req_id}, **_as_answer(reply)}))

    def _answers(self, cmd: str) -> bool:
        switched = {"ping": self.answers_pings, "aibot_send_msg": self.answers_sends}
        return switched.get(cmd, self.answers_uploads or not cmd.startswith("aibot_upload"))

    def _cut(self, socket: web.WebSocketResponse) -> None:
        self.cuts = ""
        _abort(socket)

    async def _reply(self, socket: web.WebSocketResponse, cmd: str, req_id: str, body: Json) -> Reply:
        if cmd == "aibot_subscribe":
            return await self._subscribe(socket, body)
        if socket is not self._current:
            if socket not in self._displaced:
                self.problems.append(f"{cmd} without a subscription")
            return rules.NOT_SUBSCRIBED
        if cmd == "ping":
            return {}
        if cmd == "aibot_send_msg":
            return self._send(body)
        if cmd.startswith("aibot_respond_"):
            return self._respond(cmd, req_id, body)
        if cmd.startswith("aibot_upload_media_"):
            return self._upload(cmd.removeprefix("aibot_upload_media_"), body)
        self.problems.append(f"unknown command {cmd}")
        return rules.BAD

    async def _subscribe(self, socket: web.WebSocketResponse, body: Json) -> Reply:
        self.subscriptions += 1
        if body != {"bot_id": BOT, "secret": SECRET} and not self._names_the_bot(body):
            return rules.WRONG_SECRET
        if self._current is not None and self._current is not socket:
            await self._farewell()
        self._current = socket
        return {}

    def _names_the_bot(self, body: Json) -> bool:
        """Official clients may say more, such as a scene."""
        return body.get("bot_id") == BOT and body.get("secret") == SECRET

    async def _farewell(self) -> None:
        old, event = self._current, {"eventtype": "disconnected_event"}
        assert old is not None
        self._displaced.append(old)
        body = {"msgid": "CAIQbye", "create_time": 1, "aibotid": BOT, "msgtype": "event", "event": event}
        await old.send_str(json.dumps({"cmd": "aibot_event_callback", "headers": {"req_id": "bye"}, "body": body}))
        self._current = None
        asyncio.get_running_loop().call_later(0.05, _abort, old)

    def _send(self, body: Json) -> Reply:
        place = body.get("chatid")
        if not isinstance(place, str) or body.get("chat_type", 0) not in (0, 1, 2):
            return rules.BAD
        refusal = self.refuses.pop(0) if self.refuses else None
        if refusal is not None:
            return refusal
        if place not in self._spoke:
            return rules.NO_CHAT
        refusal = rules.content(body, set(self.media)) or self._too_often(place) or self._used_task(body)
        if refusal is None:
            self._keep(place, body)
        return refusal or {}

    def _too_often(self, place: str) -> Refusal | None:
        now = self.clock()
        recent = [at for at in self._sent_at.get(place, []) if at > now - 3600]
        if len(recent) >= rules.PER_HOUR or sum(at > now - 60 for at in recent) >= rules.PER_MINUTE:
            return rules.TOO_OFTEN
        self._sent_at[place] = [*recent, now]
        return None

    def _used_task(self, body: Json) -> Refusal | None:
        task = (body.get("template_card") or {}).get("task_id")
        if task in self._tasks:
            return rules.TASK_USED
        if task:
            self._tasks.add(task)
        return None

    def _keep(self, place: str, body: Json) -> None:
        kind = body["msgtype"]
        shown = {"text": body["markdown"]["content"]} if kind == "markdown" else {"text": "", "media": body.get(kind)}
        if kind == "template_card":
            shown = rules.displayed(body["template_card"])
        self._said.setdefault(place, []).append({"kind": kind, **shown})

    def _respond(self, cmd: str, req_id: str, body: Json) -> Reply:
        callback = self._callbacks.get(req_id)
        wants = {
            "aibot_respond_update_msg": "template_card_event",
            "aibot_respond_welcome_msg": "enter_chat",
            "aibot_respond_msg": None,
        }
        event = (callback or {}).get("body", {}).get("event", {}).get("eventtype")
        if callback is None or cmd not in wants or wants[cmd] != event:
            return rules.UNKNOWN_REQ_ID
        if event is None:
            return self._stream(callback, body)
        if callback["answered"]:
            return rules.ANSWERED
        if self.clock() - callback["at"] > rules.CLICK_SECONDS:
            return rules.UNKNOWN_REQ_ID
        callback["answered"] = True
        return self._update(callback, body) if event == "template_card_event" else {}

    def _update(self, callback: Json, body: Json) -> Reply:
        """A card that is not the pressed one's is dropped without a word."""
        refusal = rules.card(body.get("template_card") or {})
        if refusal is not None or body.get("response_type") != "update_template_card":
            return refusal or rules.BAD
        pressed = callback["body"]["event"]["template_card_event"]["task_id"]
        for messages in self._said.values():
            for message in messages:
                if message.get("task_id") == pressed == body["template_card"]["task_id"]:
                    message.update(rules.displayed(body["template_card"]))
        return {}

    def _stream(self, callback: Json, body: Json) -> Reply:
        if body.get("msgtype") != "stream":
            return rules.content(body, set(self.media)) or {}
        place = callback["body"].get("chatid", callback["body"]["from"]["userid"])
        if body["stream"].get("finish"):
            self._said.setdefault(place, []).append({"kind": "stream", "text": body["stream"]["content"]})
        return {}

    def _upload(self, step: str, body: Json) -> Reply:
        if step == "init":
            upload = f"up{len(self._uploads)}"
            self._uploads[upload] = {**body, "chunks": {}}
            return {"body": {"upload_id": upload}}
        upload_of = self._uploads.get(str(body.get("upload_id")))
        if upload_of is None:
            return rules.BAD
        if step == "chunk":
            data = base64.b64decode(body["base64_data"], validate=True)
            upload_of["chunks"][body["chunk_index"]] = data
            return rules.chunk(upload_of, body, len(data)) or {}
        return self._finish(upload_of)

    def _finish(self, upload: Json) -> Reply:
        data = b"".join(upload["chunks"][index] for index in sorted(upload["chunks"]))
        whole = len(data) == upload["total_size"] and len(upload["chunks"]) == upload["total_chunks"]
        if not whole or upload.get("md5", hashlib.md5(data).hexdigest()) != hashlib.md5(data).hexdigest():
            return rules.BAD
        media = f"media{len(self.media)}"
        self.media[media] = data
        return {"body": {"type": upload["type"], "media_id": media, "created_at": "1750000000"}}


def _as_answer(reply: Reply) -> Json:
    if isinstance(reply, tuple):
        return {"errcode": reply[0], "errmsg": reply[1]}
    return {"errcode": 0, "errmsg": "ok", **reply}


def _abort(socket: web.WebSocketResponse) -> None:
    transport = socket._req.transport if socket._req is not None else None
    if transport is not None:
        transport.abort()
