"""The line between the stand-in Slack and its clients: a server that starts at once, and answers that can fail."""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.fakes.slack_state import Fault, Json


class _Line(H11Protocol):
    """A client's connection, handed to the application so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_line(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "line": transport}, receive, send)

        self.app = with_line


class Server(uvicorn.Server):
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


async def read(request: Request) -> Json:
    body = (await request.body()).decode()
    if request.headers.get("Content-Type", "").startswith("application/json"):
        return {**request.query_params, **json.loads(body or "{}")}
    return {**request.query_params, **dict(parse_qsl(body, keep_blank_values=True))}


async def cut(request: Request) -> None:
    line: asyncio.Transport = request.scope["line"]
    line.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.abort()
    await asyncio.sleep(0)


def response(body: Json, retry_after: int = 1) -> Response:
    if body.get("error") != "ratelimited":
        return JSONResponse(body)
    seconds = str(body.pop("retry_after", retry_after))
    return JSONResponse(body, 429, {"Retry-After": seconds})


def failed(fault: Fault, body: Json) -> Response:
    if fault.how in ("stall", "reset_after", "reset_before"):
        return response(body)
    if fault.how in ("429", "ratelimited"):
        return response({"ok": False, "error": "ratelimited"}, fault.retry_after)
    if fault.how == "garbage":
        return Response("<html><body>Bad gateway</body></html>", media_type="text/html")
    if fault.how.isdigit():
        return Response("Internal Server Error", int(fault.how), media_type="text/html")
    return response({"ok": False, "error": fault.how})
