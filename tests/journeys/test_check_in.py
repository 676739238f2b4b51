"""A check-in from the prompt to the posted summary, as the person, his lead and the team see it."""

import pytest

from tests.world import World

pytestmark = pytest.mark.in_turn

ASKED = "2026-11-23 09:30"
REMINDED = "2026-11-23 16:30"
CLOSED = "2026-11-23 17:30"
THURSDAY = "2026-11-26 09:30"


def answers(world: World, first: str = "shipped the rig", second: str = "nothing") -> None:
    world.says("Bob", first)
    world.says("Bob", second)


def test_everyone_who_reports_is_asked_at_his_hour_and_not_a_minute_earlier(world: World) -> None:
    world.at("2026-11-23 09:29")
    assert world.heard("Bob") == ""

    world.at(ASKED)
    asked = world.heard("Bob")
    assert "Hi Bob Stone" in asked
    assert "1/2 What moved this week?" in asked
    assert "Mon, Nov 23, 2026 17:30 (Asia/Shanghai)" in asked
    assert "1/2" in world.heard("Li Lei")


def test_leads_and_observers_and_other_teams_are_not_asked(world: World) -> None:
    world.at(CLOSED)

    assert "What moved" not in world.heard("Grace")
    for somebody in ("Olive", "Helen", "Otto", "Ana"):
        assert world.heard(somebody) == ""


def test_typed_answers_are_taken_one_question_at_a_time(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")

    world.says("Bob", "shipped the rig")
    assert world.heard("Bob") == "2/2 What is in the way?"
    world.says("Bob", "nothing")

    receipt = world.heard("Bob")
    assert "What moved this week?\nshipped the rig" in receipt
    assert "What is in the way?\nnothing" in receipt
    assert "goes to Product with the summary, Mon, Nov 23, 2026 17:30 (Asia/Shanghai)" in receipt


@pytest.mark.needs("forms")
def test_one_form_answers_everything(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")

    world.presses("Bob", "Answer")
    assert world.heard("Bob") == ""
    world.submits("Bob", "shipped the rig", "no test rig")

    assert "shipped the rig" in world.heard("Bob")
    world.at(CLOSED)
    assert "What moved this week? shipped the rig\nWhat is in the way? no test rig" in world.posted()[0]


@pytest.mark.needs("forms")
def test_a_form_can_be_opened_again_after_it_was_sent(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Answer")
    world.submits("Bob", "shipped the rig", "nothing")

    world.later(minutes=1)
    world.presses("Bob", "Edit")
    world.submits("Bob", "shipped both rigs", "nothing")

    assert "Changed, thank you." in world.heard("Bob")
    world.at(CLOSED)
    assert "shipped both rigs" in world.posted()[0]
    assert "shipped the rig" not in world.posted()[0]


def test_the_summary_is_posted_once_and_not_before_the_window_closes(world: World) -> None:
    world.at(ASKED)
    answers(world)
    world.at("2026-11-23 17:29")
    assert world.posted() == []

    world.at(CLOSED)
    world.later(hours=1)
    world.tick()

    assert len(world.posted()) == 1
    assert world.posted()[0].startswith("Weekly · Mon, Nov 23, 2026")
    assert world.posted()[0].endswith("Answered 1 · no answer yet 1")


def test_a_late_answer_is_shown_in_the_posted_summary(world: World) -> None:
    world.at("2026-11-23 18:00")
    world.heard("Bob")
    answers(world, "found the leak")

    assert "counts as late" in world.heard("Bob")
    assert len(world.posted()) == 1
    assert "Bob Stone late\nWhat moved this week? found the leak" in world.posted()[0]
    assert "Answered 1 · no answer yet 1" in world.posted()[0]


@pytest.mark.needs("edits")
def test_an_answer_changed_after_the_post_is_marked_edited_in_place(world: World) -> None:
    world.at(ASKED)
    first = world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at(CLOSED)
    world.heard("Bob")

    world.edits("Bob", first, "shipped half of the rig")

    assert world.heard("Bob") == "Changed: shipped half of the rig"
    assert len(world.posted()) == 1
    assert "Bob Stone edited\nWhat moved this week? shipped half of the rig" in world.posted()[0]


@pytest.mark.needs("edits")
def test_an_answer_changed_before_it_is_sent_is_simply_the_answer(world: World) -> None:
    world.at(ASKED)
    first = world.says("Bob", "shiped the rig")
    world.edits("Bob", first, "shipped the rig")
    world.says("Bob", "nothing")
    world.at(CLOSED)

    assert "Bob Stone\nWhat moved this week? shipped the rig" in world.posted()[0]
    assert "edited" not in world.posted()[0]


def test_only_the_silent_are_reminded_once_before_the_end_and_once_at_it(world: World) -> None:
    world.at(ASKED)
    answers(world)
    world.heard("Bob")
    world.heard("Li Lei")

    world.at(REMINDED)
    assert "Weekly" in world.heard("Li Lei")
    assert world.heard("Bob") == ""

    world.at(CLOSED)
    assert world.heard("Li Lei").count("Weekly") == 1
    world.at("2026-11-26 09:29")
    assert world.heard("Li Lei") == ""
    assert world.heard("Bob") == ""


def test_who_began_but_did_not_finish_is_reminded_and_his_draft_is_kept(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.heard("Bob")

    world.at(REMINDED)
    assert "open until Mon, Nov 23, 2026 17:30" in world.heard("Bob")
    world.says("Bob", "nothing")

    assert "shipped the rig" in world.heard("Bob")


def test_later_asks_again_at_the_time_that_was_said(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")

    world.says("Bob", "later 2h")
    assert "ask again Mon, Nov 23, 2026 11:30 (Asia/Shanghai)" in world.heard("Bob")
    world.at("2026-11-23 11:29")
    assert world.heard("Bob") == ""
    world.at("2026-11-23 11:30")

    assert "open until Mon, Nov 23, 2026 17:30" in world.heard("Bob")
    answers(world)
    assert "shipped the rig" in world.heard("Bob")


def test_later_never_means_after_the_close(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")
    world.says("Bob", "later tomorrow")
    assert "ask again Mon, Nov 23, 2026 17:15" in world.heard("Bob")

    world.at(CLOSED)
    assert world.heard("Bob").count("open until") == 1


def test_who_skips_is_counted_but_neither_named_nor_chased(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Skip")
    assert "report" in world.heard("Bob")

    world.at(CLOSED)
    assert world.heard("Bob") == ""
    assert "skipped 1" in world.posted()[0]
    assert "Bob Stone" not in world.posted()[0]
    assert "Bob Stone" not in world.heard("Grace")


def test_who_skipped_may_change_his_mind(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "skip client visit")
    world.says("Bob", "report")
    answers(world)
    world.at(CLOSED)

    assert "shipped the rig" in world.posted()[0]
    assert "skipped" not in world.posted()[0]


def test_names_of_the_silent_reach_the_lead_once_and_never_the_channel(world: World) -> None:
    world.at(CLOSED)
    world.later(hours=2)

    told = world.heard("Grace")
    assert told.count("no answer yet from Bob Stone, \u674e\u96f7") == 1
    assert "no answer yet 2" in world.posted()[0]
    assert "Bob" not in world.posted()[0]
    assert "\u674e\u96f7" not in world.posted()[0]


def test_nobody_is_called_silent_when_everybody_answered(world: World) -> None:
    world.at(ASKED)
    answers(world)
    world.says("Li Lei", "moved the line")
    world.says("Li Lei", "nothing")
    world.at(CLOSED)

    assert world.heard("Grace") == ""
    assert world.posted()[0].endswith("Answered 2 · no answer yet 0")


def test_who_is_away_is_neither_asked_nor_chased_nor_called_silent(world: World) -> None:
    world.says("Bob", "away until friday")
    assert "Mon, Nov 23, 2026 to Fri, Nov 27, 2026" in world.heard("Bob")

    world.at(CLOSED)

    assert world.heard("Bob") == ""
    assert "Bob Stone" not in world.heard("Grace")
    assert world.posted()[0].endswith("Answered 0 · no answer yet 1 · away: Bob Stone")


def test_who_comes_back_early_is_asked_again(world: World) -> None:
    world.says("Bob", "away until friday")
    world.at("2026-11-24 09:00")
    world.says("Bob", "back")
    assert "Welcome back" in world.heard("Bob")

    world.at(THURSDAY)
    assert "1/2 What moved this week?" in world.heard("Bob")


def test_back_goes_one_question_up_and_keeps_the_rest(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.heard("Bob")

    world.says("Bob", "back")
    assert "1/2 What moved this week?\nSo far: shipped the rig" in world.heard("Bob")
    world.says("Bob", "shipped both rigs")
    assert "2/2 What is in the way?" in world.heard("Bob")
    world.says("Bob", "nothing")

    assert "shipped both rigs" in world.heard("Bob")


def test_a_command_in_the_middle_is_done_and_the_question_waits(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.heard("Bob")

    world.says("Bob", "mine")
    assert "Your items" in world.heard("Bob")
    world.says("Bob", "nothing")

    assert "What is in the way?\nnothing" in world.heard("Bob")


def test_prose_that_holds_a_command_word_is_the_answer(world: World) -> None:
    world.at(ASKED)
    answers(world, "we updated the board and will skip the old one", "no help needed")
    world.at(CLOSED)

    assert "we updated the board and will skip the old one" in world.posted()[0]


def test_the_next_round_takes_the_place_of_the_unanswered_one(world: World) -> None:
    world.at(THURSDAY)
    world.heard("Bob")
    answers(world, "thursday's news")
    world.at("2026-11-26 17:30")

    monday, thursday = world.posted()
    assert "thursday's news" not in monday
    assert "thursday's news" in thursday


def test_report_without_an_open_round_says_when_the_next_one_comes(world: World) -> None:
    world.at(ASKED)
    answers(world)
    world.at("2026-11-23 18:00")
    world.heard("Otto")

    world.says("Otto", "report")
    assert "no check-in to answer" in world.heard("Otto")
    world.says("Bob", "later")
    assert "The next one comes Thu, Nov 26, 2026 09:30 (Asia/Shanghai)" in world.heard("Bob")
