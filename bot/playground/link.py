"""The playground's HTTP side: the page, its state, its stream, and what a person does on it. A door without a password:
loopback only, and only for pages of its own origin."""

import asyncio
import base64
import json
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.platform import Finding
from bot.playground import inbound, state
from bot.playground.outbound import PlaygroundOutbound
from bot.receiver import Receiver
from models.db import Database
from models.messages import Attachment, Delivery
from models.organization import LOCALES
from services import calendar, outbox
from services.render import TEMPLATES

FRIDAY = 4
GUARD = "x-loopkeeper-playground"
STATIC = TEMPLATES.parent / "web" / "static"
Advance = Callable[[datetime], Awaitable[None]]
T = TypeVar("T", bound=BaseModel)


class PlaygroundLink:
    """The fourth platform. `advance` plays the time forward to an instant, with everything due on the way."""

    platform = "playground"

    def __init__(self, database: Database, receiver: Receiver, now: Callable[[], datetime], advance: Advance) -> None:
        self.outbound = PlaygroundOutbound()
        self._database = database
        self._receiver = receiver
        self._now = now
        self._advance = advance
        self._version = 1
        self._changed = asyncio.Condition()
        self.routes: Sequence[BaseRoute] = (
            Route("/", self._page),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/playground/state", self._state),
            Route("/playground/stream", self._stream),
            Route("/playground/pictures/{delivery_id:int}", self._picture),
            Route("/playground/files/{delivery_id:int}", self._file),
            Route("/playground/messages", _guarded(inbound.Said, self._receive), methods=["POST"]),
            Route("/playground/presses", _guarded(inbound.Pressed, self._receive), methods=["POST"]),
            Route("/playground/forms", _guarded(inbound.Submitted, self._receive), methods=["POST"]),
            Route("/playground/edits", _guarded(inbound.Edited, self._receive), methods=["POST"]),
            Route("/playground/clock", _guarded(inbound.ClockMove, self._move_clock), methods=["POST"]),
        )

    def workspaces(self) -> Sequence[str]:
        return ("",)

    async def run(self) -> None:
        """The page asks; nothing has to be held open."""

    async def examine(self) -> list[Finding]:
        return []

    async def changed(self) -> None:
        """Something the page shows is different now."""
        async with self._changed:
            self._version += 1
            self._changed.notify_all()

    async def _page(self, _request: Request) -> Response:
        environment = Environment(loader=FileSystemLoader(TEMPLATES / "web"), autoescape=True)
        words = {locale: _words(locale) for locale in LOCALES}
        page = environment.get_template("playground.html")
        return HTMLResponse(page.render(words_json=_embeddable(words), locale="en"))

    async def _state(self, request: Request) -> Response:
        locale = request.query_params.get("cast", "en")
        if locale not in LOCALES:
            return JSONResponse({"error": "cast must be en or zh"}, 400)
        return JSONResponse(await asyncio.to_thread(self._read_state, locale))

    def _read_state(self, locale: str) -> dict[str, Any]:
        with self._database.reading() as session:
            return state.state(session, locale, self._version, self._now())

    async def _picture(self, request: Request) -> Response:
        png = await asyncio.to_thread(self._read_picture, request.path_params["delivery_id"])
        return Response(png, media_type="image/png") if png else JSONResponse({"error": "there is no picture"}, 404)

    async def _file(self, request: Request) -> Response:
        file = await asyncio.to_thread(self._read_file, request.path_params["delivery_id"])
        if file is None:
            return JSONResponse({"error": "there is no file"}, 404)
        headers = {"content-disposition": f'attachment; filename="{file.name}"', "x-content-type-options": "nosniff"}
        return Response(base64.b64decode(file.content), headers=headers, media_type="application/octet-stream")

    def _read_file(self, delivery_id: int) -> Attachment | None:
        with self._database.reading() as session:
            return state.file_of(session, delivery_id)

    def _read_picture(self, delivery_id: int) -> bytes | None:
        with self._database.reading() as session:
            return state.png_of(session, delivery_id)

    async def _stream(self, _request: Request) -> Response:
        return StreamingResponse(
            self._versions(), media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def _versions(self) -> AsyncIterator[str]:
        seen = 0
        while True:
            if self._version > seen:
                seen = self._version
                yield f"data: {json.dumps({'version': seen})}\n\n"
            async with self._changed:
                await self._changed.wait()

    async def _receive(self, event: inbound.PlaygroundEvent) -> Response:
        found = await asyncio.to_thread(self._where, event)
        if found is None:
            return JSONResponse({"error": "there is no such message"}, 404)
        incoming = inbound.to_incoming(event, *found, self._now())
        await self._receiver.receive(event.model_dump_json(by_alias=True), incoming)
        await self.changed()
        return JSONResponse({})

    def _where(self, event: inbound.PlaygroundEvent) -> tuple[str, str, str | None] | None:
        """Place, action and thread: told by the message a press or form belongs to, never by the page."""
        if isinstance(event, inbound.Said):
            return event.place, "", None
        with self._database.reading() as session:
            if isinstance(event, inbound.Edited):
                place = state.place_of(session, event.message)
                return (place, "", None) if place else None
            external_id = event.message if isinstance(event, inbound.Pressed) else event.form
            delivery = outbox.by_external_id(session, self.platform, external_id)
        if delivery is None:
            return None
        return f"{delivery.place_kind}:{delivery.place_id}", _action(event, delivery), delivery.thread_of

    async def _move_clock(self, move: inbound.ClockMove) -> Response:
        target = await asyncio.to_thread(self._target, move)
        if target is None:
            return JSONResponse({"error": "no check-in is planned"}, 409)
        await self._advance(target)
        await self.changed()
        return JSONResponse({"now": self._now().isoformat()})

    def _target(self, move: inbound.ClockMove) -> datetime | None:
        now = self._now()
        with self._database.reading() as session:
            team = state.cast(session, move.cast)
            if team is None:
                return None
            if move.to == "friday":
                return calendar.next_weekly(FRIDAY, "17:00", team.time_zone, now)
            return now + timedelta(hours=1) if move.to == "hour" else state.next_prompt(session, team, now)


def _guarded(kind: type[T], take: Callable[[T], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Only a page of our own sends the header: another site's form or script cannot."""

    async def endpoint(request: Request) -> Response:
        if GUARD not in request.headers:
            return JSONResponse({"error": f"the header {GUARD} is missing"}, 403)
        try:
            body = kind.model_validate_json(await request.body())
        except ValidationError as wrong:
            return JSONResponse({"error": wrong.errors(include_input=False, include_context=False)}, 400)
        return await take(body)

    return endpoint


def _action(event: inbound.PlaygroundEvent, delivery: Delivery) -> str:
    if isinstance(event, inbound.Pressed):
        return event.action
    form = delivery.message.get("form")
    return str(form["action"]) if form else ""


def _words(locale: str) -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / locale / "playground.toml").read_text("utf-8"))


def _embeddable(words: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
