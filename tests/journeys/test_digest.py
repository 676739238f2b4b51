"""The weekly digest: one message per team and ISO week, what moved, what stands in the way, nothing private."""

import pytest

from models.digests import Digest
from tests.world import World

FRIDAY = "2026-11-27 17:00"
NEXT_FRIDAY = "2026-12-04 17:00"
RIG = "new fix the rig @Bob Stone by Dec 5 measure zero red builds"
WALL = "new paint the wall @Bob Stone by Nov 25 measure two coats"


def digests(world: World) -> list[str]:
    return [post for post in world.posted() if post.startswith("Product · week")]


def test_the_digest_is_posted_on_its_hour_and_once_a_week(world: World) -> None:
    world.at("2026-11-27 16:59")
    assert digests(world) == []

    world.at(FRIDAY)
    world.tick()
    world.restart()
    world.tick()
    world.later(hours=48)
    assert [post.splitlines()[0] for post in digests(world)] == ["Product · week 2026-W48"]

    world.at(NEXT_FRIDAY)
    assert [post.splitlines()[0] for post in digests(world)] == ["Product · week 2026-W48", "Product · week 2026-W49"]
    assert [row["week"] for row in world.stored(Digest)[0]] == ["2026-W48", "2026-W49"]


def test_the_digest_shows_done_in_progress_and_behind_with_the_owners_words(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", WALL)
    world.says("Bob", "new oil the door @Bob Stone by Dec 9 measure no squeak")
    world.says("Bob", "#2 20% paint is out of stock")
    world.says("Bob", "#3 done")
    world.says("Bob", "#1 60% on track")
    world.at(FRIDAY)

    (post,) = digests(world)
    assert "Done 1 · in progress 1 · behind 1" in post
    behind = "Behind\n• #2 paint the wall: Bob Stone, 20 %, due Wed, Nov 25, 2026. \u201cpaint is out of stock\u201d"
    assert behind in post
    assert "Done this week\n• #3 oil the door: Bob Stone" in post
    assert "• Sat, Dec 5, 2026: #1 fix the rig" in post
    assert "• Mon, Nov 30, 2026: Weekly" in post
    assert post.index("Behind") < post.index("Done this week") < post.index("Next dates")


@pytest.mark.in_turn
def test_what_stands_in_the_way_is_shown_with_its_age(world: World) -> None:
    world.says("Bob", RIG)
    world.at("2026-11-25 09:00")
    world.says("Bob", "#1 blocked: no test rig")
    world.at(FRIDAY)

    assert "In the way\n• B1 #1 fix the rig: Bob Stone, for 2 days. \u201cno test rig\u201d" in digests(world)[0]


def test_the_second_digest_says_what_changed_since_the_first(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", WALL)
    world.at(FRIDAY)
    world.at("2026-12-01 10:00")
    world.says("Bob", "#1 done")
    world.says("Bob", "#2 done")
    world.at(NEXT_FRIDAY)

    first, second = digests(world)
    assert "(" not in first.splitlines()[1]
    assert "Done 2 (+2) · in progress 0 · behind 0 (-2)" in second


@pytest.mark.in_turn
def test_answers_are_counted_and_nobody_silent_is_named(world: World) -> None:
    world.at("2026-11-23 09:30")
    world.says("Li Lei", "moved the line")
    world.says("Li Lei", "nothing")
    world.at(FRIDAY)

    assert "check-in answers 1/4" in digests(world)[0]
    assert "Bob" not in digests(world)[0]


@pytest.mark.in_turn
def test_who_was_away_is_not_counted(world: World) -> None:
    world.says("Bob", "away until friday")
    world.at(FRIDAY)

    assert "check-in answers 0/2" in digests(world)[0]


@pytest.mark.in_turn
def test_thanks_of_the_week_are_shown_but_neither_private_nor_reversed_ones(world: World) -> None:
    for reason, choice in (("the demo", "Post"), ("the secret", "Private"), ("the mistake", "Post")):
        world.says("Grace", f"thanks @Bob Stone for {reason} #craft")
        world.presses("Grace", choice)
    world.presses("Grace", "Undo")
    world.at(FRIDAY)

    (post,) = digests(world)
    assert "Thanks of the week\n• Bob Stone: the demo #craft (Grace Park)" in post
    assert "the secret" not in post
    assert "the mistake" not in post


@pytest.mark.in_turn
def test_last_weeks_thanks_are_not_shown_again(world: World) -> None:
    world.says("Grace", "thanks @Bob Stone for the demo #craft")
    world.presses("Grace", "Post")
    world.at(NEXT_FRIDAY)

    first, second = digests(world)
    assert "the demo" in first
    assert "the demo" not in second


@pytest.mark.in_turn
def test_coaching_and_answers_stay_out_of_the_digest(world: World) -> None:
    world.says("Grace", "coach @Bob Stone talked about pacing")
    world.presses("Grace", "Both of us")
    world.at("2026-11-26 09:30")
    world.says("Bob", "a private matter")
    world.says("Bob", "nothing")
    world.at(FRIDAY)

    assert "pacing" not in digests(world)[0]
    assert "a private matter" not in digests(world)[0]


def test_asked_for_in_chat_it_shows_the_same_facts_and_posts_nothing(world: World) -> None:
    world.says("Bob", RIG)
    world.at("2026-11-27 16:59")
    world.says("Grace", "digest")
    shown = world.heard("Grace").split("\n\n", 1)[1]
    before = len(world.posted())
    world.at(FRIDAY)

    assert len(world.posted()) == before + 1
    assert shown.endswith(digests(world)[0])


@pytest.mark.in_turn
def test_a_team_reads_its_own_digest_and_no_other(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Otto", "digest")
    told = world.heard("Otto")
    world.at(FRIDAY)

    assert "Elsewhere · week 2026-W48" in told
    assert "rig" not in told
    assert world.posted("C0ELSE") == []


@pytest.mark.in_turn
def test_an_item_dropped_by_mistake_is_not_told_as_done(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", "undo")
    world.at(FRIDAY)

    assert "Done 0 · in progress 0 · behind 0" in digests(world)[0]
    assert "rig" not in digests(world)[0]
