"""The stand-in Telegram: a loopback Bot API server that answers as Telegram does, keeps its limits and can fail."""

import asyncio
import copy
import json
import socket
import threading
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import slack_wire as wire
from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_people import People
from tests.fakes.telegram_state import Call, Fault, Json, Refusal, Upload

LONGEST_POLL = 50.0
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
METHODS = {name.lower(): name for name in rules.API["methods"]}
"""Telegram minds no capitals in them."""
WEBHOOK_IS_ON = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class TelegramFake(People):
    """Telegram for one test: `with TelegramFake() as fake: Bot(fake.token, base_url=fake.url + "/bot")`."""

    url: str
    _polls = 0

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        routes = [Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])]
        self._server = wire.Server(Starlette(routes=routes))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        self._server.up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.loop.call_soon_threadsafe(self._server.stopping.set)
        self._thread.join(10)

    def fail(self, method: str, how: str | int, times: int = 1, retry_after: int = 30, seconds: float = 6.0) -> None:
        """Make the next `times` calls of `method` ("*" for any) fail: see Fault."""
        with self._lock:
            self.faults.append(Fault(method, str(how), times, retry_after, seconds))

    # --- what a test looks at

    def messages(self, chat: int) -> list[Json]:
        """The bot's messages in a chat as they now stand, oldest first."""
        with self._lock:
            mine = [it for it in self.chats[chat].messages.values() if it["from"]["id"] == self.me.id]
            return copy.deepcopy(mine)

    def called(self, method: str) -> list[Call]:
        return [it for it in self.calls if it.method == method]

    # --- the door

    async def _answer(self, request: Request) -> Response:
        token, method = request.path_params["token"], request.path_params["method"]
        method = METHODS.get(method.lower(), method)
        raw = await _arguments(request)
        with self._lock:
            call = Call(method, rules.decoded(method, raw))
            self.calls.append(call)
            fault = self._next_fault(method)
        if fault is not None and fault.how not in ("reset_after", "stall"):
            call.fault = fault.how
            return await _failed(fault, request)
        status, body = await self._outcome(call, raw, token)
        if fault is not None:
            call.fault = fault.how
            if fault.how == "reset_after":
                await wire.cut(request)
            await self._server.pause(fault.seconds)
        return JSONResponse(body, status)

    def _next_fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    async def _outcome(self, call: Call, raw: Json, token: str) -> tuple[int, Json]:
        try:
            result = await self._result(call, raw, token)
        except Refusal as refusal:
            call.error = str(refusal)
            return refusal.status, refusal.body
        call.ok = True
        return 200, {"ok": True, "result": result}

    async def _result(self, call: Call, raw: Json, token: str) -> Any:
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        if call.method not in rules.API["methods"]:
            self.problems.append(f"{call.method}: there is no such method here")
            raise Refusal(404, "Not Found: method not found")
        if wrong := rules.problems(call.method, raw):
            raise self._mistake(call.method, f"Bad Request: {'; '.join(wrong)}")
        if call.method == "getUpdates":
            return await self._updates(call.args)
        with self._lock:
            return copy.deepcopy(getattr(self, f"_{call.method}")(call.args))

    async def _updates(self, args: Json) -> list[Json]:
        """Below the offset is confirmed and gone. A second poll ends the first."""
        if self.webhook:
            raise Refusal(409, WEBHOOK_IS_ON)
        with self._lock:
            self._allow(args)
            self._polls += 1
            mine, offset = self._polls, args.get("offset", 0)
            self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
        loop = asyncio.get_running_loop()
        until = loop.time() + min(float(args.get("timeout", 0)), LONGEST_POLL)
        while not self.waiting and loop.time() < until and not self._server.stopping.is_set():
            await asyncio.sleep(0.01)
            if self._polls != mine:
                raise Refusal(409, CONFLICT)
        return copy.deepcopy(self.waiting[: args.get("limit", 100)])


async def _arguments(request: Request) -> Json:
    body, kind = await request.body(), request.headers.get("Content-Type", "")
    given: Json = dict(request.query_params)
    if kind.startswith("application/json"):
        given |= json.loads(body or b"{}")
        return given
    if kind.startswith("multipart/form-data"):
        return given | _parts(kind, body)
    return given | dict(parse_qsl(body.decode(), keep_blank_values=True))


def _parts(kind: str, body: bytes) -> Json:
    whole: Any = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: Json = {}
    for part in whole.iter_parts():
        content = Upload(part.get_payload(decode=True))
        content.name = part.get_filename("")
        found[part.get_param("name", header="content-disposition")] = (
            content if part.get_filename() else content.decode()
        )
    return {
        name: found.get(value.removeprefix("attach://"), value) if isinstance(value, str) else value
        for name, value in found.items()
    }


async def _failed(fault: Fault, request: Request) -> Response:
    if fault.how == "reset_before":
        await wire.cut(request)
        return Response()
    if fault.how == "garbage":
        return Response("<html><body>Bad gateway</body></html>", 502, media_type="text/html")
    if fault.how == "429":
        said = f"Too Many Requests: retry after {fault.retry_after}"
        body = {"ok": False, "error_code": 429, "description": said, "parameters": {"retry_after": fault.retry_after}}
        return JSONResponse(body, 429, {"Retry-After": str(fault.retry_after)})
    body = {"ok": False, "error_code": int(fault.how), "description": "Internal Server Error"}
    return JSONResponse(body, int(fault.how))
