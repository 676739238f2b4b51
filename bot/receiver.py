"""The receiver: verified events are stored by one writer, many waiting ones in one transaction, and only then acked."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from models.db import Database
from models.messages import Incoming
from services import inbox

MOST_IN_ONE_COMMIT = 256
MOST_WAITING = 4096


class Overloaded(Exception):
    """More is waiting than can be stored soon: the platform is told to come again, and nothing is lost."""


class Receiver:
    """`receive` returns once the event is on disk; until then it is the platform's to deliver again."""

    def __init__(self, database: Database, now: Callable[[], datetime], on_stored: Callable[[], None]) -> None:
        self._database = database
        self._now = now
        self._on_stored = on_stored
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []
        self._wake = asyncio.Event()

    async def receive(self, raw: str, incoming: Incoming) -> None:
        """Raises Overloaded, or the database's fault, when it could not be stored."""
        await self._put(inbox.row(incoming.platform, incoming.connection, raw, incoming, self._now()))

    async def keep_unread(self, platform: str, connection: str, event_key: str, raw: str) -> None:
        """What nobody reads is kept raw all the same, and acknowledged."""
        await self._put(inbox.unread_row(platform, connection, event_key, raw, self._now()))

    async def _put(self, row: dict[str, Any]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise Overloaded
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, stored))
        self._wake.set()
        await stored

    async def run(self) -> None:
        """The one writer."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._store_some()

    async def _store_some(self) -> None:
        batch, self._waiting = self._waiting[:MOST_IN_ONE_COMMIT], self._waiting[MOST_IN_ONE_COMMIT:]
        try:
            await asyncio.to_thread(self._store, [row for row, _ in batch])
        except Exception as fault:
            _settle(batch, fault)
            return
        _settle(batch, None)
        self._on_stored()

    def _store(self, rows: list[dict[str, Any]]) -> None:
        with self._database.transaction() as session:
            inbox.store(session, rows)


def _settle(batch: list[tuple[dict[str, Any], asyncio.Future[None]]], fault: Exception | None) -> None:
    for _, stored in batch:
        if stored.done():
            continue
        if fault is None:
            stored.set_result(None)
        else:
            stored.set_exception(fault)
