"""The metronome: every tick it lets the due rows be dealt with. It remembers nothing; the due times are columns."""

import logging
from collections.abc import Callable
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler
from sqlmodel import Session

from models.db import Database, DatabaseFault
from services import agendas, blockers, digests, due, layout, mornings, reactions, reflections, retention, rounds

log = logging.getLogger(__name__)
TICK_SECONDS = 1
STEPS: tuple[Callable[[Session, datetime], int], ...] = (
    layout.plan_next,
    rounds.prompt_next,
    rounds.remind_next,
    rounds.close_next,
    rounds.publish_next,
    digests.post_next,
    blockers.look_next,
    reactions.ask_next,
    agendas.step_next,
    mornings.tell_next,
    reflections.ask_next,
    retention.prune_next,
)


def tick(database: Database, now: datetime) -> bool:
    """Deal with everything due by now, a batch and a commit at a time. Returns whether there was anything."""
    with database.reading() as session:
        if not due.anything(session, now):
            return False
    return any([_run(database, step, now) for step in STEPS])


def _run(database: Database, step: Callable[[Session, datetime], int], now: datetime) -> bool:
    """One step failing as a whole must not stop the next."""
    worked = False
    try:
        while _once(database, step, now):
            worked = True
    except DatabaseFault:
        log.warning("The database is busy or gone; the next tick tries again", extra={"action": "tick_postponed"})
    except Exception:
        log.exception("A step of the clock failed", extra={"action": "step_failed", "step": step.__name__})
    return worked


def _once(database: Database, step: Callable[[Session, datetime], int], now: datetime) -> int:
    with database.transaction() as session:
        return step(session, now)


def next_due(database: Database, now: datetime) -> datetime | None:
    """The next instant (UTC) after now at which a tick will find something."""
    with database.reading() as session:
        return due.next_instant(session, now)


def start(database: Database, now: Callable[[], datetime], on_work: Callable[[], None]) -> BackgroundScheduler:
    """Tick for ever in a thread of its own. APScheduler keeps time and nothing else: a late tick is never dropped."""

    def beat() -> None:
        if tick(database, now()):
            on_work()

    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(beat, "interval", seconds=TICK_SECONDS, misfire_grace_time=None, coalesce=True, max_instances=1)
    scheduler.start()
    return scheduler
