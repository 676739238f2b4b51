"""The AI bot's long connection: one for each installation, made again whenever it breaks, never fought over.

WeCom keeps only the newest connection of a bot and pushes each frame once, so that there is nothing to acknowledge: a
frame is stored as soon as it is heard, and waits in memory while the database is gone.
"""

import asyncio
import json
import logging
import random
from collections.abc import Sequence
from datetime import datetime

import aiohttp
from starlette.routing import BaseRoute

from bot.platform import Finding, Rim
from bot.receiver import Overloaded
from bot.settings import Settings
from bot.wecom_aibot.inbound import (
    ONLY_WORKSPACE,
    PLATFORM,
    Frame,
    clicked,
    envelope,
    to_incoming,
    unread_key,
    without_secrets,
)
from bot.wecom_aibot.lease import Turn
from bot.wecom_aibot.outbound import AibotOutbound
from bot.wecom_aibot.wire import WRONG_SECRET, Beats, Displaced, Refused, Wire
from models.db import DatabaseFault, DatabaseRefused

log = logging.getLogger(__name__)
Arrival = tuple[Frame, datetime]

REST, LONG_REST = 2.0, 30.0
MOST_AT_ONCE = 256
MEND_SECRET = "Check WECOM_BOT_ID and WECOM_BOT_SECRET, and that the bot is in API mode with a long connection."
MEND_NETWORK = "Check the network of this machine: it must reach WECOM_BOT_URL, a WebSocket address."


def connect(settings: Settings, rim: Rim) -> "AibotLink":
    bot_id, secret = settings.wecom_bot_id, settings.wecom_bot_secret
    assert bot_id is not None
    assert secret is not None
    return AibotLink(settings.wecom_bot_url, bot_id, secret.get_secret_value(), rim)


class AibotLink:
    """One bot by its id and secret."""

    platform = PLATFORM
    routes: Sequence[BaseRoute] = ()

    def __init__(self, url: str, bot_id: str, secret: str, rim: Rim, beats: Beats | None = None) -> None:
        self._beats = beats or Beats()
        self._rim = rim
        self._wire = Wire(url, bot_id, secret, self._beats)
        self._turn = Turn(rim, bot_id, self._beats)
        self._arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        self._is_broken = False
        self.outbound = AibotOutbound(self._wire, lambda: asyncio.get_running_loop().time())

    def workspaces(self) -> Sequence[str]:
        return (ONLY_WORKSPACE,)

    async def run(self) -> None:
        storing = asyncio.create_task(self._store_what_arrives())
        try:
            while True:
                if await self._turn.take():
                    await self._while_mine()
                await asyncio.sleep(self._beats.look)
        finally:
            await _end(storing)

    async def _while_mine(self) -> None:
        """A connection never outlives the lease, nor the lease a connection that was given up."""
        tasks = [asyncio.create_task(self._turn.keep()), asyncio.create_task(self._stay_connected())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(*tasks)
            await self._turn.give_back()
        for task in done:
            task.result()

    async def _stay_connected(self) -> None:
        """With longer and longer pauses while connections do not last.

        Whoever pushed us out is not pushed back at once, also by no other process of ours: the lease stays taken.
        """
        loop, pause = asyncio.get_running_loop(), self._beats.first_pause
        while True:
            began = loop.time()
            if not await self._connected():
                await self._stay_away()
            lasted = loop.time() - began > self._beats.longest_pause
            pause = self._beats.first_pause if lasted else pause
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, self._beats.longest_pause)

    async def _stay_away(self) -> None:
        self.outbound.rest = LONG_REST
        try:
            await asyncio.sleep(self._beats.away)
        finally:
            self.outbound.rest = REST

    async def _connected(self) -> bool:
        """One connection from its beginning to its end; False when it must not be made again soon."""
        try:
            await self._wire.hold(self._hear, self._opened)
        except Displaced:
            message = "Another program connected as this AI bot, and WeCom keeps only the newest; tried again later"
            log.warning(message, extra={"action": "displaced"})
            return False
        except Refused as refusal:
            _log_refusal(refusal)
            return refusal.errcode != WRONG_SECRET
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self._log_break(type(fault).__name__)
        else:
            self._log_break("closed")
        return True

    def _opened(self) -> None:
        self._is_broken = False
        log.info("The AI bot is connected", extra={"action": "connected"})

    def _log_break(self, how: str) -> None:
        """An outage is told once, not at each attempt."""
        if not self._is_broken:
            log.warning("The AI bot's connection broke; it is made again", extra={"action": "broke", "fault": how})
        self._is_broken = True

    def _hear(self, frame: Frame) -> None:
        click = clicked(frame)
        if click is not None:
            self.outbound.clicked(*click)
        self._arrived.put_nowait((frame, self._rim.now()))

    async def _store_what_arrives(self) -> None:
        """In order. WeCom pushes nothing again, so that frames wait here until the database takes them."""
        waiting: list[Arrival] = []
        while True:
            waiting = waiting or [await self._arrived.get()]
            while len(waiting) < MOST_AT_ONCE and not self._arrived.empty():
                waiting.append(self._arrived.get_nowait())
            if await self._stored(waiting):
                waiting = []
            else:
                await asyncio.sleep(self._beats.first_pause)

    async def _stored(self, waiting: list[Arrival]) -> bool:
        """False: to be stored again, all of them; what is stored already is known by its key."""
        outcomes = await asyncio.gather(*(self._store(*each) for each in waiting), return_exceptions=True)
        faults = [each for each in outcomes if isinstance(each, Exception)]
        for fault in faults:
            log.warning("A frame was not stored", extra={"action": "not_stored", "fault": type(fault).__name__})
        return not any(isinstance(fault, DatabaseFault | Overloaded) for fault in faults)

    async def _store(self, frame: Frame, at: datetime) -> None:
        incoming = to_incoming(frame, at)
        if incoming is None:
            raw = json.dumps(envelope(frame))
            await self._rim.receiver.keep_unread(PLATFORM, ONLY_WORKSPACE, unread_key(frame), raw)
        else:
            await self._rim.receiver.receive(json.dumps(without_secrets(frame)), incoming)

    async def examine(self) -> list[Finding]:
        """Connecting would push out a running bot, so the lease is asked for first."""
        try:
            mine = await asyncio.to_thread(self._turn.claim)
        except DatabaseRefused:
            mend = "Mend the database first: trying could cut a running bot's connection."
            return [Finding(False, "The AI bot was not tried: the database cannot say whether it runs.", mend)]
        if not mine:
            return [Finding(True, "The AI bot's connection is held by a running process.")]
        try:
            return [await self._tried()]
        finally:
            await self._turn.give_back()

    async def _tried(self) -> Finding:
        try:
            await self._wire.try_once()
        except Refused as refusal:
            return Finding(False, f"WeCom refuses the AI bot (errcode {refusal.errcode}).", MEND_SECRET)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            return Finding(False, f"WeCom's long connection does not answer ({type(fault).__name__}).", MEND_NETWORK)
        return Finding(True, "WeCom accepts the AI bot.")


def _log_refusal(refusal: Refused) -> None:
    if refusal.errcode == WRONG_SECRET:
        log.error("WECOM_BOT_ID or WECOM_BOT_SECRET is wrong", extra={"action": "refused"})
    else:
        log.warning("WeCom refused the AI bot", extra={"action": "refused", "code": refusal.errcode})


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
