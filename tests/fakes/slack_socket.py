"""Socket Mode of the stand-in Slack: one-time addresses, envelopes that want an acknowledgement and else come again."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl

import httpx
from aiohttp import WSCloseCode, web

from tests.fakes.slack import SlackFake
from tests.fakes.slack_state import Json, Refusal

MOST_SOCKETS = 10


class Envelope:
    """One delivery: `answer` is what came with its acknowledgement, `came_back` how often it was sent again."""

    def __init__(self, id: str, kind: str, payload: Json) -> None:
        self.id, self.kind, self.payload = id, kind, payload
        self.came_back = 0
        self.sent_on: web.WebSocketResponse | None = None
        self.answer: Json | None = None
        self.acknowledged = asyncio.Event()

    def body(self) -> Json:
        retry = {"retry_attempt": self.came_back, "retry_reason": "timeout" if self.came_back else ""}
        more = retry if self.kind == "events_api" else {}
        takes_answers = self.kind != "events_api"
        kept = {"envelope_id": self.id, "payload": self.payload, "type": self.kind}
        return {**kept, "accepts_response_payload": takes_answers, **more}


class SlackSockets:
    """`async with SlackSockets(fake) as sockets`: `fake` then answers apps.connections.open."""

    def __init__(self, fake: SlackFake, app_token: str = "xapp-fake", patience: float = 3.0) -> None:
        self.fake, self.app_token, self.patience = fake, app_token, patience
        self.open: list[web.WebSocketResponse] = []
        self.history: list[tuple[str, int]] = []  # ("open" or "closed", number of the connection)
        self.waiting: list[Envelope] = []  # sent and not acknowledged
        self.greets = True
        self.loses_acknowledgements = False
        self._tickets: set[str] = set()
        self._numbers: dict[web.WebSocketResponse, int] = {}
        self._count = itertools.count(1)
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/link/", self._connect)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        self.fake.others["apps.connections.open"] = self._open
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in list(self.open):
            await socket.close()
        await self._runner.cleanup()

    def _open(self, _args: Json, token: str) -> Json:
        if token != self.app_token:
            raise Refusal("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
        ticket = self.fake.serial("ticket-")
        self._tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self._port}/link/?ticket={ticket}&app_id={self.fake.app_id}"}

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=408)
        self._tickets.remove(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if not self.greets or len(self.open) >= MOST_SOCKETS:
            reason = "too_many_websockets" if self.greets else "link_disabled"
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()
            return socket
        number = self._numbers[socket] = next(self._count)
        about = {"app_id": self.fake.app_id}
        await socket.send_json({"type": "hello", "num_connections": len(self.open) + 1, "connection_info": about})
        self.open.append(socket)
        self._note("open", number)
        try:
            async for frame in socket:
                self._hear(socket, str(frame.data))
        finally:
            self.open.remove(socket)
            self._note("closed", number)
        return socket

    def _note(self, what: str, number: int) -> None:
        self.history.append((what, number))
        self._changed.set()

    def _hear(self, socket: web.WebSocketResponse, text: str) -> None:
        said: Json = json.loads(text)
        found = [each for each in self.waiting if each.id == said.get("envelope_id")]
        if not found or found[0].sent_on is not socket or set(said) - {"envelope_id", "payload"}:
            self.fake.problems.append(f"an acknowledgement that fits no envelope: {sorted(said)}")
        elif "payload" in said and found[0].kind == "events_api":
            self.fake.problems.append("an event takes no answer")
        elif not self.loses_acknowledgements:
            found[0].answer = said.get("payload")
            self.waiting.remove(found[0])
            found[0].acknowledged.set()

    # --- what a test does

    async def happened(self, what: str, number: int) -> None:
        """Waits until that connection is "open" or "closed"."""
        async with asyncio.timeout(10):
            while (what, number) not in self.history:
                self._changed.clear()
                await self._changed.wait()

    async def deliver(self, kind: str, payload: Json) -> Envelope:
        """To the newest connection; waits for the acknowledgement as long as Slack would."""
        envelope = Envelope(f"env-{self.fake.serial('')}", kind, payload)
        self.waiting.append(envelope)
        return await self._send(envelope)

    async def deliver_again(self) -> None:
        """What was not acknowledged."""
        for envelope in list(self.waiting):
            envelope.came_back += 1
            await self._send(envelope)

    async def _send(self, envelope: Envelope) -> Envelope:
        envelope.sent_on = self.open[-1]
        await self.open[-1].send_json(envelope.body())
        try:
            async with asyncio.timeout(self.patience):
                await envelope.acknowledged.wait()
        except TimeoutError:
            pass
        return envelope

    async def asks_to_leave(self, reason: str = "refresh_requested") -> None:
        about = {"host": "applink-1"}
        await self.open[-1].send_json({"type": "disconnect", "reason": reason, "debug_info": about})

    async def hangs_up(self) -> None:
        await self.open[-1].close(code=WSCloseCode.GOING_AWAY)

    async def post(self, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """What would be an HTTP request to the bot, as an envelope; 200 once it is acknowledged."""
        envelope = await self.deliver(*_enveloped(headers, body))
        answer = b"" if envelope.answer is None else json.dumps(envelope.answer).encode()
        return httpx.Response(200 if envelope.acknowledged.is_set() else 504, content=answer)


def _enveloped(headers: Mapping[str, str], body: bytes) -> tuple[str, Any]:
    if headers["Content-Type"] == "application/json":
        return "events_api", json.loads(body)
    form = parse_qs(body.decode())
    if "payload" in form:
        return "interactive", json.loads(form["payload"][0])
    return "slash_commands", dict(parse_qsl(body.decode(), keep_blank_values=True))
