"""What goes wrong while answering ends well: restarts, a hundred edits, a window not open yet, a form half filled."""

import pytest

from models.messages import Delivery
from tests.journeys.asking import asking
from tests.journeys.test_answering import ASKED, CLOSED, KINDS
from tests.world import IDS, World


@pytest.mark.in_turn
@pytest.mark.needs("edits")
def test_a_hundred_edits_in_a_minute_end_in_one_summary_and_no_flood(world: World) -> None:
    world.at(ASKED)
    first = world.says("Bob", "version 0")
    world.says("Bob", "nothing")
    world.at(CLOSED)
    world.heard("Bob")
    before = len(world.stored(Delivery)[0])

    for version in range(1, 101):
        world.run(world.stage.edits(IDS["Bob"], first, f"version {version}"))
        if version % 10 == 0:
            world.waits(seconds=5)
            world.settle()
    world.later(minutes=2)

    assert len(world.posted()) == 1
    assert "What moved this week? version 100" in world.posted()[0]
    assert world.heard("Bob") == "Changed: version 100"
    fresh = world.stored(Delivery)[0][before:]
    posts = [row for row in fresh if row["place_kind"] == "channel" and row["state"] == "sent"]
    assert len(posts) <= 4  # the first change at once, the last after a minute, with the line of the day over them


@pytest.mark.in_turn
def test_drafts_of_every_kind_survive_a_restart(world: World) -> None:
    world.apply(asking(*KINDS))
    world.at(ASKED)
    for said in ("office", "5", "a tester"):
        world.says("Bob", said)
    world.restart()
    for said in ("12", "no"):
        world.says("Bob", said)
    world.restart()
    world.heard("Bob")
    world.says("Bob", "report")
    assert "6/6 How are you?" in world.heard("Bob")
    world.says("Bob", "back")
    asked = world.heard("Bob")
    assert "5/6 On track?\nSo far: No" in asked
    world.presses("Bob", "Keep it")
    world.says("Bob", "3")

    receipt = world.heard("Bob")
    for line in ("Office", "5/5", "a tester", "12 h", "No", "Okay"):
        assert line in receipt


@pytest.mark.in_turn
def test_answers_given_before_the_hour_are_asked_no_more(world: World) -> None:
    world.says("Bob", "report")
    assert "1/2 What moved this week?" in world.heard("Bob")
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    assert "17:30 (Asia/Shanghai)" in world.heard("Bob")
    world.at(ASKED)
    assert world.heard("Bob") == ""
    world.at(CLOSED)
    assert "What moved this week? shipped the rig" in world.posted()[-1]


@pytest.mark.in_turn
@pytest.mark.needs("edits")
def test_a_corrected_message_about_an_item_moves_the_item_it_was_asked_about(world: World) -> None:
    world.says("Bob", "new fix the rig @me by 2026-12-18 measure it stands")
    world.apply(asking("{ask: {en: Where does it stand?}, kind: action_status}", "{ask: {en: Anything else?}}"))
    world.at(ASKED)
    said = world.says("Bob", "60% waiting for the part")
    world.edits("Bob", said, "70% waiting for the part")
    world.heard("Bob")
    world.says("Bob", "#1")
    assert "70 %" in world.heard("Bob")
