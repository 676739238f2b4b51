"""The composition root: everything is put together here, and here alone the clock is handed out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import scheduler
from bot import feeds, health, profiles
from bot.clock import Clock
from bot.headers import StrictHeaders
from bot.links import connect
from bot.platform import Link, Outbound, Rim
from bot.receiver import Receiver
from bot.sender import Sender
from bot.settings import Settings
from handlers import dispatch
from models.db import Database, DatabaseFault
from services import outbox, workspaces
from services.vault import Sealer

log = logging.getLogger(__name__)
IDLE_SECONDS = 1.0
LINK_PAUSE_SECONDS = 5.0
LOOPBACK = ["127.0.0.1", "localhost", "[::1]", "::1"]


class App:
    """One process: web, dispatcher, metronome and sender around one database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, playground: bool = False) -> None:
        self.database = database
        self.clock = clock
        self._bells: list[asyncio.Event] = []
        self._reading, self._sending = asyncio.Lock(), asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.receiver = Receiver(database, clock.now, self.poke)
        self.rim = Rim(database, self.receiver, clock.now)
        self.links = self._links(settings, playground)
        self.sealer = Sealer(settings.secret_key.get_secret_value()) if settings.secret_key else None
        self.calendars = feeds.Reader(database, self.sealer, settings.calendar_networks, clock.now)
        self.sender = Sender(database, clock.now, self._outbounds())
        self.web = Starlette(
            routes=[*health.routes(database), *(route for link in self.links for route in link.routes)],
            middleware=_middleware(playground),
            lifespan=self._lifespan,
        )

    def _links(self, settings: Settings, playground: bool) -> list[Link]:
        links = [connect(platform, settings, self.rim) for platform in settings.platforms()]
        if playground:
            from bot.playground.link import PlaygroundLink

            links.append(PlaygroundLink(self.database, self.receiver, self.clock.now, self.play_until))
        return links

    def _outbounds(self) -> dict[str, Outbound]:
        return {link.platform: link.outbound for link in self.links}

    def poke(self) -> None:
        """There may be work: called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    @asynccontextmanager
    async def _lifespan(self, _web: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._take_over)
        metronome = scheduler.start(self.database, self.clock.now, self.poke)
        tasks = [
            asyncio.create_task(self.receiver.run()),
            asyncio.create_task(self._for_ever(self._read)),
            asyncio.create_task(self._for_ever(self._send)),
            asyncio.create_task(self._for_ever(self._learn_profiles)),
            asyncio.create_task(self._for_ever(self.calendars.read_next)),
            *(asyncio.create_task(_keep_running(link)) for link in self.links),
        ]
        try:
            yield
        finally:
            await self._stop(metronome, tasks)

    def _take_over(self) -> None:
        self._connect()
        if self.database.is_sqlite:
            with self.database.transaction() as session:
                outbox.take_over(session, self.clock.now())

    def _connect(self) -> None:
        places = {(link.platform, workspace) for link in self.links for workspace in link.workspaces()}
        with self.database.reading() as session:
            connected = workspaces.are_connected(session, places)
        if not connected:
            with self.database.transaction() as session:
                workspaces.connect(session, places)

    async def _stop(self, metronome: BackgroundScheduler, tasks: list[asyncio.Task[None]]) -> None:
        """What is in hand is finished: a claimed row not sent would have to be looked up by the next process."""
        await asyncio.to_thread(metronome.shutdown)
        async with self._reading, self._sending:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for link in self.links:
            await link.outbound.close()

    async def _for_ever(self, work: Callable[[], Awaitable[bool]]) -> None:
        bell = asyncio.Event()
        self._bells.append(bell)
        while True:
            try:
                await work()
            except DatabaseFault:
                log.warning("The database is busy or gone; tried again soon", extra={"action": "work_postponed"})
            except Exception:
                log.exception("Work failed and is tried again", extra={"action": "work_failed"})
            await _rest(bell)

    async def settle(self) -> bool:
        """Read everything that arrived and send everything that is due."""
        worked = False
        while await self._read() or await self._send():
            worked = True
        return worked

    async def _read(self) -> bool:
        worked = False
        async with self._reading:
            while await asyncio.to_thread(dispatch.run, self.database, self.clock.now(), self.sealer):
                worked = True
        if worked:
            self._ring()
        return worked

    async def _send(self) -> bool:
        async with self._sending:
            worked = await self.sender.drain()
        if worked:
            await self._show()
        return worked

    async def _show(self) -> None:
        for link in self.links:
            changed: Callable[[], Awaitable[None]] | None = getattr(link, "changed", None)
            if changed is not None:
                await changed()

    async def _learn_profiles(self) -> bool:
        await asyncio.to_thread(self._connect)
        return await profiles.learn_next(self.database, self._outbounds(), self.clock.now())

    async def play_until(self, target: datetime) -> None:
        """Playground: go through every due instant up to `target`, as if the time had passed."""
        await self.settle()
        while True:
            upcoming = await asyncio.to_thread(scheduler.next_due, self.database, self.clock.now())
            self.clock.move_to(min(upcoming or target, target))
            while await asyncio.to_thread(scheduler.tick, self.database, self.clock.now()):
                pass
            await self.settle()
            if upcoming is None or upcoming >= target:
                return


async def _keep_running(link: Link) -> None:
    """A connection that breaks is made again, for as long as the process lives."""
    while True:
        try:
            await link.run()
            return
        except Exception:
            log.exception("A connection broke and is made again", extra={"action": "link_broke", "link": link.platform})
            await asyncio.sleep(LINK_PAUSE_SECONDS)


async def _rest(bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            await bell.wait()
        bell.clear()
    except TimeoutError:
        pass


def _middleware(playground: bool) -> list[Middleware]:
    """The playground has no password, so it answers only to a browser that asked for this very machine."""
    headers = Middleware(StrictHeaders)
    return [Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK), headers] if playground else [headers]
