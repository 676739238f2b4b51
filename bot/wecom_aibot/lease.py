"""Only one process of an installation may hold the bot's connection: the one that holds the row in the database."""

import asyncio
import logging
import uuid
from datetime import timedelta

from bot.platform import Rim
from bot.wecom_aibot.wire import Beats
from models.db import DatabaseFault
from services import leases

log = logging.getLogger(__name__)


class Turn:
    """This process's claim to the connection."""

    def __init__(self, rim: Rim, bot_id: str, beats: Beats) -> None:
        self._rim = rim
        self._name = f"wecom_aibot:{bot_id}"
        self._holder = uuid.uuid4().hex
        self._beats = beats

    async def take(self) -> bool:
        """False while another process holds it, and while the database is gone."""
        try:
            return await asyncio.to_thread(self.claim)
        except DatabaseFault:
            return False

    async def keep(self) -> None:
        """Hold it longer, again and again; returns when it is lost, or may be by now."""
        loop = asyncio.get_running_loop()
        safe_until = loop.time() + self._beats.lease
        while loop.time() + self._beats.renew < safe_until:
            await asyncio.sleep(self._beats.renew)
            asked_at = loop.time()
            try:
                if not await asyncio.to_thread(self.claim):
                    break
                safe_until = asked_at + self._beats.lease
            except DatabaseFault:
                log.warning("The lease could not be renewed", extra={"action": "lease_not_renewed"})
        log.warning("Another process may hold the AI bot's connection now", extra={"action": "lease_lost"})

    async def give_back(self) -> None:
        try:
            await asyncio.to_thread(self._give_back)
        except DatabaseFault:
            log.warning("A lease was not given back and runs out by itself", extra={"action": "lease_kept"})

    def claim(self) -> bool:
        """`take` for a thread; raises what the database raises."""
        duration = timedelta(seconds=self._beats.lease)
        with self._rim.database.transaction() as session:
            return leases.take(session, self._name, self._holder, self._rim.now(), duration)

    def _give_back(self) -> None:
        with self._rim.database.transaction() as session:
            leases.give_back(session, self._name, self._holder)
