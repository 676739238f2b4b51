"""Coaching notes: visibility is chosen before anything is saved, and then it is kept."""

from datetime import UTC, date, datetime

import pytest

from models.coaching import AgendaItem, CoachingNote, OneOnOne
from models.ledger import Action
from models.messages import Delivery
from tests.world import World

pytestmark = pytest.mark.in_turn

TALK = "coach @Bob Stone talked about pacing"
EVERYONE_ELSE = ("Li Lei", "Olive", "Helen", "Otto")


def everything_said(world: World) -> str:
    places = [world.posted(), world.posted("C0ELSE"), *(world.chat(who) for who in EVERYONE_ELSE)]
    return "\n".join(text for place in places for text in place)


def test_nothing_is_saved_before_its_visibility_is_chosen(world: World) -> None:
    world.says("Grace", TALK)
    assert "Who may see this note about your talk with Bob Stone?" in world.heard("Grace")
    assert world.stored(CoachingNote) == [[]]
    assert world.heard("Bob") == ""

    world.presses("Grace", "Both of us")
    assert "You and Bob Stone see it." in world.heard("Grace")


def test_the_coached_person_reads_what_is_shared_with_him(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")

    assert world.heard("Bob") == "Grace Park wrote down your talk and shares it with you:\ntalked about pacing"
    world.says("Bob", "mine")
    assert "• Grace Park: talked about pacing" in world.heard("Bob")


def test_a_note_for_the_coach_alone_reaches_nobody(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Only me")
    world.says("Grace", "ask earlier")
    for who in ("Bob", *EVERYONE_ELSE):
        world.says(who, "mine")

    assert "pacing" not in world.heard("Bob")
    assert "pacing" not in everything_said(world)
    assert "ask earlier" not in everything_said(world)
    world.says("Grace", "mine")
    assert "• Bob Stone: talked about pacing · agreed: ask earlier" in world.heard("Grace")


@pytest.mark.needs("groups")
def test_a_shared_note_reaches_nobody_else_and_no_channel(world: World) -> None:
    world.says_in_channel("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    for who in EVERYONE_ELSE:
        world.says(who, "mine")
    world.at("2026-11-27 17:00")

    assert "week 2026-W48" in world.posted()[-1]
    assert "pacing" not in everything_said(world)
    assert "ask earlier" not in everything_said(world)


def test_with_hr_the_coached_person_is_told_that_hr_sees_it(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both + HR")

    assert "You, Bob Stone and HR see it." in world.heard("Grace")
    assert "shares it with you and HR" in world.heard("Bob")


@pytest.mark.needs("edits")
def test_what_was_agreed_appears_in_the_same_message_of_the_coached_person(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.heard("Bob")
    world.says("Grace", "ask earlier")

    assert "Agreed: ask earlier" in world.heard("Grace")
    assert world.heard("Bob") == ""
    assert world.chat("Bob")[-1].endswith("talked about pacing\nAgreed: ask earlier")


def test_what_was_agreed_can_become_an_item_of_the_coached_person(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    world.waits(seconds=1)
    world.presses("Grace", "Make it an improvement item")
    world.says("Grace", "Dec 5")
    world.says("Grace", "two questions a week")

    assert "Added #1 ask earlier\nOwner Bob Stone · due Sat, Dec 5, 2026" in world.heard("Grace")
    assert "Grace Park added #1 ask earlier with you as owner" in world.heard("Bob")
    assert world.stored(AgendaItem)[0][0]["action_id"] == world.stored(Action)[0][0]["id"]


def test_nothing_agreed_and_no_next_talk_are_answers_too(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "nothing yet")
    assert "When do you and Bob Stone talk next?" in world.heard("Grace")
    world.says("Grace", "not yet.")

    assert "nothing more to note" in world.heard("Grace")
    assert "Agreed" not in "\n".join(world.chat("Bob"))
    assert world.stored(OneOnOne) == [[]]


def test_after_a_note_the_next_talk_is_planned_and_both_know_when(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    world.heard("Grace")
    world.heard("Bob")
    world.says("Grace", "some day perhaps")
    assert "I could not read that as a day and time to come" in world.heard("Grace")
    world.says("Grace", "Dec 4 15:00")

    assert "You and Bob Stone talk next on Fri, Dec 4, 2026 15:00 (Asia/Shanghai)." in world.heard("Grace")
    assert "1:1 with Grace Park: Fri, Dec 4, 2026 15:00 (Asia/Shanghai)" in world.heard("Bob")
    ((talk,), (point,), (note,)) = world.stored(OneOnOne, AgendaItem, CoachingNote)
    assert talk["next_at"] == datetime(2026, 12, 4, 7, 0, tzinfo=UTC)
    assert (point["text"], note["next_on"]) == ("ask earlier", date(2026, 12, 4))


def test_a_button_plans_the_next_talk_in_so_many_weeks(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Only me")
    world.presses("Grace", "Nothing agreed")
    world.presses("Grace", "In two weeks")

    assert "You and Bob Stone talk next on Mon, Dec 7, 2026 10:00" in world.heard("Grace")


def test_a_note_without_words_is_asked_for_once_it_is_known_who_may_see_it(world: World) -> None:
    world.says("Grace", "coach @Bob Stone")
    assert "Who may see this note about your talk with Bob Stone?" in world.heard("Grace")
    world.says("Grace", "Only me")
    assert "What did you and Bob Stone talk about?" in world.heard("Grace")
    assert world.stored(CoachingNote) == [[]]
    world.says("Grace", "pacing")

    assert "Only you see it." in world.heard("Grace")


def test_its_coach_changes_a_note_and_who_may_see_it(world: World) -> None:
    world.says("Grace", TALK)
    for pressed in ("Only me", "Nothing agreed", "No date yet"):
        world.presses("Grace", pressed)
    world.presses("Grace", "Change the note")
    world.presses("Grace", "Its words")
    world.says("Grace", "talked about the pace")
    assert world.heard("Bob") == ""

    world.says("Grace", "change the note")
    world.presses("Grace", "Who may see it")
    world.presses("Grace", "Both of us")
    world.catches_up()
    assert "You and Bob Stone see it." in world.heard("Grace")
    assert world.heard("Bob") == "Grace Park wrote down your talk and shares it with you:\ntalked about the pace"

    world.says("Grace", "change the note")
    world.presses("Grace", "Who may see it")
    world.presses("Grace", "Only me")
    world.catches_up()
    assert world.chat("Bob")[-1] == "Grace Park no longer shares this note with you."
    world.says("Bob", "notes @Grace Park")
    world.catches_up()
    assert "There is no coaching note with Grace Park that you can read." in world.heard("Bob")
    kept = [row["message"] for row in world.stored(Delivery)[0] if row["place_id"] == world.account("Bob")]
    assert kept
    assert "pace" not in str(kept)


def test_what_was_agreed_leaves_the_agenda_with_a_note_its_coach_keeps_to_himself(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    world.presses("Grace", "No date yet")
    assert world.stored(AgendaItem)[0][0]["text"] == "ask earlier"

    world.says("Grace", "change the note")
    world.presses("Grace", "Who may see it")
    world.presses("Grace", "Only me")
    (point,) = world.stored(AgendaItem)[0]
    assert point["text"] == ""
    assert point["closed_at"] is not None


def test_free_text_does_not_choose_a_visibility_and_is_no_note(world: World) -> None:
    world.says("Grace", TALK)
    world.heard("Grace")
    world.says("Grace", "I do not know yet")

    assert "Both of us · Only me · Both + HR" in world.heard("Grace")
    assert world.stored(CoachingNote) == [[]]


def test_cancelling_saves_nothing(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Cancel")

    assert "Cancelled. Nothing was saved." in world.heard("Grace")
    assert world.stored(CoachingNote) == [[]]
    assert world.heard("Bob") == ""


@pytest.mark.parametrize(("coach", "coached"), [("Bob", "Grace Park"), ("Grace", "Otto Other"), ("Olive", "Bob Stone")])
def test_only_the_lead_of_the_persons_team_coaches(world: World, coach: str, coached: str) -> None:
    world.says(coach, f"coach @{coached} talked about pacing")

    assert "Coaching notes are written by the lead of the person's team" in world.heard(coach)
    assert world.stored(CoachingNote) == [[]]


def test_the_agreed_step_is_turned_into_an_item_by_its_coach_only(world: World) -> None:
    world.says("Grace", TALK)
    world.presses("Grace", "Both of us")
    world.says("Grace", "ask earlier")
    note = world.stored(CoachingNote)[0][0]["id"]
    world.heard("Bob")
    world.forges_press("Bob", f"v1:agree:{note}", "Bob")

    assert "it was not asked of you" in world.heard("Bob")
