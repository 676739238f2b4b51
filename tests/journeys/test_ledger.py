"""The improvement ledger in chat: nothing half-finished is saved, nothing moved is lost, no delay is hidden."""

import pytest

from models.ledger import Action
from models.messages import Delivery
from tests.world import World

pytestmark = pytest.mark.in_turn

NEW = "new fix the rig @Bob Stone by Dec 5 measure zero red builds"


def board(world: World, who: str = "Grace") -> str:
    world.heard(who)
    world.says(who, "board")
    return world.heard(who)


def test_a_complete_item_is_saved_at_once_with_its_date_spelled_out(world: World) -> None:
    world.says("Bob", NEW)

    told = world.heard("Bob")
    assert "Added #1 fix the rig" in told
    assert "Owner Bob Stone · due Sat, Dec 5, 2026 · measured by zero red builds" in told
    assert "• #1 fix the rig: Bob Stone, 0 %, due Sat, Dec 5, 2026" in board(world)


def test_what_is_missing_is_asked_one_thing_at_a_time_and_half_an_item_is_never_saved(world: World) -> None:
    dialogue = (
        ("new action paint the wall", "Who owns"),
        ("me", "By when"),
        ("soon", "could not read \u201csoon\u201d as a date"),
        ("Dec 9", "How will you see"),
    )
    for said, asked in dialogue:
        world.says("Bob", said)
        assert asked in world.heard("Bob")
        assert world.stored(Action) == [[]]

    world.says("Bob", "two coats")
    assert "Added #1 paint the wall\nOwner Bob Stone · due Wed, Dec 9, 2026" in world.heard("Bob")


def test_cancelling_in_the_middle_saves_nothing(world: World) -> None:
    world.says("Bob", "new action paint the wall")
    world.says("Bob", "me")
    world.says("Bob", "cancel")

    assert "Cancelled. Nothing was saved." in world.heard("Bob")
    assert "No items yet" in board(world)


def test_a_new_owner_is_told_and_the_author_is_too(world: World) -> None:
    world.says("Grace", NEW)

    assert "Added #1 fix the rig" in world.heard("Grace")
    assert "Grace Park added #1 fix the rig with you as owner, due Sat, Dec 5, 2026" in world.heard("Bob")


def test_an_item_cannot_be_given_to_somebody_of_another_team(world: World) -> None:
    world.says("Bob", NEW.replace("Bob Stone", "Otto Other"))

    assert "share no team, so nothing was saved" in world.heard("Bob")
    assert world.heard("Otto") == ""
    assert world.stored(Action) == [[]]


def test_a_due_date_in_the_past_is_asked_about(world: World) -> None:
    world.says("Bob", NEW.replace("Dec 5", "2026-11-01"))
    assert "as a date from today on" in world.heard("Bob")
    world.says("Bob", "Dec 5")

    assert "Added #1 fix the rig" in world.heard("Bob")


def test_one_short_line_moves_an_item(world: World) -> None:
    world.says("Bob", NEW)
    world.heard("Bob")

    world.says("Bob", "#1 60% waiting for supplier")
    assert world.heard("Bob") == "#1 fix the rig: in progress, 60 %, due Sat, Dec 5, 2026.\nwaiting for supplier"
    world.says("Bob", "#1 done")
    assert world.heard("Bob") == "#1 fix the rig: done, 100 %, due Sat, Dec 5, 2026."

    assert "done 1\n• #1 fix the rig: Bob Stone, 100 %" in board(world)


def test_full_width_figures_move_an_item_too(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "\uff03\uff11 \uff16\uff10\uff05 waiting")

    assert "60 %" in world.heard("Bob")


def test_progress_on_a_finished_item_opens_it_again(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 done")
    world.says("Bob", "#1 80% found another crack")

    assert "in progress 1\n• #1 fix the rig: Bob Stone, 80 %" in board(world)


def test_several_items_move_in_one_message(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", NEW.replace("fix the rig", "paint the wall"))
    world.heard("Bob")

    world.says("Bob", "#1 30% first coat\n#2 done")

    told = world.heard("Bob")
    assert "#1 fix the rig: in progress, 30 %" in told
    assert "first coat" in told
    assert "#2 paint the wall: done, 100 %" in told


def test_the_lead_hears_of_a_blocked_item_with_the_owners_words(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 blocked: no test rig")

    moved = world.heard("Bob")
    assert "in progress (blocked)" in moved
    assert "B1 is open; Grace Park was asked for help." in moved
    assert world.heard("Grace").startswith("B1 · something is in the way of Bob Stone (#1 fix the rig): no test rig")


def test_a_new_date_needs_a_reason_and_shows_the_old_one(world: World) -> None:
    world.says("Bob", NEW)
    world.heard("Bob")

    world.says("Bob", "#1 by Dec 12")
    assert "reason for the new date of #1 (Sat, Dec 12, 2026)" in world.heard("Bob")
    assert "due Sat, Dec 5, 2026" in board(world)
    world.says("Bob", "supplier is late")

    assert "due Sat, Dec 12, 2026 (was Sat, Dec 5, 2026).\nsupplier is late" in world.heard("Bob")


def test_nobody_can_hide_that_an_item_is_behind(world: World) -> None:
    world.says("Bob", NEW)
    world.at("2026-11-26 12:00")
    assert "in progress 1" in board(world)

    world.at("2026-11-27 12:00")
    assert "behind 1\n• #1 fix the rig: Bob Stone, 0 %" in board(world)
    world.says("Bob", "#1 60% caught up")
    assert "in progress 1" in board(world)

    world.at("2026-12-06 12:00")
    assert "behind 1\n• #1 fix the rig: Bob Stone, 60 %" in board(world)


def test_an_item_shows_its_own_history(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 60% waiting for supplier")
    world.says("Grace", "#1")

    told = world.heard("Grace")
    assert "measured by zero red builds" in told
    assert "Mon, Nov 23, 2026 08:00 (Asia/Shanghai): in progress, 60 % · waiting for supplier" in told


def test_what_was_typed_can_be_taken_back(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 60% waiting")
    world.says("Bob", "#1 done")
    world.presses("Bob", "Undo")

    assert "Taken back." in world.heard("Bob")
    assert "in progress 1\n• #1 fix the rig: Bob Stone, 60 %" in board(world)


def test_an_item_that_was_added_by_mistake_disappears(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "undo")

    assert "No items yet" in board(world)


def test_after_a_day_nothing_is_taken_back_any_more(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 60% waiting")
    world.later(hours=25)
    world.heard("Bob")
    world.says("Bob", "undo")

    assert "nothing of yours from the last 24 hours" in world.heard("Bob")
    assert "60 %" in board(world)


def test_taking_back_an_older_step_keeps_what_came_after_it(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 40% waiting")
    world.says("Grace", "#1 80% the supplier came")
    world.says("Bob", "undo")

    assert "80 %" in board(world)


@pytest.mark.needs("edits")
def test_correcting_an_older_message_keeps_what_came_after_it(world: World) -> None:
    world.says("Bob", NEW)
    first = world.says("Bob", "#1 40% wating")
    world.says("Bob", "#1 80% the supplier came")
    world.edits("Bob", first, "#1 40% waiting")

    assert "80 %" in board(world)


@pytest.mark.needs("edits")
def test_correcting_the_message_corrects_the_item(world: World) -> None:
    world.says("Bob", NEW)
    message = world.says("Bob", "#1 60% waiting for supplier")
    world.heard("Bob")
    world.edits("Bob", message, "#1 65% waiting for supplier")

    assert "65 %" in world.heard("Bob")
    assert "#1 fix the rig: Bob Stone, 65 %" in board(world)


@pytest.mark.needs("groups")
def test_a_mention_in_the_channel_moves_an_item_and_is_answered_there(world: World) -> None:
    world.says("Bob", NEW)
    world.heard("Bob")
    world.says_in_channel("Bob", "#1 60% waiting for supplier")

    assert world.posted() == ["#1 fix the rig: in progress, 60 %, due Sat, Dec 5, 2026.\nwaiting for supplier"]
    assert world.heard("Bob") == ""


@pytest.mark.needs("edits", "groups")
def test_correcting_a_mention_in_the_channel_corrects_the_item(world: World) -> None:
    world.says("Bob", NEW)
    message = world.says_in_channel("Bob", "#1 60% waiting for supplier")
    bot = "@U0BOTUSER" if world.platform == "slack" else "@Loopkeeper"
    world.edits("Bob", message, f"{bot} #1 65% waiting for supplier")

    assert "#1 fix the rig: Bob Stone, 65 %" in board(world)


@pytest.mark.needs("groups")
def test_the_answer_to_a_button_in_a_thread_stays_in_that_thread(world: World) -> None:
    world.says("Bob", NEW)
    world.says_in_channel("Bob", "#1 60% waiting for supplier")
    world.presses_in_channel("Bob", "Undo")

    asked, undone = world.stored(Delivery)[0][-2:]
    assert "Taken back." in undone["message"]["markup"]
    assert undone["thread_of"] == asked["thread_of"]
    assert "#1 fix the rig: Bob Stone, 0 %" in board(world)


@pytest.mark.needs("groups")
def test_a_button_in_the_channel_is_for_who_said_it(world: World) -> None:
    world.says("Bob", NEW)
    world.says_in_channel("Bob", "#1 60% waiting for supplier")
    message = world.stored(Delivery)[0][-1]
    world.forges_press("Li Lei", message["message"]["buttons"][0]["action"], world.channel)

    assert "#1 fix the rig: Bob Stone, 60 %" in board(world)


@pytest.mark.needs("groups")
def test_under_the_bots_own_post_a_plain_update_needs_no_mention(world: World) -> None:
    world.says("Bob", NEW)
    world.at("2026-11-23 17:30")
    world.says_in_channel("Bob", "#1 70%", mention=False, thread=world.post_id())

    assert "#1 fix the rig: in progress, 70 %" in world.posted()[-1]


@pytest.mark.needs("edits", "groups")
def test_correcting_a_plain_update_under_the_bots_post_corrects_the_item(world: World) -> None:
    world.says("Bob", NEW)
    world.at("2026-11-23 17:30")
    message = world.says_in_channel("Bob", "#1 70%", mention=False, thread=world.post_id())
    world.edits("Bob", message, "#1 75%")

    assert "#1 fix the rig: Bob Stone, 75 %" in board(world)


@pytest.mark.needs("groups")
def test_talk_among_people_in_the_channel_is_not_for_the_bot(world: World) -> None:
    world.says("Bob", NEW)
    world.at("2026-11-23 17:30")
    before = world.posted()

    world.says_in_channel("Bob", "#1 70%", mention=False)
    world.says_in_channel("Bob", "nice work everybody", mention=False, thread=world.post_id())

    assert world.posted() == before
    assert "#1 fix the rig: Bob Stone, 0 %" in board(world)
