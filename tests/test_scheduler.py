"""The metronome and the dispatcher with company: any number of processes on one database do everything once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, func, select

import scheduler
from handlers import dispatch
from models.check_ins import Response, Round
from models.db import Database
from models.digests import Digest
from models.ledger import ActionUpdate
from models.messages import Delivery, Incoming, Place
from models.organization import Person
from services import calendar, inbox, layout, programme, programme_file, workspaces
from tests.world import ORGANIZATION

MONDAY = calendar.instant(datetime(2026, 11, 23, tzinfo=UTC).date(), "09:30", "Asia/Shanghai")
PROCESSES = 4


@pytest.fixture
def processes(database_url: str) -> Iterator[list[Database]]:
    """Four processes' worth of connections to one applied programme."""
    databases = [Database(database_url) for _ in range(PROCESSES)]
    with databases[0].transaction() as session:
        programme.apply(session, programme_file.read(ORGANIZATION), MONDAY - timedelta(days=1))
        workspaces.connect(session, [("slack", "")])
    yield databases
    for database in databases:
        database.close()


def all_tick(processes: list[Database], now: datetime) -> None:
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda database: scheduler.tick(database, now), processes))


def promised(database: Database, prefix: str) -> int:
    with database.reading() as session:
        query = select(func.count()).select_from(Delivery).where(col(Delivery.dedupe_key).startswith(prefix))
        return session.exec(query).one()


def test_it_prompts_once_however_many_schedulers_run(processes: list[Database]) -> None:
    for _ in range(3):
        all_tick(processes, MONDAY)
    assert promised(processes[0], "prompt:") == 2
    with processes[0].reading() as session:
        assert len(session.exec(select(Round)).all()) == 1


def test_it_closes_and_posts_once_however_many_schedulers_run(processes: list[Database]) -> None:
    all_tick(processes, MONDAY)
    for _ in range(3):
        all_tick(processes, MONDAY + timedelta(hours=8))
    assert promised(processes[0], "round:") == 1
    assert promised(processes[0], "exceptions:") == 1


def test_it_posts_one_digest_a_week_however_many_schedulers_run(processes: list[Database]) -> None:
    friday = calendar.next_weekly(4, "17:00", "Asia/Shanghai", MONDAY)
    for moment in (friday, friday + timedelta(minutes=1), friday + timedelta(days=7)):
        all_tick(processes, moment)
    assert promised(processes[0], "digest:") == 2
    with processes[0].reading() as session:
        assert len(session.exec(select(Digest)).all()) == 2


def test_one_row_that_throws_is_set_aside_and_the_others_go_on(processes: list[Database]) -> None:
    """A person whose zone became unreadable, as an interrupted edit by hand might leave it."""
    database = processes[0]
    with database.transaction() as session:
        layout.plan_next(session, MONDAY - timedelta(hours=15))
        broken = session.exec(select(Response).order_by(col(Response.id))).first()
        assert broken is not None
        person_id = broken.person_id
        _break_zone(session, person_id)
    assert scheduler.tick(database, MONDAY)
    assert promised(database, "prompt:") == 1
    with database.reading() as session:
        rows = session.exec(select(Response)).all()
        set_aside = next(row for row in rows if row.person_id == person_id)
        assert (set_aside.state, set_aside.due_at) == ("planned", MONDAY + timedelta(hours=1))


def _break_zone(session: Session, person_id: int) -> None:
    session.execute(update(Person).where(col(Person.id) == person_id).values(time_zone="Nowhere/Land"))


def _says(number: int, text: str) -> Incoming:
    return Incoming(
        platform="slack",
        connection="",
        event_key=f"message:{number}",
        kind="text",
        sender="U0BOB",
        place=Place(kind="dm", id="U0BOB"),
        text=text,
        message_id=f"D1:{number}",
        sent_at=MONDAY,
    )


def test_one_persons_messages_are_read_in_order_by_however_many_dispatchers(processes: list[Database]) -> None:
    lines = ["new fix the rig @me by Dec 31 measure zero red builds", *(f"#1 {done}% step" for done in range(1, 40))]
    with processes[0].transaction() as session:
        heard = [_says(number, line) for number, line in enumerate(lines)]
        inbox.store(session, [inbox.row("slack", "", "{}", incoming, MONDAY) for incoming in heard])
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lambda database: _dispatch_all(database), processes))
    with processes[0].reading() as session:
        steps = session.exec(select(ActionUpdate).order_by(col(ActionUpdate.id))).all()
    assert [step.progress for step in steps] == [*range(1, 40)]


def _dispatch_all(database: Database) -> None:
    for _ in range(5):
        dispatch.run(database, MONDAY)
