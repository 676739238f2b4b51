"""Who the bot itself is: its id stands in the token, its user name is asked for once and kept for invitation links."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from telegram.error import TelegramError

from bot.platform import Rim
from bot.telegram.client import Client
from bot.telegram.inbound import Me
from models.db import DatabaseFault
from services import workspaces

log = logging.getLogger(__name__)
ASK_AGAIN = timedelta(minutes=1)


class Account:
    """As long as Telegram does not tell the name, the bot works without: only mentions of it are not known for such."""

    def __init__(self, client: Client, rim: Rim) -> None:
        self._bot, self._rim = client.bot, rim
        self._me, self._kept = Me(client.id), False
        self._ask_at = datetime.min.replace(tzinfo=UTC)
        self._one_asks = asyncio.Lock()

    async def me(self) -> Me:
        if self._me.username is None:
            async with self._one_asks:
                await self._ask(self._rim.now())
        if self._me.username is not None and not self._kept:
            self._kept = await asyncio.to_thread(self._keep, self._me.username)
        return self._me

    async def _ask(self, now: datetime) -> None:
        if self._me.username is not None or now < self._ask_at:
            return
        self._ask_at = now + ASK_AGAIN
        try:
            self._me = Me(self._me.id, (await self._bot.get_me()).username)
        except TelegramError as error:
            log.warning("Own name unknown", extra={"action": "name_unknown", "fault": type(error).__name__})

    def _keep(self, username: str) -> bool:
        """False as long as no programme is applied: then it is tried again."""
        try:
            with self._rim.database.transaction() as session:
                return workspaces.name_bot(session, "telegram", "", username)
        except DatabaseFault:
            return False
