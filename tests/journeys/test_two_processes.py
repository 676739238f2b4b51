"""Two processes on one database, at work at the same instants: a day ends like with one, nothing lost or doubled."""

import asyncio
from datetime import datetime

import pytest

import scheduler
from bot.app import App
from bot.settings import Settings
from models.db import Database
from tests.journeys.test_outage import ONE_DAY, forget, play
from tests.world import World, stage


class TwoProcesses(World):
    """The second has its own connections to the database, its own sender and memory; the stage talks to both."""

    def _start(self) -> None:
        super()._start()
        settings = Settings.model_validate(self.stage.settings())
        self._second = Database(self.database.engine.url.render_as_string(hide_password=False))
        self.twin = App(settings, self._second, self.clock, playground=self.platform == "playground")
        self._twin_receives = self._loop.create_task(self.twin.receiver.run())
        self.entered = 0

    def settle(self) -> None:
        """Both at once, until neither finds anything; what people do next goes to the other one."""
        if not hasattr(self, "twin"):
            super().settle()
            return
        while self.run(self._both()):
            pass
        self.entered += 1
        self.stage.enter((self.app, self.twin)[self.entered % 2])

    def _play_until(self, moment: datetime) -> None:
        self.settle()
        while (upcoming := scheduler.next_due(self.database, self.clock.now())) and upcoming < moment:
            self.clock.move_to(upcoming)
            self.settle()
        self.clock.move_to(moment)
        self.settle()

    async def _both(self) -> bool:
        worked = await asyncio.gather(self.app.settle(), self.twin.settle())
        now = self.clock.now()
        ticks = [asyncio.to_thread(scheduler.tick, database, now) for database in (self.database, self._second)]
        return any([*worked, *await asyncio.gather(*ticks)])

    def close(self) -> None:
        self._twin_receives.cancel()
        self._loop.run_until_complete(asyncio.gather(self._twin_receives, return_exceptions=True))
        for link in self.twin.links:
            self.run(link.outbound.close())
        super().close()
        self._second.close()


@pytest.mark.everywhere
def test_a_day_served_by_two_processes_ends_like_one_served_by_one(platform: str, database: Database) -> None:
    with stage(platform, database, ONE_DAY) as world:
        alone = play(world)
    forget(database)
    two = TwoProcesses(platform, database, ONE_DAY)
    try:
        assert play(two) == alone
    finally:
        two.close()
