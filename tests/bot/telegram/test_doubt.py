"""Where Telegram leaves it in doubt whether a message arrived: no post comes twice, every change comes in the end."""

from collections.abc import Iterator

import pytest

from models.db import Database
from models.messages import Delivery
from tests.world import World, stage


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with stage("telegram", database) as world:
        yield world


def states(world: World) -> list[str]:
    return [row["state"] for row in world.stored(Delivery)[0]]


@pytest.mark.parametrize("how", ["reset_after", "500"])
def test_a_doubtful_post_is_not_sent_again_and_holds_nothing_up(world: World, how: str) -> None:
    world.stage.fake.fail("sendMessage", how)
    world.says("Bob", "help")
    world.later(minutes=1)
    world.says("Bob", "mine")

    assert states(world) == ["uncertain", "sent"]
    assert world.chat("Bob")[-1].startswith("Your items")
    assert len(world.stage.fake.called("sendMessage")) == 2


def test_what_surely_never_left_is_sent_again(world: World) -> None:
    world.stage.fake.fail("sendMessage", "429", retry_after=7)
    world.says("Bob", "help")
    world.later(seconds=6)
    assert world.chat("Bob") == []
    world.later(seconds=2)

    assert states(world) == ["sent"]
    assert len(world.chat("Bob")) == 1


def test_a_doubtful_change_is_repeated(world: World) -> None:
    world.at("2026-11-23 09:30")
    message = world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at("2026-11-23 17:30")
    world.stage.fake.fail("editMessageText", "reset_after")
    world.edits("Bob", message, "shipped both rigs")
    world.later(minutes=1)

    assert "shipped both rigs" in world.posted()[0]
    assert len(world.stage.fake.called("editMessageText")) == 2
    assert "uncertain" not in states(world)
