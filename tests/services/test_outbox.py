"""A message is promised once, claimed one per place and in order, and what fails is decided by a table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.db import Database
from models.messages import Delivery, Message, Place
from services import outbox
from services.limits import SEND_LEASE
from services.outbox import GIVE_UP_AFTER_ATTEMPTS, LONGEST_PAUSE, NextAttempt, SendError, next_attempt
from tests.bot.bench import Bench

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
LAST = GIVE_UP_AFTER_ATTEMPTS


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("error", "attempts", "expected"),
    [
        (SendError("x"), 1, NextAttempt("pending", after(2))),
        (SendError("x"), 2, NextAttempt("pending", after(4))),
        (SendError("x"), 5, NextAttempt("pending", after(32))),
        (SendError("x"), LAST - 1, NextAttempt("pending", NOW + LONGEST_PAUSE)),
        (SendError("x"), LAST, NextAttempt("failed", NOW)),
        (SendError("x", ambiguous=True), 1, NextAttempt("pending", after(2))),
        (SendError("x", ambiguous=True), LAST, NextAttempt("failed", NOW)),
        (SendError("x", permanent=True), 1, NextAttempt("failed", NOW)),
        (SendError("x", permanent=True, retry_after=5), 1, NextAttempt("failed", NOW)),
        (SendError("x", retry_after=30), 1, NextAttempt("pending", after(30))),
        (SendError("x", retry_after=0), 1, NextAttempt("pending", NOW)),
        (SendError("x", unknown=True), 2, NextAttempt("uncertain", NOW)),
        (SendError("x", retry_after=30), LAST + 50, NextAttempt("pending", after(30))),
    ],
)
def test_what_becomes_of_a_failed_send_is_decided_by_its_kind(
    error: SendError, attempts: int, expected: NextAttempt
) -> None:
    assert next_attempt(error, attempts, NOW) == expected


@given(st.integers(1, 10_000), st.booleans())
def test_a_pause_grows_and_never_goes_beyond_the_longest(attempts: int, ambiguous: bool) -> None:
    decision = next_attempt(SendError("x", ambiguous=ambiguous), attempts, NOW)
    assert NOW <= decision.due_at <= NOW + LONGEST_PAUSE
    assert decision.state == ("pending" if attempts < LAST else "failed")


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database, NOW)


def claim(bench: Bench, now: datetime = NOW) -> list[int]:
    with bench.database.transaction() as session:
        return [delivery.id for delivery in outbox.claim(session, now)]


def test_a_second_promise_under_the_same_key_is_no_promise(bench: Bench) -> None:
    first = bench.row(bench.promise("U0ANA", "hello"))
    to = outbox.Address(first.organization_id, "slack", "", Place(kind="dm", id="U0BOB"))
    with bench.database.transaction() as session:
        assert outbox.post(session, NOW, to, Message(markup="other"), first.dedupe_key) is None
        assert outbox.post(session, NOW, to, Message(markup="other"), "another") is not None
    assert [(row.place_id, row.message["markup"]) for row in bench.rows()] == [("U0ANA", "hello"), ("U0BOB", "other")]


def test_a_promise_that_is_rolled_back_was_never_made(bench: Bench) -> None:
    to = outbox.Address(bench.row(bench.promise("U0ANA")).organization_id, "slack", "", Place(kind="dm", id="U0BOB"))
    with bench.database.transaction() as session:
        outbox.post(session, NOW, to, Message(markup="x"), "k")
        session.rollback()
    assert len(bench.rows()) == 1


def test_the_oldest_of_each_place_is_claimed_and_its_place_waits(bench: Bench) -> None:
    first, _second = bench.promise("C0TEAM"), bench.promise("C0TEAM")
    other = bench.promise("U0ANA")
    assert claim(bench) == [first, other]
    assert claim(bench) == []


def test_a_thousand_waiting_in_one_place_leave_room_for_the_others(bench: Bench) -> None:
    bench.promise_many("C0BUSY", 1_000)
    others = [bench.promise(f"U0{number}") for number in range(10)]
    assert claim(bench)[1:] == others


def test_places_of_the_same_name_on_two_platforms_do_not_wait_for_each_other(bench: Bench) -> None:
    slack = bench.promise("U0ANA")
    bench.platform = "playground"
    assert claim(bench) == [slack]
    playground = bench.promise("U0ANA")
    assert claim(bench) == [playground]


def test_a_lease_that_ran_out_comes_back_in_doubt(bench: Bench) -> None:
    promised = bench.promise("U0ANA")
    assert claim(bench) == [promised]
    assert bench.row(promised).in_doubt is False
    assert claim(bench, NOW + SEND_LEASE - timedelta(seconds=1)) == []
    assert claim(bench, NOW + SEND_LEASE) == [promised]
    assert (bench.row(promised).in_doubt, bench.row(promised).attempts) == (True, 2)


def test_what_is_not_due_is_not_claimed(bench: Bench) -> None:
    promised = bench.promise("U0ANA")
    assert claim(bench, NOW - timedelta(seconds=1)) == []
    assert claim(bench) == [promised]


def test_what_is_worth_nothing_any_more_is_not_sent(bench: Bench) -> None:
    promised = bench.promise("U0ANA", expires_at=after(3), ticket="t")
    assert claim(bench, after(3)) == []
    assert (bench.row(promised).state, bench.row(promised).error) == ("failed", "expired")


def test_only_the_newest_change_of_a_message_is_sent(bench: Bench) -> None:
    original = bench.promise("C0TEAM", "one")
    changes = [bench.promise_edit(original, words) for words in ("two", "three", "four")]
    assert [bench.row(it).state for it in changes] == ["replaced", "replaced", "pending"]


def test_doubt_stays_until_the_message_is_sent(bench: Bench) -> None:
    promised = bench.promise("U0ANA")
    for error in (SendError("reset", ambiguous=True), SendError("busy", retry_after=0)):
        claim(bench, after(3600))
        with bench.database.transaction() as session:
            outbox.not_sent(session, promised, error, NOW)
        assert bench.row(promised).in_doubt
    with bench.database.transaction() as session:
        outbox.sent(session, promised, "U0ANA:1", after(1))
    row: Delivery = bench.row(promised)
    assert (row.state, row.external_id, row.error, row.lease_until) == ("sent", "U0ANA:1", "", None)
