"""One message in flight for each place, in the order they were promised, and never blindly twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.platform import Profile
from bot.sender import Sender
from models.db import Database
from models.messages import Delivery
from services import outbox
from services.limits import SEND_LEASE
from services.outbox import SendError
from tests.bot.bench import Bench

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


class Post:
    """The network's edge: notes what arrives where, and does what a test tells it to."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.asked: list[int] = []
        self.in_flight: dict[str, int] = {}
        self.most_in_flight: dict[str, int] = {}
        self.failing: dict[str, list[Exception]] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.known: dict[int, str] = {}
        self.came = asyncio.Event()

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        place, words = delivery.place_id, str(delivery.message["markup"])
        self.in_flight[place] = self.in_flight.get(place, 0) + 1
        self.most_in_flight[place] = max(self.most_in_flight.get(place, 0), self.in_flight[place])
        try:
            if place in self.held:
                await self.held[place].wait()
            await asyncio.sleep(0)
            if self.failing.get(words):
                raise self.failing[words].pop(0)
        finally:
            self.in_flight[place] -= 1
        self.arrived.append((place, words))
        self.came.set()
        return original.external_id if original else f"{place}:{len(self.arrived)}"

    async def find(self, delivery: Delivery) -> str | None:
        self.asked.append(delivery.id)
        return self.known.get(delivery.id)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        return Profile()

    async def close(self) -> None: ...

    def at(self, place: str) -> list[str]:
        return [words for where, words in self.arrived if where == place]


class Hands:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database, NOW)


@pytest.fixture
def sender(database: Database, clock: Hands, post: Post) -> Sender:
    return Sender(database, clock, {"slack": post})


async def test_each_place_gets_its_messages_one_by_one_and_in_order(bench: Bench, sender: Sender, post: Post) -> None:
    for number in range(6):
        for place in ("U0ANA", "U0BOB", "C0TEAM"):
            bench.promise(place, f"{number}")
    assert await sender.drain() is True
    for place in ("U0ANA", "U0BOB", "C0TEAM"):
        assert post.at(place) == [f"{number}" for number in range(6)]
    assert set(post.most_in_flight.values()) == {1}
    assert await sender.drain() is False


async def test_a_place_with_a_thousand_waiting_holds_up_no_other(bench: Bench, sender: Sender, post: Post) -> None:
    bench.promise_many("C0BUSY", 1_000)
    bench.promise("U0ANA", "for you")
    post.held["C0BUSY"] = asyncio.Event()
    draining = asyncio.create_task(sender.drain())
    async with asyncio.timeout(20):
        await post.came.wait()
    assert post.arrived == [("U0ANA", "for you")]
    draining.cancel()
    post.held["C0BUSY"].set()
    await asyncio.gather(draining, return_exceptions=True)


async def test_a_place_that_stalls_holds_up_nobody_who_is_promised_something_later(
    bench: Bench, sender: Sender, post: Post
) -> None:
    bench.promise("C0SLOW", "slow")
    post.held["C0SLOW"] = asyncio.Event()
    draining = asyncio.create_task(sender.drain())
    await asyncio.sleep(0)
    bench.promise("U0ANA", "for you")
    async with asyncio.timeout(20):
        await post.came.wait()
    assert post.arrived == [("U0ANA", "for you")]
    post.held["C0SLOW"].set()
    await draining
    assert post.at("C0SLOW") == ["slow"]


async def test_a_place_that_was_told_to_wait_keeps_its_order(
    bench: Bench, sender: Sender, post: Post, clock: Hands
) -> None:
    for words in ("first", "second", "third"):
        bench.promise("C0TEAM", words)
    post.failing["first"] = [SendError("ratelimited", retry_after=30)]
    await sender.drain()
    clock.now += timedelta(seconds=31)
    await sender.drain()
    assert post.at("C0TEAM") == ["first", "second", "third"]


async def test_a_message_that_fails_for_good_lets_the_next_pass(bench: Bench, sender: Sender, post: Post) -> None:
    lost, fine = bench.promise("C0TEAM", "lost"), bench.promise("C0TEAM", "fine")
    post.failing["lost"] = [SendError("is_archived", permanent=True)]
    await sender.drain()
    assert (bench.row(lost).state, bench.row(fine).state) == ("failed", "sent")


async def test_what_was_in_flight_when_a_process_died_is_looked_up_first(
    bench: Bench, database: Database, sender: Sender, post: Post, clock: Hands
) -> None:
    arrived, lost = bench.promise("U0ANA", "arrived"), bench.promise("U0BOB", "lost")
    with database.transaction() as session:
        assert {it.id for it in outbox.claim(session, NOW)} == {arrived, lost}
    post.known[arrived] = "U0ANA:77"
    assert await sender.drain() is False, "the lease still holds"
    clock.now += SEND_LEASE
    await sender.drain()
    assert sorted(post.asked) == [arrived, lost]
    assert post.arrived == [("U0BOB", "lost")]
    assert (bench.row(arrived).state, bench.row(arrived).external_id) == ("sent", "U0ANA:77")


async def test_a_fresh_message_is_not_looked_up(bench: Bench, sender: Sender, post: Post) -> None:
    bench.promise("U0ANA", "fresh")
    await sender.drain()
    assert (post.asked, post.at("U0ANA")) == ([], ["fresh"])


async def test_a_lookup_that_fails_leaves_the_message_in_doubt(
    bench: Bench, sender: Sender, post: Post, clock: Hands
) -> None:
    promised = bench.promise("U0ANA", "hello")
    post.failing["hello"] = [SendError("reset", ambiguous=True), SendError("ratelimited", retry_after=1)]
    await sender.drain()
    clock.now += timedelta(minutes=1)
    await sender.drain()
    row = bench.row(promised)
    assert (row.state, row.in_doubt, post.asked) == ("pending", True, [promised])


async def test_a_bug_while_sending_is_taken_for_a_send_that_may_have_arrived(
    bench: Bench, sender: Sender, post: Post, clock: Hands
) -> None:
    promised = bench.promise("U0ANA", "hello")
    post.failing["hello"] = [ZeroDivisionError()]
    await sender.drain()
    assert (bench.row(promised).error, bench.row(promised).in_doubt) == ("bug", True)
    clock.now += timedelta(minutes=1)
    await sender.drain()
    assert (post.asked, post.at("U0ANA")) == ([promised], ["hello"])


async def test_an_edit_waits_for_its_message(bench: Bench, sender: Sender, post: Post, clock: Hands) -> None:
    original = bench.promise("C0TEAM", "before")
    edit = bench.promise_edit(original, "after")
    post.failing["before"] = [SendError("ratelimited", retry_after=5)]
    await sender.drain()
    assert (post.arrived, bench.row(edit).state) == ([], "pending")
    clock.now += timedelta(seconds=6)
    await sender.drain()
    clock.now += timedelta(seconds=6)
    await sender.drain()
    assert post.at("C0TEAM") == ["before", "after"]
    assert bench.row(edit).external_id == bench.row(original).external_id


async def test_an_edit_of_a_message_that_will_never_be_there_is_given_up(
    bench: Bench, sender: Sender, post: Post, clock: Hands
) -> None:
    original = bench.promise("C0TEAM", "before")
    edit = bench.promise_edit(original, "after")
    post.failing["before"] = [SendError("is_archived", permanent=True)]
    await sender.drain()
    clock.now += timedelta(minutes=1)
    await sender.drain()
    assert (bench.row(edit).state, bench.row(edit).error) == ("failed", "original_not_sent")


async def test_a_platform_that_is_not_connected_keeps_its_messages(
    bench: Bench, database: Database, clock: Hands
) -> None:
    promised = bench.promise("U0ANA")
    await Sender(database, clock, {}).drain()
    row = bench.row(promised)
    assert (row.state, row.due_at, row.error) == ("pending", NOW + timedelta(minutes=1), "platform_not_connected")


async def test_two_processes_share_the_work_and_send_everything_once(
    bench: Bench, database: Database, database_url: str, clock: Hands, post: Post
) -> None:
    places = [f"C0TEAM{number}" for number in range(6)]
    for number in range(5):
        for place in places:
            bench.promise(place, f"{number}")
    other = Database(database_url)
    senders = [Sender(each, clock, {"slack": post}) for each in (database, other)]
    while any(await asyncio.gather(*(sender.drain() for sender in senders))):
        pass
    other.close()
    for place in places:
        assert post.at(place) == [f"{number}" for number in range(5)]
    assert set(post.most_in_flight.values()) == {1}
