"""The same promises on every platform: what arrives is never lost nor done twice, and what is sent arrives once.

Where a platform makes it impossible to know whether a message arrived, it is not sent again, and the outbox says so.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import col, select

from models.db import Database
from models.messages import Delivery, Message, Receipt
from models.organization import Identity, Person
from services import announcements, people
from tests.bot.bench import broken
from tests.bot.wire import Wire
from tests.world import World, stage

PAIRS = (("slack", "postgres"), ("telegram", "sqlite"), ("wecom", "sqlite"))
"""A platform knows no engine and an engine no platform: each of both is there."""
pytestmark = pytest.mark.parametrize(("platform", "database_url"), PAIRS, indirect=True)
SENDING = {"slack": "chat.postMessage", "telegram": "sendMessage", "wecom": "message/send"}
BUSY: dict[str, Any] = {"slack": 429, "telegram": 429, "wecom": 45009}
BROKEN: dict[str, Any] = {"slack": 500, "telegram": 500, "wecom": "http_500"}
TELLS_NOBODY = ("telegram",)
"""Neither a history to read nor a key against doubles: a send cut off in the middle stays unknown."""
SURELY_NOT_SENT = ("busy", "refused")


@pytest.fixture
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, peopled=True) as world:
        world.stage.fake.clock = lambda: world.clock.now().timestamp()
        yield world


@pytest.fixture
def wire(world: World) -> Wire:
    """Between the platform and the bot: keeps every request, so that it can come again."""
    wire = Wire(world.app.web)
    world.app.web = wire  # type: ignore[assignment]
    clock = world.stage.fake.clock
    world.stage.fake.clock = time.time  # people on Slack sign their requests at the hour the real clock shows
    world.stage.enter(world.app)
    world.stage.fake.clock = clock
    return wire


def break_sending(world: World, how: Any, count: int = 1) -> None:
    world.stage.fake.fail(SENDING[world.platform], how=how, times=count)


def mend_sending(world: World) -> None:
    faults = world.stage.fake.faults if world.platform == "telegram" else world.stage.fake._faults
    faults.clear()


def shut_out_bob(world: World) -> None:
    """On each platform in its own way; the bot learns of it only when it writes to him."""
    fake = world.stage.fake
    if world.platform == "slack":
        fake.people["U0BOB"].deleted = True
    elif world.platform == "telegram":
        fake.people[5001003].blocked = True
    else:
        fake.members["u0bob"].visible = False


def change_the_key(world: World, old: str = "") -> str:
    """The platform takes the bot's key no more, or (given the old one) takes it again. Returns the old one."""
    fake = world.stage.fake
    if world.platform == "slack":
        fake.revoked = not old
        return "revoked"
    name = "token" if world.platform == "telegram" else "secret"
    before = str(getattr(fake, name))
    setattr(fake, name, old or f"{before[:-3]}xxx")
    if world.platform == "wecom":
        fake.kill_token()
    return before


def deliveries(world: World, state: str) -> list[Delivery]:
    with world.database.reading() as session:
        return list(session.exec(select(Delivery).where(Delivery.state == state).order_by(col(Delivery.id))).all())


# --- what arrives


def test_an_event_that_comes_again_and_again_is_done_once(world: World, wire: Wire) -> None:
    world.says("Bob", "new fix the rig @me by Dec 5 measure zero red builds")
    for _ in range(3):
        assert set(world.run(wire.again())) == {200}
        world.settle()
    assert "".join(world.chat("Bob")).count("Added #") == 1


def test_what_cannot_be_stored_is_not_acknowledged_and_is_read_when_it_comes_again(world: World, wire: Wire) -> None:
    wire.holds = True
    world.says("Bob", "help")
    wire.holds = False
    with broken(world.database):
        assert all(status >= 500 for status in world.run(wire.again()))
    assert world.chat("Bob") == []
    assert world.run(wire.again()) == [200]
    world.settle()
    assert len(world.chat("Bob")) == 1


def test_what_was_acknowledged_is_answered_by_the_next_process(world: World) -> None:
    world.run(world.stage.says("U0BOB", "help"))
    world.restart()
    assert len(world.chat("Bob")) == 1


def test_a_forged_button_changes_nothing_and_is_told_so(world: World) -> None:
    world.says("Bob", "new fix the rig @me by Dec 5 measure zero red builds")
    world.heard("Bob")
    before = world.stored(Receipt)
    world.forges_press("Bob", "v1:undo:999999", "Bob")
    world.forges_press("Bob", "v1:choose:1:77", "Bob")
    world.forges_press("Bob", "' OR 1=1 --", "Bob")
    assert len(world.stored(Receipt)[0]) == len(before[0]) + 3
    assert "fix the rig" in "".join(world.chat("Bob"))


# --- what is sent


@pytest.mark.parametrize("how", ["busy", "broken", "reset_before", "reset_after"])
def test_a_message_arrives_once_whatever_the_network_does(world: World, how: str) -> None:
    """Once; or, where nobody can tell whether a cut-off send arrived, at most once and never silently."""
    break_sending(world, {"busy": BUSY, "broken": BROKEN}.get(how, {}).get(world.platform, how))
    world.says("Bob", "help")
    for _ in range(4):
        world.later(minutes=2)
    arrived = len(world.chat("Bob"))
    if world.platform in TELLS_NOBODY and how not in SURELY_NOT_SENT:
        assert arrived == (1 if how == "reset_after" else 0)
        assert len(deliveries(world, "uncertain")) == 1
    else:
        assert arrived == 1
        assert len(deliveries(world, "sent")) == 1


def test_a_platform_that_asks_for_patience_gets_it_and_nothing_is_overtaken(world: World) -> None:
    break_sending(world, BUSY[world.platform], count=2)
    for text in ("help", "mine", "board"):
        world.says("Bob", text)
    assert world.chat("Bob") == []
    for _ in range(4):
        world.later(minutes=2)
    assert [row.state for row in sorted(deliveries(world, "sent"), key=lambda row: row.id)] == ["sent"] * 3
    assert len(world.chat("Bob")) == 3


def test_an_hour_without_the_platform_loses_nothing_and_keeps_the_order(world: World) -> None:
    break_sending(world, BUSY[world.platform], count=1000)
    for number in (1, 2, 3):
        world.says("Bob", f"new fix rig{number} @me by Dec 5 measure zero red builds")
    world.later(hours=1)
    mend_sending(world)
    for _ in range(4):
        world.later(minutes=31)
    said = "\n".join(world.chat("Bob"))
    assert [said.count(f"fix rig{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert said.index("rig1") < said.index("rig2") < said.index("rig3")


def test_the_longest_message_arrives_whole(world: World) -> None:
    words = [f"word{number}" for number in range(1, 1501)]
    with world.database.transaction() as session:
        bob = people.named(session, 1, "Bob Stone")[0]
        announcements.tell(session, world.clock.now(), bob, Message(markup=" ".join(words)), "the longest")
    world.settle()
    world.later(minutes=2)
    assert " ".join(world.chat("Bob")).split() == words


# --- people and keys


def test_who_cannot_be_written_to_is_known_and_his_lead_is_told_once(world: World) -> None:
    shut_out_bob(world)
    for moment in ("2026-11-23 09:30", "2026-11-23 16:30", "2026-11-26 09:30"):
        world.at(moment)
    told = [text for text in world.chat("Grace") if "Bob Stone" in text and "cannot be reached" in text]
    assert len(told) == 1
    with world.database.reading() as session:
        lost = select(Identity).where(Identity.platform == world.platform, col(Identity.reach_at).is_not(None))
        (account,) = session.exec(lost.where(Identity.reach != "reachable")).all()
        assert session.get_one(Person, account.person_id).name == "Bob Stone"


def test_messages_wait_for_a_mended_key_and_arrive_then(world: World) -> None:
    key = change_the_key(world)
    world.says("Bob", "help")
    assert deliveries(world, "failed") == []
    change_the_key(world, key)
    world.later(minutes=6)
    assert len(world.chat("Bob")) == 1
