"""The one socket of the AI bot: subscribe, heartbeat, and answers told apart by `req_id`.

Facts: developer.work.weixin.qq.com/document/path/101463. An answer has no `cmd`: {"headers": {"req_id"}, "errcode"}.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.wecom_aibot.inbound import EVENT, MESSAGE, Frame

WRONG_SECRET = 853000
NOT_SUBSCRIBED = 846609
MOST_MISSED = 2


@dataclass(frozen=True)
class Beats:
    """Every duration of the connection, in seconds. WeCom asks for a ping every 30."""

    ping: float = 30
    answer: float = 5
    connect: float = 15
    close: float = 1
    first_pause: float = 1
    longest_pause: float = 30
    away: float = 300
    lease: float = 30
    renew: float = 10
    look: float = 3


class NotConnected(Exception):
    """Nothing left this process."""


class Unanswered(Exception):
    """The frame left, and nobody said what became of it."""


class Refused(Exception):
    """The subscription was refused; says WeCom's errcode."""

    def __init__(self, errcode: object) -> None:
        super().__init__(errcode)
        self.errcode = errcode


class Displaced(Exception):
    """Somebody else subscribed: WeCom keeps only the newest connection of a bot."""


class Wire:
    """At most one socket. `hold` keeps it, `ask` uses it from any task."""

    def __init__(self, url: str, bot_id: str, secret: str, beats: Beats) -> None:
        self._url = url
        self._credentials = {"bot_id": bot_id, "secret": secret}
        self._beats = beats
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: dict[str, asyncio.Future[Frame]] = {}

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    async def hold(self, hear: Callable[[Frame], None], opened: Callable[[], None]) -> None:
        """Connect, subscribe, and hand every pushed frame to `hear` until the connection ends.

        Raises Refused, Displaced, or what aiohttp and TimeoutError say of a connection that was not made.
        """
        async with self._subscribed() as socket:
            self._socket = socket
            opened()
            beating = asyncio.create_task(self._beat(socket))
            try:
                await self._read(socket, hear)
            finally:
                self._socket = None
                beating.cancel()
                self._forget_who_waits()
                await asyncio.gather(beating, return_exceptions=True)

    async def try_once(self) -> None:
        """Subscribe and leave again. Raises as `hold` does."""
        async with self._subscribed():
            pass

    @asynccontextmanager
    async def _subscribed(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        patience = aiohttp.ClientWSTimeout(ws_close=self._beats.close)
        async with aiohttp.ClientSession() as session:
            async with asyncio.timeout(self._beats.connect):
                socket = await session.ws_connect(self._url, timeout=patience)
                try:
                    await self._subscribe(socket)
                except BaseException:
                    await socket.close()
                    raise
            try:
                yield socket
            finally:
                await socket.close()

    async def _subscribe(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        req_id = _new_req_id("aibot_subscribe")
        await socket.send_str(_written("aibot_subscribe", req_id, self._credentials))
        while True:
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise aiohttp.ClientConnectionError("closed before the subscription was answered")
            answer = _parsed(message.data)
            if answer is not None and _req_id(answer) == req_id:
                break
        if answer.get("errcode") != 0:
            raise Refused(answer.get("errcode"))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, hear: Callable[[Frame], None]) -> None:
        async for message in socket:
            frame = _parsed(message.data) if message.type is aiohttp.WSMsgType.TEXT else None
            if frame is None:
                continue
            if frame.get("cmd") not in (MESSAGE, EVENT):
                self._answered(frame)
            elif _is_farewell(frame):
                raise Displaced
            else:
                hear(frame)

    def _answered(self, frame: Frame) -> None:
        waiting = self._waiting.pop(_req_id(frame) or "", None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    async def ask(self, cmd: str, body: dict[str, Any], req_id: str | None = None) -> Frame:
        """Send a frame and wait for its answer. Raises NotConnected or Unanswered."""
        socket = self._socket
        if socket is None or socket.closed:
            raise NotConnected
        req_id = req_id or _new_req_id(cmd)
        self._waiting[req_id] = answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._beats.answer):
                await socket.send_str(_written(cmd, req_id, body))
                frame: Frame = await answer
        except aiohttp.ClientConnectionResetError:
            raise NotConnected from None  # aiohttp looks before it writes
        except (TimeoutError, ConnectionError) as error:
            raise Unanswered from error
        finally:
            self._waiting.pop(req_id, None)
        if frame.get("errcode") == NOT_SUBSCRIBED:
            await self._leave(socket)
        return frame

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        missed = 0
        while missed < MOST_MISSED:
            await asyncio.sleep(self._beats.ping)
            missed = 0 if await self._pinged() else missed + 1
        await self._leave(socket)

    async def _pinged(self) -> bool:
        try:
            await self.ask("ping", {})
        except (NotConnected, Unanswered):
            return False
        return True

    async def _leave(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """The connection is worth nothing: `hold` returns."""
        self._socket = None
        await socket.close()

    def _forget_who_waits(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the connection ended"))
        self._waiting.clear()


def _new_req_id(cmd: str) -> str:
    return f"{cmd}_{uuid.uuid4().hex}"


def _written(cmd: str, req_id: str, body: dict[str, Any]) -> str:
    frame = {"cmd": cmd, "headers": {"req_id": req_id}, **({"body": body} if body else {})}
    return json.dumps(frame, ensure_ascii=False)


def _parsed(data: Any) -> Frame | None:
    try:
        frame = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) else None


def _req_id(frame: Frame) -> str | None:
    headers = frame.get("headers")
    req_id = headers.get("req_id") if isinstance(headers, dict) else None
    return req_id if isinstance(req_id, str) else None


def _is_farewell(frame: Frame) -> bool:
    body = frame.get("body")
    event = body.get("event") if isinstance(body, dict) else None
    return isinstance(event, dict) and event.get("eventtype") == "disconnected_event"
