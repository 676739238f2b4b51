"""Less noise: two reminders at most, one report to the lead with a button for each list, one nudge, one post a day."""

import pytest

from models.check_ins import Response, Round
from models.messages import Delivery
from tests.world import FEATURES, ORGANIZATION, World

ASKED = "2026-11-23 09:30"
CLOSED = "2026-11-23 17:30"
RIG = "new fix the rig @bob by Nov 25 measure zero red builds"
TWO_LEADS = "leads: [Grace Park, Helen HR]"


def answers(world: World, who: str, first: str = "shipped the rig", second: str = "nothing") -> None:
    world.says(who, first)
    world.says(who, second)


def level(world: World, who: str, name: str) -> None:
    world.says(who, f"reminders {name}")
    world.heard(who)


def chased(world: World, who: str) -> int:
    """How often this person was reminded or nudged, by what was promised to him."""
    account, rows = world.account(who), world.stored(Delivery)[0]
    of_him = [
        row for row in rows if row["place_id"] == account and row["kind"] == "post" and row["state"] != "replaced"
    ]
    return sum(row["dedupe_key"].startswith("remind:") for row in of_him)


@pytest.mark.in_turn
def test_nobody_is_reminded_more_often_than_he_chose_and_never_more_than_twice(world: World) -> None:
    level(world, "Bob", "light")
    level(world, "Li Lei", "active")
    world.at(ASKED)
    assert "What moved" in world.heard("Bob")
    world.at("2026-11-25 12:00")
    assert (chased(world, "Bob"), chased(world, "Li Lei")) == (0, 2)

    world.says("Grace", "nudge")
    world.says("Grace", "nudge")
    assert (chased(world, "Bob"), chased(world, "Li Lei")) == (1, 3)


@pytest.mark.in_turn
def test_intensity_is_asked_with_buttons_and_shown_to_its_owner(world: World) -> None:
    world.says("Bob", "reminders")
    assert {"Light", "Standard", "Active"} <= set(world.buttons("Bob"))
    world.presses("Bob", "Light")
    assert "Light: I ask, and do not remind you." in world.heard("Bob")
    world.says("Bob", "mine")
    assert "Reminders: light" in world.heard("Bob")


@pytest.mark.in_turn
def test_later_is_his_own_wish_and_the_two_reminders_still_come(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "later 1h")
    world.at("2026-11-23 10:30")
    assert "open until" in world.heard("Bob")
    world.at("2026-11-24 12:00")
    assert chased(world, "Bob") == 3


@pytest.mark.in_turn
def test_in_quiet_hours_nobody_is_reminded_and_who_is_away_not_at_all(world: World) -> None:
    """The end of the window lies in Bob's quiet hours: he hears of it when they are over, or, away then, never."""
    world.says("Bob", "quiet 16:00-08:00")
    world.says("Li Lei", "quiet 16:00-08:00")
    world.at(ASKED)
    world.heard("Bob")
    world.at("2026-11-23 18:00")
    assert "ended" not in world.heard("Bob")
    world.says("Li Lei", "away until friday")
    world.heard("Li Lei")
    world.at("2026-11-24 08:00")
    assert "Weekly has ended and stands as missed for you" in world.heard("Bob")
    world.says("Bob", "mine")
    assert "Weekly of Mon, Nov 23, 2026 stands as missed; only you see that." in world.heard("Bob")


def test_the_lead_gets_one_report_with_three_lists_and_one_button_each(world: World) -> None:
    world.says("Bob", RIG)
    world.at(ASKED)
    world.says("Bob", "#1 10% waiting for the quote")
    answers(world, "Bob", "half of the rig", "no crane")
    world.at("2026-11-26 09:30")
    answers(world, "Bob", "all of it", "still no crane")
    world.heard("Grace")
    world.at("2026-11-26 17:30")

    told = world.heard("Grace")
    assert "Behind\n\u2022 #1 fix the rig: Bob Stone, 10 %" in told
    assert "waiting for the quote" in told
    assert "Blocked\n\u2022 B1: Bob Stone, for 3 days" in told
    assert "no answer yet from \u674e\u96f7." in told
    for label in ("Add to next 1:1", "Acknowledge", "Nudge kindly"):
        assert label in world.buttons("Grace")
    assert "\u674e\u96f7" not in "".join(world.posted())

    world.presses("Grace", "Add to next 1:1")
    assert "On the agenda of the next 1:1: #1 fix the rig." in world.heard("Grace")
    world.says("Grace", "exceptions")
    assert "no answer yet from \u674e\u96f7." in world.heard("Grace")
    world.says("Bob", "exceptions")
    assert "That is for leads" in world.heard("Bob")


@pytest.mark.in_turn
def test_the_kind_nudge_is_used_once_and_names_the_lead(world: World) -> None:
    world.at("2026-11-23 17:31")
    world.heard("Bob")
    world.presses("Grace", "Nudge kindly")
    assert "Nudged kindly, in your name: Bob Stone, \u674e\u96f7." in world.heard("Grace")
    assert "Grace Park would like to hear from you in Weekly." in world.heard("Bob")
    world.says("Grace", "nudge")
    assert "Grace Park has nudged them already; once per round is enough." in world.heard("Grace")
    assert world.heard("Bob") == ""
    answers(world, "Bob", "late news")
    assert "It counts as late" in world.heard("Bob")


@pytest.mark.in_turn
def test_of_two_leads_one_nudges_and_the_other_sees_it(world: World) -> None:
    world.apply(ORGANIZATION.replace("leads: [Grace Park]", TWO_LEADS))
    world.at(CLOSED)
    assert "no answer yet" in world.heard("Helen")
    world.presses("Grace", "Nudge kindly")
    if "edits" in FEATURES[world.platform]:
        assert any("Grace Park nudged them kindly." in text for text in world.chat("Helen"))
        assert "Nudge kindly" not in world.buttons("Helen")
    world.says("Helen", "nudge")
    assert "Grace Park has nudged them already" in world.heard("Helen")
    assert world.chat("Bob")[-1].count("would like to hear") == 1


@pytest.mark.in_turn
def test_a_lead_who_is_away_gets_the_report_when_he_is_back_and_stewards_meanwhile(world: World) -> None:
    world.says("Grace", "away until tue")
    world.heard("Grace")
    world.at(CLOSED)
    assert "no answer yet from Bob Stone" in world.heard("Helen")
    world.at("2026-11-25 08:59")
    assert world.heard("Grace") == ""
    world.at("2026-11-25 09:00")
    assert "no answer yet from Bob Stone" in world.heard("Grace")


@pytest.mark.in_turn
def test_the_lead_is_asked_when_he_did_not_react_and_one_press_tells_those_who_answered(world: World) -> None:
    level(world, "Li Lei", "light")
    world.at(ASKED)
    answers(world, "Bob")
    answers(world, "Li Lei", "moved the line")
    world.at("2026-11-25 17:29")
    world.heard("Grace")
    world.at("2026-11-25 17:30")
    asked = world.heard("Grace")
    assert "have not heard from you yet" in asked
    assert "\u2022 Bob Stone: shipped the rig" in asked
    world.heard("Bob")
    silent = len(world.chat("Li Lei"))

    world.presses("Grace", "Seen, thank you")
    assert "that you have read it; nothing else" in world.heard("Grace")
    assert world.heard("Bob") == "Grace Park has read your answers to Weekly. Thank you."
    assert len(world.chat("Li Lei")) == silent
    world.says("Grace", "seen")
    assert "everybody has had one" in world.heard("Grace")
    assert world.heard("Bob") == ""


@pytest.mark.in_turn
def test_a_lead_who_reacted_is_not_asked(world: World) -> None:
    world.at(ASKED)
    answers(world, "Bob", "shipped the rig", "no crane")
    world.says("Grace", "B1 acknowledged")
    world.at("2026-11-25 17:30")
    assert "have not heard from you" not in world.heard("Grace")
    reacted = [row["reacted_by_id"] for row in world.stored(Response)[0] if row["state"] == "submitted"]
    assert all(reacted)
    assert not any(
        row["react_due_at"] for row in world.stored(Round)[0] if row["posted_at"] and row["on_date"].day == 23
    )


TWO_A_DAY = """      - name: Evening
        rhythm: "FREQ=WEEKLY;BYDAY=MO"
        at: "10:00"
        closes_after: PT8H
        questions: [{ask: {en: What comes tomorrow?}}]
  - name: Elsewhere
"""


def test_two_check_ins_of_one_day_stand_under_one_message_where_it_can_be_changed(world: World) -> None:
    world.apply(ORGANIZATION.replace("  - name: Elsewhere\n", TWO_A_DAY))
    world.at(ASKED)
    answers(world, "Bob")
    world.at("2026-11-23 10:00")
    world.says("Bob", "more of the rig")
    world.at("2026-11-23 18:00")

    posts = [row for row in world.stored(Delivery)[0] if row["place_kind"] == "channel" and row["kind"] == "post"]
    top = [row for row in posts if row["under_id"] is None]
    assert len(top) == (1 if "edits" in FEATURES[world.platform] else 2)
    texts = world.posted()
    assert sum("shipped the rig" in text for text in texts) == 1
    assert sum("more of the rig" in text for text in texts) == 1
    if world.platform in ("telegram", "playground"):
        assert "shipped the rig" in texts[0]
        assert "more of the rig" in texts[0]


@pytest.mark.in_turn
def test_who_wants_to_hear_much_gets_a_line_on_working_mornings_if_there_is_anything(world: World) -> None:
    level(world, "Bob", "active")
    level(world, "Li Lei", "active")
    world.says("Bob", RIG)
    world.heard("Bob")
    world.at("2026-11-23 09:00")
    assert world.heard("Bob") == ""
    world.at("2026-11-24 09:00")
    assert "#1 fix the rig" in world.heard("Bob").split("Good morning.")[1]
    world.at("2026-11-24 12:00")
    assert "Good morning" not in world.heard("Bob")
    world.presses("Bob", "#1 Done")
    world.heard("Bob")
    world.at("2026-11-25 09:30")
    assert "Good morning" not in world.heard("Bob")
    assert sum("09:00" in text for text in world.chat("Li Lei")) == 0
