"""The app's access token: fetched once, shared by every process, renewed five minutes early or when it died before.

It is kept sealed with a key made of the app's own secret: who has that may ask for a token anyway.
Facts: developer.work.weixin.qq.com/document/path/91039.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.db import Database
from services import leases, vault

EARLY = timedelta(minutes=5)
FETCH_LEASE = timedelta(seconds=15)
LOOK_AGAIN_SECONDS = 0.1
MOST_LOOKS = 50


@dataclass(frozen=True)
class Token:
    """`until` is UTC."""

    text: str
    until: datetime


class Tokens:
    """`fetch` asks WeCom; of all processes one does it at a time, and the others read what it got."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        name: str,
        secret: str,
        fetch: Callable[[], Awaitable[Token]],
    ) -> None:
        self._database, self._now, self._fetch = database, now, fetch
        self._name, self._sealer = name, vault.Sealer(secret)
        self._held: Token | None = None
        self._alone = asyncio.Lock()

    async def current(self, dead: str | None = None) -> str:
        """A token that is not `dead`, which WeCom refused. Raises what `fetch` raises."""
        async with self._alone:
            if not self._is_good(self._held, dead):
                self._held = await self._renewed(dead)
            assert self._held is not None
            return self._held.text

    async def _renewed(self, dead: str | None) -> Token:
        holder = secrets.token_hex(8)
        for _ in range(MOST_LOOKS):
            kept = await asyncio.to_thread(self._kept)
            if kept is not None and self._is_good(kept, dead):
                return kept
            if await asyncio.to_thread(self._take_turn, holder):
                return await self._fetched(holder, dead)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return await self._fetch()

    async def _fetched(self, holder: str, dead: str | None) -> Token:
        try:
            kept = await asyncio.to_thread(self._kept)
            if kept is not None and self._is_good(kept, dead):  # somebody's turn ended just before ours
                return kept
            token = await self._fetch()
            await asyncio.to_thread(self._keep, token)
            return token
        finally:
            await asyncio.to_thread(self._end_turn, holder)

    def _is_good(self, token: Token | None, dead: str | None) -> bool:
        return token is not None and token.text != dead and token.until - EARLY > self._now()

    def _kept(self) -> Token | None:
        with self._database.reading() as session:
            try:
                found = vault.read(session, self._sealer, self._name)
            except vault.WrongKey:  # the app's secret was changed
                return None
        if found is None or found[1] is None:
            return None
        return Token(found[0], found[1])

    def _keep(self, token: Token) -> None:
        with self._database.transaction() as session:
            vault.keep(session, self._sealer, self._name, token.text, token.until)

    def _take_turn(self, holder: str) -> bool:
        with self._database.transaction() as session:
            return leases.take(session, self._name, holder, self._now(), FETCH_LEASE)

    def _end_turn(self, holder: str) -> None:
        with self._database.transaction() as session:
            leases.give_back(session, self._name, holder)
