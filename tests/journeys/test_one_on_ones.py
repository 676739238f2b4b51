"""1:1s: planned by the lead, or asked for; an agenda a day before, a record only if nothing was written."""

import pytest

from models.audit import AuditEntry
from models.coaching import AgendaItem, CoachingNote, OneOnOne
from tests.world import World

pytestmark = pytest.mark.in_turn

THURSDAY = "Thu, Nov 26, 2026 15:00 (Asia/Shanghai)"


def plan(world: World, rhythm: str = "Weekly") -> None:
    world.says("Grace", "1on1 @Bob Stone thu 15:00")
    world.presses("Grace", rhythm)
    for who in ("Grace", "Bob"):
        world.heard(who)


def test_a_lead_plans_moves_and_ends_the_talks_and_both_hear_of_each_change(world: World) -> None:
    world.says("Grace", "1on1 @Bob Stone thu 15:00")
    assert f"1:1 with Bob Stone, {THURSDAY}. How often from then on?" in world.heard("Grace")
    world.presses("Grace", "Weekly")
    assert f"1:1 with Bob Stone: {THURSDAY} \u00b7 weekly" in world.heard("Grace")
    assert f"1:1 with Grace Park: {THURSDAY} \u00b7 weekly" in world.heard("Bob")

    plans = [row["id"] for row in world.stored(AuditEntry)[0] if row["verb"] == "one_on_one.planned"]
    world.says("Grace", "1on1 @Bob Stone fri 11:00")
    world.presses("Grace", "Only this one")
    world.forges_press("Grace", f"v1:undo:{plans[0]}", "Grace")
    assert "nothing of yours" in world.heard("Grace")
    assert "Fri, Nov 27, 2026 11:00 (Asia/Shanghai) \u00b7 weekly" in world.heard("Bob")
    world.says("Grace", "undo")
    assert THURSDAY in world.heard("Bob")

    world.says("Grace", "1on1 @Bob Stone")
    assert THURSDAY in world.heard("Grace")
    world.says("Grace", "skip this 1:1")
    assert "Thu, Dec 3, 2026 15:00" in world.heard("Bob")
    world.says("Grace", "1on1 @Bob Stone")
    world.presses("Grace", "No more 1:1s")
    assert "1:1 with Grace Park on Thu, Dec 3, 2026 15:00 (Asia/Shanghai) does not take place" in world.heard("Bob")
    world.presses("Grace", "Undo")
    assert "Thu, Dec 3, 2026 15:00" in world.heard("Bob")


def test_who_is_coached_asks_and_the_lead_says_when(world: World) -> None:
    world.says("Bob", "1on1 @Grace Park thu 15:00")
    assert f"I asked Grace Park: {THURSDAY}" in world.heard("Bob")
    assert f"Bob Stone asks for a 1:1: {THURSDAY}" in world.heard("Grace")
    assert world.stored(OneOnOne)[0][0]["next_at"] is None

    world.presses("Grace", "Another time for the 1:1")
    assert "When is your next 1:1 with Bob Stone?" in world.heard("Grace")
    world.says("Grace", "friday 16:00")
    world.says("Grace", "once")
    assert "1:1 with Grace Park: Fri, Nov 27, 2026 16:00 (Asia/Shanghai)" in world.heard("Bob")

    world.says("Bob", "1on1 @Grace Park thu 15:00")
    world.says("Grace", "that time suits me")
    world.says("Grace", "once")
    assert f"1:1 with Grace Park: {THURSDAY}" in world.heard("Bob")


def test_both_get_the_agenda_a_day_before_and_what_stays_open_is_there_the_next_time(world: World) -> None:
    world.says("Bob", "new fix the rig @Bob Stone by Nov 24 measure zero red builds")
    plan(world)
    world.says("Bob", "agenda @Grace Park a second screen")
    assert f"On the agenda with Grace Park: \u201ca second screen\u201d.\nYou talk {THURSDAY}" in world.heard("Bob")
    world.says("Grace", "agenda @Bob Stone the summer plan")
    world.heard("Grace")
    world.at("2026-11-25 14:59")
    assert "Agenda" not in world.heard("Bob") + world.heard("Grace")
    world.at("2026-11-25 15:00")
    for who, other in (("Grace", "Bob Stone"), ("Bob", "Grace Park")):
        told = world.heard(who)
        assert f"Agenda with {other} \u00b7 {THURSDAY}" in told
        assert told.index("#1 fix the rig: behind") < told.index("1. a second screen (Bob Stone)")
        assert "2. the summer plan (Grace Park)" in told

    world.presses("Grace", "Talked about 1")
    world.says("Bob", "agenda")
    told = world.heard("Bob")
    assert "1. the summer plan" in told
    assert "a second screen" not in told
    world.at("2026-12-02 15:00")
    assert "1. the summer plan" in world.chat("Grace")[-1]
    world.says("Bob", "talked about 1")
    assert "the summer plan" not in world.chat("Bob")[-1]
    assert [row["closed_at"] is None for row in world.stored(AgendaItem)[0]] == [False, False]
    world.says("Bob", "undo")
    assert [row["closed_at"] is None for row in world.stored(AgendaItem)[0]] == [False, True]


def test_the_record_is_asked_for_once_and_only_if_nothing_was_written(world: World) -> None:
    plan(world)
    world.at("2026-11-26 16:59")
    world.heard("Grace")
    world.at("2026-11-26 17:00")
    assert "nothing is written about it yet. If there is something to keep, who may see it?" in world.heard("Grace")
    assert "nothing is written" not in world.heard("Bob")
    world.presses("Grace", "Only me")
    world.says("Grace", "paced well")
    assert [row["text"] for row in world.stored(CoachingNote)[0]] == ["paced well"]

    world.at("2026-12-03 14:30")
    world.says("Grace", "coach @Bob Stone talked about pacing")
    world.presses("Grace", "Only me")
    world.at("2026-12-03 20:00")
    assert "nothing is written" not in world.heard("Grace")
    world.says("Bob", "1on1 @Grace Park")
    assert "Thu, Dec 10, 2026 15:00" in world.heard("Bob")


def test_add_to_next_one_on_one_ends_on_the_agenda_and_asks_when_if_none_is_planned(world: World) -> None:
    world.says("Bob", "new fix the rig @Bob Stone by Nov 24 measure zero red builds")
    world.at("2026-11-26 17:30")
    world.says("Grace", "exceptions")
    world.presses("Grace", "Add to next 1:1")
    told = world.heard("Grace")
    assert "On the agenda of the next 1:1: #1 fix the rig" in told
    assert "When is your next 1:1 with Bob Stone?" in told
    world.presses("Grace", "In a week")
    world.presses("Grace", "Once")
    assert "Thu, Dec 3, 2026 10:00 (Asia/Shanghai)" in world.heard("Bob")
    world.says("Grace", "agenda @Bob Stone")
    assert "1. #1 fix the rig: behind, 0 %, due Tue, Nov 24, 2026 (Grace Park)" in world.heard("Grace")


def test_a_point_without_a_planned_talk_waits_and_the_lead_is_asked_when(world: World) -> None:
    world.says("Bob", "agenda @Grace Park a second screen")
    assert "No 1:1 is planned yet; it waits for the next." in world.heard("Bob")
    assert "Bob Stone put a point on the agenda" in world.heard("Grace")
    world.presses("Grace", "Set a time for the 1:1")
    world.says("Grace", "thursday 15:00")
    world.presses("Grace", "Monthly")
    assert f"1:1 with Grace Park: {THURSDAY} \u00b7 monthly" in world.heard("Bob")
    world.says("Bob", "undo")
    world.says("Grace", "agenda @Bob Stone")
    assert "Nothing is open." in world.heard("Grace")


def test_a_talk_on_a_day_off_is_asked_to_be_moved_and_no_agenda_is_sent(world: World) -> None:
    plan(world)
    world.says("Bob", "away until friday")
    for who in ("Bob", "Grace"):
        world.heard(who)
    world.at("2026-11-25 15:00")
    told = world.heard("Grace")
    assert f"Your 1:1 with Bob Stone, {THURSDAY}, lies on a day off of Bob Stone. Move it?" in told
    assert "Agenda" not in told
    assert world.heard("Bob") == ""
    world.presses("Grace", "Skip this 1:1")
    assert "Thu, Dec 3, 2026 15:00" in world.heard("Bob")


def test_nobody_plans_talks_with_people_he_does_not_lead(world: World) -> None:
    for who in ("Otto", "Olive", "Li Lei"):
        world.says(who, "1on1 @Bob Stone thu 15:00")
        world.says(who, "agenda @Bob Stone")
    assert world.stored(OneOnOne) == [[]]
    assert "none can be planned here" in world.heard("Otto")


def test_the_same_in_chinese(world: World) -> None:
    for line in ("\u7ea6\u4e00\u5bf9\u4e00 @\u674e\u96f7 \u5468\u56db 15:00", "\u6bcf\u4e24\u5468"):
        world.says("Grace", line)
    assert "1:1 with \u674e\u96f7: Thu, Nov 26, 2026 15:00 (Asia/Shanghai) \u00b7 every 2 weeks" in world.heard("Grace")
    world.says("Li Lei", "\u8bae\u7a0b @Grace Park \u8bd5\u9a8c\u53f0")
    world.says("Li Lei", "\u8bae\u7a0b")
    assert "1. \u8bd5\u9a8c\u53f0" in world.chat("Li Lei")[-1]
    world.says("Li Lei", "\u5df2\u8c08 1")
    assert "\u8bd5\u9a8c\u53f0" not in world.chat("Li Lei")[-1]
