"""Polling: getUpdates by one process alone, and an update is confirmed only after it is stored.

Telegram serves one poller for each bot (409 for the other); who may be it is a lease in the database.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram.error import Conflict, InvalidToken, TelegramError

from bot.platform import Rim
from bot.telegram.client import TOKEN_PAUSE_SECONDS, Client, Flood
from bot.telegram.inbound import Json
from models.db import DatabaseFault
from services import leases

log = logging.getLogger(__name__)
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "chat_member"]
LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class Patience:
    """All in seconds. A poll is shorter than the lease (and than Telegram's 50), and so is the renewal."""

    poll: int = 20
    renew: float = 8.0
    look_again: float = 5.0
    after_conflict: float = 30.0
    after_fault: float = 5.0


async def patiently(call: Callable[[], Awaitable[None]], patience: Patience) -> None:
    """Call until it succeeds, as often as Telegram likes it."""
    while True:
        try:
            return await call()
        except TelegramError as error:
            await asyncio.sleep(_pause(error, patience))


def _pause(error: TelegramError, patience: Patience) -> float:
    """Seconds; and the operator is told."""
    if isinstance(error, Flood):
        return error.seconds
    if isinstance(error, InvalidToken):
        log.error("Telegram refuses the token: is TELEGRAM_BOT_TOKEN right?", extra={"action": "token_refused"})
        return TOKEN_PAUSE_SECONDS
    if isinstance(error, Conflict):
        log.error(
            "Telegram serves another poller or a webhook of this bot: stop the other one, or give this one its own bot",
            extra={"action": "poll_conflict"},
        )
        return patience.after_conflict
    log.warning("Telegram does not answer", extra={"action": "telegram_away", "fault": type(error).__name__})
    return patience.after_fault


class Poller:
    """`keep` stores updates in their order and returns after the commit."""

    def __init__(
        self,
        client: Client,
        rim: Rim,
        keep: Callable[[Sequence[Json]], Awaitable[None]],
        patience: Patience | None = None,
    ) -> None:
        self._client, self._rim, self._keep = client, rim, keep
        self._name, self._holder = f"telegram:{client.id}", secrets.token_hex(8)
        self._patience = patience or Patience()
        self._offset: int | None = None

    async def run(self) -> None:
        """Until cancelled. Without the lease nothing is asked for."""
        while True:
            if await self._hold():
                try:
                    await self._poll_while_held()
                finally:
                    await asyncio.shield(asyncio.to_thread(self._give_back))
            await asyncio.sleep(self._patience.look_again)

    async def _poll_while_held(self) -> None:
        """Whichever ends first ends the other: a poller never outlives its lease."""
        tasks = {asyncio.create_task(self._renew()), asyncio.create_task(self._poll())}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._patience.renew)
            if not await self._hold():
                log.warning("Another process polls Telegram now", extra={"action": "lease_lost"})
                return

    async def _hold(self) -> bool:
        """False too while the database is gone: what cannot be stored need not be asked for."""
        try:
            async with asyncio.timeout(LEASE.total_seconds() - self._patience.renew):
                return await asyncio.to_thread(self._take)
        except (DatabaseFault, TimeoutError):
            return False

    def _take(self) -> bool:
        with self._rim.database.transaction() as session:
            return leases.take(session, self._name, self._holder, self._rim.now(), LEASE)

    def _give_back(self) -> None:
        try:
            with self._rim.database.transaction() as session:
                leases.give_back(session, self._name, self._holder)
        except DatabaseFault:
            log.warning("A lease was not given back and runs out by itself", extra={"action": "lease_kept"})

    async def _poll(self) -> None:
        await patiently(self._without_webhook, self._patience)
        while True:
            await patiently(self._next, self._patience)

    async def _without_webhook(self) -> None:
        """Telegram refuses polls while a webhook is set; one that is set again later is somebody's decision."""
        if (await self._client.bot.get_webhook_info()).url:
            log.warning("A webhook was set and is taken off, for this bot polls", extra={"action": "webhook_deleted"})
            await self._client.bot.delete_webhook()

    async def _next(self) -> None:
        updates = await self._client.updates(self._offset, self._patience.poll, UPDATES)
        try:
            await self._keep(updates)
        except Exception as fault:
            log.warning("Not stored; asked for again", extra={"action": "not_stored", "fault": type(fault).__name__})
            await asyncio.sleep(self._patience.after_fault)
            return
        if updates:
            self._offset = updates[-1]["update_id"] + 1
