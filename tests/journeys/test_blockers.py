"""A blocker in chat: raised in one line, taken on, told about, out of the way, taken back; in both languages."""

import pytest

from models.ledger import Action, Blocker
from tests.world import World

RIG = "new fix the rig @bob by Dec 5 measure zero red builds"
TAKEN_ON_IN_CHINESE = "B1 \u77e5\u9053\u4e86"
RESOLVED_IN_CHINESE = "B1 \u5df2\u89e3\u51b3"
BLOCKED_IN_CHINESE = "#1 \u53d7\u963b\uff1a\u6ca1\u6709\u6d4b\u8bd5\u53f0"


def state(world: World) -> str:
    return str(world.stored(Blocker)[0][0]["state"])


def item(world: World) -> str:
    return str(world.stored(Action)[0][0]["state"])


def test_a_blocker_is_taken_on_told_about_and_resolved_by_buttons(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", "#1 blocked: no test rig")
    world.heard("Bob")
    assert "B1 · something is in the way of Bob Stone (#1 fix the rig): no test rig" in world.heard("Grace")

    world.presses("Grace", "Acknowledge")
    assert "B1: you take care of it, and nobody is reminded any more. Bob Stone hears of it." in world.heard("Grace")
    assert world.heard("Bob") == "B1 (no test rig): Grace Park takes care of it."
    world.presses("Grace", "Update")
    assert "What is the news on B1?" in world.heard("Grace")
    world.says("Grace", "the part comes on Friday")
    assert "Grace Park says \u201cthe part comes on Friday\u201d" in world.heard("Bob")

    world.says("Grace", "B1")
    assert "Acknowledged by Grace Park." in world.heard("Grace")
    world.presses("Grace", "Resolve")
    assert "B1: resolved; #1 is in progress again." in world.heard("Grace")
    assert "Grace Park says it is resolved." in world.heard("Bob")
    assert (state(world), item(world)) == ("resolved", "in_progress")
    world.says("Grace", "B1 acknowledged")
    assert "B1 is resolved already, by Grace Park." in world.heard("Grace")

    world.says("Grace", "undo")
    assert (state(world), item(world)) == ("acknowledged", "blocked")
    assert "it is open again" in world.heard("Bob")


@pytest.mark.in_turn
def test_every_step_can_be_typed_in_chinese_too(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", BLOCKED_IN_CHINESE)
    world.says("Grace", "blockers")
    assert "\u2022 B1 #1 fix the rig: Bob Stone, since today, waiting" in world.heard("Grace")
    world.says("Grace", TAKEN_ON_IN_CHINESE)
    assert state(world) == "acknowledged"
    world.says("Grace", "undo")
    assert state(world) == "raised"
    world.says("Grace", "B1 we look for another one")
    assert state(world) == "acknowledged"
    world.says("Bob", RESOLVED_IN_CHINESE)
    assert (state(world), item(world)) == ("resolved", "in_progress")
    world.says("Bob", "blockers")
    assert "Nothing is in the way." in world.heard("Bob")


@pytest.mark.in_turn
def test_for_other_teams_there_is_no_such_blocker_and_team_mates_only_look(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", "#1 blocked: no test rig")
    before = world.stored(Blocker)
    for words in ("B1", "B1 resolved", "B7 resolved"):
        world.says("Otto", words)
        assert f"There is no blocker {words[:2]}" in world.heard("Otto")
    world.says("Olive", "B1 resolved")
    assert "B1 is moved by Bob Stone, whoever was asked, and the team's leads." in world.heard("Olive")
    world.says("Olive", "B1")
    assert "no test rig" in world.heard("Olive")
    world.says("Otto", "blockers")
    assert "Nothing is in the way." in world.heard("Otto")
    assert world.stored(Blocker) == before


@pytest.mark.in_turn
def test_of_several_the_lead_chooses_which_he_takes_on(world: World) -> None:
    world.at("2026-11-23 09:30")
    for who, words in (("Bob", "no crane"), ("Li Lei", "no steel")):
        world.says(who, "shipped the rig")
        world.says(who, words)
    world.at("2026-11-26 17:30")
    world.heard("Grace")
    world.presses("Grace", "Acknowledge")
    assert "Which one do you take on?" in world.heard("Grace")
    world.presses("Grace", "B2 \u674e\u96f7: no steel")
    assert [row["state"] for row in world.stored(Blocker)[0]] == ["raised", "acknowledged"]
