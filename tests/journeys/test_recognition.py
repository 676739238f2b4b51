"""Thanks: a reason, a look at what is about to be posted, one post, and a day to take it back."""

import pytest

from models.recognition import Recognition
from tests.world import World

pytestmark = pytest.mark.in_turn

THANKS = "thanks @Bob Stone for chasing the supplier #craft"


def test_the_giver_sees_what_is_about_to_be_posted_before_it_is(world: World) -> None:
    world.says("Grace", THANKS)

    told = world.heard("Grace")
    assert told == "This is about to be posted in Product:\nBob Stone: chasing the supplier #craft"
    assert world.posted() == []
    assert world.stored(Recognition) == [[]]


def test_thanks_are_posted_once_with_who_why_and_which_value(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Post")

    name = {"slack": "@U0BOB", "wecom": "Bob Stone"}.get(world.platform, "@Bob Stone")
    assert world.posted() == [f"\U0001f44f {name}\nchasing the supplier #craft\nThanks from Grace Park"]
    assert "Posted in Product. You can take it back until Tue, Nov 24, 2026 08:00 (Asia/Shanghai)." in world.heard(
        "Grace"
    )


def test_two_people_are_thanked_in_one_post(world: World) -> None:
    world.says("Grace", "thanks @Bob Stone @\u674e\u96f7 for the night shift")
    world.presses("Grace", "Post")

    assert len(world.posted()) == 1
    called = {"slack": "@U0BOB, @U0LILEI", "wecom": "Bob Stone, \u674e\u96f7"}
    both = called.get(world.platform, "@Bob Stone, @\u674e\u96f7")
    assert both in world.posted()[0]


def test_without_a_reason_nothing_is_posted_but_asked(world: World) -> None:
    world.says("Grace", "thanks @Bob Stone")
    assert "What did Bob Stone do?" in world.heard("Grace")
    world.says("Grace", "chasing the supplier")
    assert "about to be posted" in world.heard("Grace")
    world.says("Grace", "post")

    assert "chasing the supplier" in world.posted()[0]


def test_the_words_can_be_changed_before_they_are_posted(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Edit")
    world.says("Grace", "chasing both suppliers")
    world.presses("Grace", "Post")

    assert len(world.posted()) == 1
    assert "chasing both suppliers #craft" in world.posted()[0]


def test_private_thanks_are_read_by_the_person_alone(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Private")

    assert "Grace Park thanks you: chasing the supplier #craft" in world.heard("Bob")
    assert "Told Bob Stone in private." in world.heard("Grace")
    world.at("2026-11-27 17:00")
    assert "chasing the supplier" not in "\n".join(world.posted())


def test_cancelled_thanks_reach_nobody(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Cancel")

    assert world.posted() == []
    assert world.heard("Bob") == ""
    assert world.stored(Recognition) == [[]]


@pytest.mark.needs("edits")
def test_thanks_taken_back_within_a_day_say_so_in_place_and_to_the_person(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Post")
    world.heard("Bob")
    world.later(hours=23)
    world.presses("Grace", "Undo")

    assert world.posted()[0] == "Grace Park took this thank-you back."
    assert "Grace Park took back a thank-you that named you." in world.heard("Bob")
    world.says("Bob", "mine")
    assert "chasing" not in world.heard("Bob")


def test_after_a_day_thanks_stand(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Post")
    world.later(hours=25)
    world.presses("Grace", "Undo")

    assert "chasing the supplier" in world.posted()[0]
    assert "nothing of yours from the last 24 hours" in world.heard("Grace")


def test_nobody_thanks_himself(world: World) -> None:
    world.says("Bob", THANKS)

    assert "Thanks go to others" in world.heard("Bob")
    assert world.stored(Recognition) == [[]]


def test_who_thanks_himself_among_others_thanks_the_others(world: World) -> None:
    world.says("Bob", "thanks @Bob Stone @Grace Park for the night shift")

    assert "Product:\nGrace Park: the night shift" in world.heard("Bob")


def test_thanks_go_to_people_of_a_shared_team(world: World) -> None:
    world.says("Bob", "thanks @Otto Other for lending the rig")

    assert "share no team, so nothing was saved" in world.heard("Bob")
    assert world.posted() == world.posted("C0ELSE") == []


@pytest.mark.needs("groups")
def test_thanks_said_in_the_channel_are_previewed_in_private(world: World) -> None:
    world.says_in_channel("Grace", THANKS)
    assert "about to be posted" in world.heard("Grace")
    world.presses("Grace", "Post")

    assert [post for post in world.posted() if "chasing the supplier" in post] == world.posted()
    assert len(world.posted()) == 1


def test_who_is_not_known_is_asked_about_and_the_rest_is_kept(world: World) -> None:
    world.says("Grace", "thanks @Zoe Nobody for chasing the supplier #craft")
    assert "I do not know \u201cZoe Nobody\u201d" in world.heard("Grace")
    world.says("Grace", "Bob Stone")

    assert "Bob Stone: chasing the supplier #craft" in world.heard("Grace")


def test_politeness_to_the_bot_is_not_a_recognition(world: World) -> None:
    world.says("Bob", "thank you!")

    assert world.posted() == []
    assert world.stored(Recognition) == [[]]


def test_received_thanks_are_found_again(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Post")
    world.says("Bob", "mine")

    assert "Thanks you received\n• Grace Park: chasing the supplier" in world.heard("Bob")


def test_who_posts_thanks_all_day_is_told_when_the_next_post_is_possible(world: World) -> None:
    for number in range(10):
        world.says("Grace", f"thanks @Bob Stone for help number {number}")
        world.presses("Grace", "Post")
        world.waits(minutes=7)
    world.heard("Grace")
    world.says("Grace", "thanks @Bob Stone for one more")

    told = world.heard("Grace")
    assert "You have posted thanks 10 times in seven days" in told
    assert "Mon, Nov 30, 2026 08:00 (Asia/Shanghai)" in told
    world.presses("Grace", "Private")
    assert "thanks you: one more" in world.heard("Bob")
    assert [row["public"] for row in world.stored(Recognition)[0]] == [True] * 10 + [False]


def test_the_giver_hears_in_private_whom_nobody_thanked_lately_and_once_a_week(world: World) -> None:
    world.says("Grace", THANKS)
    world.presses("Grace", "Post")
    assert "Nobody has thanked \u674e\u96f7 lately." in world.heard("Grace")

    world.says("Grace", THANKS)
    world.presses("Grace", "Post")
    assert "Nobody has thanked" not in world.heard("Grace")
    assert "Nobody has thanked" not in "\n".join(world.posted())


def test_two_who_thank_only_each_other_are_shown_to_hr_once_and_to_nobody_else(world: World) -> None:
    for number in range(4):
        for giver, other in (("Grace", "Bob Stone"), ("Bob", "Grace Park")):
            world.says(giver, f"thanks @{other} for help number {number}")
            world.presses(giver, "Private")

    assert world.heard("Helen").count("thank almost only each other lately") == 1
    assert all("almost only each other" not in world.heard(who) for who in ("Grace", "Bob", "Li Lei", "Otto"))
