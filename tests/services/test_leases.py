"""What a platform allows only once is held by one process at a time, and by another soon after the first died."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from models.connection import Lease
from models.db import Database
from services import leases

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FOR = timedelta(seconds=30)
NAME = "telegram:poller"


def take(database: Database, holder: str, seconds: float = 0, name: str = NAME) -> bool:
    with database.transaction() as session:
        return leases.take(session, name, holder, NOW + timedelta(seconds=seconds), FOR)


def give_back(database: Database, holder: str) -> None:
    with database.transaction() as session:
        leases.give_back(session, NAME, holder)


def test_the_second_waits_until_the_first_lets_go(database: Database) -> None:
    assert take(database, "one")
    assert not take(database, "two")
    give_back(database, "two")
    assert not take(database, "two")
    give_back(database, "one")
    assert take(database, "two")


def test_who_holds_it_holds_it_longer_by_asking_again(database: Database) -> None:
    assert take(database, "one")
    assert take(database, "one", 20)
    assert not take(database, "two", 40)
    assert take(database, "two", 50)
    assert not take(database, "one", 50)


def test_it_is_free_at_the_very_instant_it_runs_out_and_not_before(database: Database) -> None:
    assert take(database, "one")
    assert not take(database, "two", 29.9)
    assert take(database, "two", 30)


def test_leases_of_different_names_do_not_meet(database: Database) -> None:
    assert take(database, "one")
    assert take(database, "two", name="wecom:connection")


def test_of_many_that_ask_at_once_one_gets_it(database_url: str) -> None:
    processes = [Database(database_url) for _ in range(6)]
    try:
        for second in (0, 31, 62):
            with ThreadPoolExecutor(6) as pool:
                got = list(pool.map(take, processes, "abcdef", [second] * 6))
            assert got.count(True) == 1
    finally:
        for process in processes:
            process.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.booleans()), max_size=15))
def test_nobody_ever_gets_what_another_still_holds(database: Database, steps: list[tuple[str, int, bool]]) -> None:
    with database.transaction() as session:
        session.connection().execute(delete(Lease))
    held: tuple[str, float] | None = None
    second = 0
    for holder, pause, lets_go in steps:
        second += pause
        free = held is None or held[0] == holder or held[1] <= second
        assert take(database, holder, second) == free
        if free:
            held = (holder, second + FOR.total_seconds())
        if lets_go:
            give_back(database, holder)
            held = None if held and held[0] == holder else held
