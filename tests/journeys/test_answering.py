"""Answering as people like it: every kind of question typed or pressed, follow-ups, what was said last time, the
receipt and what one can do with it."""

import pytest

from models.messages import Delivery
from tests.journeys.asking import asking
from tests.world import World

ASKED, CLOSED = "2026-11-23 09:30", "2026-11-23 17:30"
THURSDAY = "2026-11-26 09:30"
KINDS = (
    "{ask: {en: Where are you?}, kind: choice, options: [{en: Home, zh: \u5bb6\u91cc}, {en: Office}]}",
    "{ask: {en: How full is it?}, kind: scale, id: load, low_means: {en: calm}, high_means: {en: drowning}}",
    "{ask: {en: What would help?}, when: {question: load, above: 3}}",
    "{ask: {en: Hours?}, kind: number, unit: h, min: 0, max: 80}",
    "{ask: {en: On track?}, kind: yes_no}",
    "{ask: {en: How are you?}, kind: mood}",
)
PLANS = (
    "{ask: {en: What moved?}, prefill: plan, from: plan}",
    "{ask: {en: What is next?}, id: plan}",
    "{ask: {en: Hours?}, kind: number, unit: h}",
)


@pytest.mark.in_turn
def test_every_kind_of_question_is_asked_one_at_a_time_and_a_bad_value_loses_nothing(world: World) -> None:
    world.apply(asking(*KINDS))
    world.at(ASKED)
    assert "1/5 Where are you?" in world.heard("Bob")
    world.says("Bob", "on the moon")
    assert "You wrote on the moon. Please choose one of these: Home / Office" in world.heard("Bob")
    world.presses("Bob", "Office")
    assert "2/5 How full is it?\n1 = calm \u00b7 5 = drowning" in world.heard("Bob")
    world.says("Bob", "7")
    assert "I need a whole number from 1 to 5." in world.heard("Bob")
    world.presses("Bob", "5")
    assert "3/6 What would help?" in world.heard("Bob")
    world.says("Bob", "a tester")
    assert "4/6 Hours?\n0 \u2013 80 h" in world.heard("Bob")
    world.says("Bob", "three or so")
    assert "You wrote three or so. I need a number here, in h, such as 3 or 3.5." in world.heard("Bob")
    world.says("Bob", "\uff13\uff0c5")
    assert "5/6 On track?" in world.heard("Bob")
    world.says("Bob", "\u662f\u7684")
    assert "6/6 How are you?" in world.heard("Bob")
    world.says("Bob", "good")

    receipt = world.heard("Bob")
    assert "How full is it?\n5/5" in receipt
    assert "Hours?\n3.5 h" in receipt
    assert "On track?\nYes" in receipt
    assert "Good (seen by you only" in receipt
    world.at(CLOSED)
    summary = world.posted()[-1]
    assert "Where are you? Office" in summary
    assert "Hours? 3.5 h" in summary
    assert "How are you?" not in summary
    assert "Good" not in world.heard("Grace")


@pytest.mark.in_turn
def test_language_switched_in_mid_answer_goes_on_in_the_new_one_and_loses_nothing(world: World) -> None:
    world.apply(asking(*KINDS))
    world.at(ASKED)
    world.says("Bob", "home")
    world.says("Bob", "language zh")
    world.heard("Bob")

    world.says("Bob", "5")
    world.says("Bob", "a tester")
    world.says("Bob", "12")
    world.says("Bob", "\u5426")
    world.says("Bob", "\U0001f642")

    receipt = world.heard("Bob")
    assert "\u5bb6\u91cc" in receipt
    assert "a tester" in receipt
    assert "\u5426" in receipt


@pytest.mark.in_turn
@pytest.mark.needs("edits")
def test_an_edit_that_makes_a_follow_up_pointless_hides_its_answer_and_keeps_it(world: World) -> None:
    world.apply(asking(KINDS[1], KINDS[2]))
    world.at(ASKED)
    full = world.says("Bob", "4")
    world.says("Bob", "a tester")
    world.at(CLOSED)
    assert "What would help? a tester" in world.posted()[-1]

    world.edits("Bob", full, "2")
    world.later(minutes=2)
    assert "a tester" not in world.posted()[-1]

    world.edits("Bob", full, "5")
    world.later(minutes=2)
    assert "What would help? a tester" in world.posted()[-1]


@pytest.mark.in_turn
def test_ask_14_next_value_starts_from_the_last_one_and_says_by_how_much_it_moved(world: World) -> None:
    world.apply(asking(*PLANS))
    world.at(ASKED)
    for line in ("moved the line", "paint the rig", "12"):
        world.says("Bob", line)
    world.heard("Bob")

    world.at(THURSDAY)
    asked = world.heard("Bob")
    assert "Last time: paint the rig" in asked
    world.presses("Bob", "As planned")
    assert "2/3 What is next?\nLast time: paint the rig" in world.heard("Bob")
    world.says("Bob", "sell the rig")
    assert "Last time: 12 h" in world.heard("Bob")
    world.says("Bob", "14,5")

    receipt = world.heard("Bob")
    assert "What moved?\npaint the rig" in receipt
    assert "Hours?\n14.5 h (+2.5)" in receipt
    world.at("2026-11-26 17:30")
    assert "Hours? 14.5 h (+2.5)" in world.posted()[-1]


@pytest.mark.in_turn
def test_the_same_as_last_time_is_one_press(world: World) -> None:
    world.apply(asking(*PLANS[1:]))
    world.at(ASKED)
    assert "Same as last time" not in world.buttons("Bob")
    world.says("Bob", "paint the rig")
    world.says("Bob", "12")

    world.at(THURSDAY)
    world.heard("Bob")
    world.presses("Bob", "Same as last time")

    receipt = world.heard("Bob")
    assert "What is next?\npaint the rig" in receipt
    assert "Hours?\n12 h" in receipt
    world.says("Bob", "same as last time")
    assert "What is next?" not in world.heard("Bob")


@pytest.mark.in_turn
def test_ask_4_what_was_sent_is_shown_and_can_be_kept_from_the_channel_or_taken_back(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "no test rig")
    assert "Mon, Nov 23, 2026 17:30 (Asia/Shanghai)" in world.heard("Bob")
    world.heard("Grace")

    world.presses("Bob", "Lead only")
    assert "only Grace Park can read it now" in world.heard("Bob")
    assert "shipped the rig" in world.heard("Grace")
    world.at(CLOSED)
    assert "shipped the rig" not in world.posted()[-1]
    assert "Answered 1 (1 for the lead only)" in world.posted()[-1]

    world.says("Bob", "the whole team")
    assert "shows it again" in world.heard("Bob")
    assert "shipped the rig" in world.posted()[-1]

    world.presses("Bob", "Withdraw")
    assert "keep your words as a draft" in world.heard("Bob")
    world.later(minutes=2)
    assert "shipped the rig" not in world.posted()[-1]
    assert "Answered 0 \u00b7 no answer yet 2" in world.posted()[-1]

    world.says("Bob", "report")
    world.later(minutes=2)
    assert "shipped the rig" in world.heard("Bob")
    assert "shipped the rig" in world.posted()[-1]


@pytest.mark.in_turn
def test_where_each_item_stands_is_asked_with_its_last_value(world: World) -> None:
    for title, due in (("fix the rig", "2026-12-18"), ("paint the rig", "2026-12-19"), ("sell the rig", "2026-12-20")):
        world.says("Bob", f"new {title} @me by {due} measure it stands")
    world.says("Bob", "#1 40%")
    world.apply(asking("{ask: {en: Where does it stand?}, kind: action_status}", "{ask: {en: Anything else?}}"))
    world.heard("Bob")
    world.at(ASKED)
    assert "1/2 Where does it stand?\n#1 fix the rig \u00b7 40% \u00b7 Fri, Dec 18, 2026" in world.heard("Bob")

    world.says("Bob", "60% waiting for the part")
    assert "#2 paint the rig \u00b7 0%" in world.heard("Bob")
    world.presses("Bob", "Done")
    assert "#3 sell the rig" in world.heard("Bob")
    world.presses("Bob", "Behind")
    assert "#3 sell the rig: what is in the way?" in world.heard("Bob")
    world.presses("Bob", "Outside cause")
    world.heard("Bob")
    world.says("Bob", "the buyer is ill")
    assert "2/2 Anything else?" in world.heard("Bob")
    world.says("Bob", "no")

    receipt = world.heard("Bob")
    assert "#1 fix the rig: 60% \u00b7 waiting for the part" in receipt
    assert "#2 paint the rig: 100%" in receipt
    assert "#3 sell the rig: 0% \u00b7 the buyer is ill" in receipt
    assert "1/1 Anything else?" in world.heard("Li Lei")
    world.says("Bob", "edit")
    assert "2/2 Anything else?\nSo far: no" in world.heard("Bob")


@pytest.mark.in_turn
def test_behind_asks_for_a_new_date_with_a_reason_or_for_somebody_who_helps(world: World) -> None:
    for title in ("fix the rig", "paint the rig"):
        world.says("Bob", f"new {title} @me by 2026-12-18 measure it stands")
    world.apply(asking("{ask: {en: Where does it stand?}, kind: action_status}"))
    world.at(ASKED)
    world.presses("Bob", "Behind")
    world.presses("Bob", "New date")
    world.says("Bob", "2026-12-21")
    world.says("Bob", "the part comes late")
    world.heard("Grace")
    world.heard("Bob")

    world.says("Bob", "behind")
    world.says("Bob", "help from a colleague")
    assert "Who can help with #2 paint the rig?" in world.heard("Bob")
    world.presses("Bob", "Grace Park")
    assert "What do you need from Grace Park" in world.heard("Bob")
    world.says("Bob", "a painter")

    receipt = world.heard("Bob")
    assert "#1 fix the rig: 0% \u00b7 the part comes late" in receipt
    assert "#2 paint the rig: 0% \u00b7 a painter" in receipt
    assert "a painter" in world.heard("Grace")


TWO = """      - name: Daily
        rhythm: "FREQ=DAILY"
        at: "09:30"
        questions:
          - {ask: {en: What today?}}
"""


@pytest.mark.in_turn
def test_of_two_open_check_ins_the_one_asked_last_is_answered_and_report_asks_which(world: World) -> None:
    world.apply(asking("{ask: {en: What moved?}}", "{ask: {en: What is next?}}", more=TWO))
    world.at(ASKED)
    world.heard("Bob")

    world.says("Bob", "report")
    assert "Which one?" in world.heard("Bob")
    world.presses("Bob", "Weekly \u00b7 Mon, Nov 23, 2026")
    if world.heard("Bob") == "":
        world.submits("Bob", "shipped the rig", "the paint")
    else:
        world.says("Bob", "shipped the rig")
        world.says("Bob", "the paint")
    heard = world.heard("Bob")
    assert "What moved?\nshipped the rig" in heard
    assert heard.endswith("1/1 What today?")
    world.says("Bob", "nothing much")
    assert "What today?\nnothing much" in world.heard("Bob")


@pytest.mark.needs("forms")
def test_a_form_holds_every_kind_and_what_became_due_or_was_not_read_is_asked_afterwards(world: World) -> None:
    world.apply(asking(*KINDS[:5]))
    world.at(ASKED)
    world.presses("Bob", "Answer")
    world.heard("Bob")
    world.submits("Bob", "Office", "5", "many", "no")
    assert "You wrote many. I need a number here" in world.heard("Bob")
    world.says("Bob", "12")
    assert "What would help?" in world.heard("Bob")
    world.says("Bob", "a tester")
    assert "How full is it?\n5/5\nWhat would help?\na tester\nHours?\n12 h\nOn track?\nNo" in world.heard("Bob")


@pytest.mark.needs("forms")
def test_a_form_begins_with_the_plan_and_the_last_number(world: World) -> None:
    world.apply(asking(*PLANS))
    world.at(ASKED)
    for line in ("moved the line", "paint the rig", "12"):
        world.says("Bob", line)
    world.at(THURSDAY)
    world.presses("Bob", "Answer")
    (form,) = [row["message"]["form"] for row in world.stored(Delivery)[0] if row["kind"] == "form"]
    assert [field["value"] for field in form["fields"]] == ["paint the rig", "", "12"]
    assert form["fields"][2]["label"] == "Hours? (h)"
