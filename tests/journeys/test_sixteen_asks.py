"""What users of every rival have asked for in vain, ranked by how often: each ask once, as one dialogue.

Each has its own room with more tests; here is the proof that all of them are answered together.
"""

import json
from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from models.check_ins import Answer, Response
from models.db import Database
from models.ledger import ActionUpdate
from models.messages import Delivery, Receipt
from models.organization import Person
from tests.journeys.asking import asking
from tests.world import ORGANIZATION, World, stage

pytestmark = pytest.mark.in_turn
ASKED, CLOSED = "2026-11-23 09:30", "2026-11-23 17:30"
IN_CHINA = ORGANIZATION.replace("locale: zh,", "locale: zh, country: CN,", 1).replace(
    'rhythm: "FREQ=WEEKLY;BYDAY=MO,TH"', 'rhythm: "FREQ=DAILY"'
)
LEI = "\u674e\u96f7"


def asked(world: World, who: str) -> bool:
    return "What moved this week?" in world.heard(who)


def test_1_people_who_are_off_are_not_asked(platform: str, database: Database) -> None:
    """Personal leave, a national holiday, and the Saturday that China works for it."""
    with stage(platform, database, IN_CHINA, datetime(2026, 9, 29, 22, 0, tzinfo=UTC)) as world:
        world.says("Grace", f"away @{LEI} until 2026-09-30")
        world.at("2026-09-30 12:00")
        assert asked(world, "Bob")
        assert not asked(world, "Li Lei")

        world.at("2026-10-07 23:00")
        assert not asked(world, "Bob")
        world.at("2026-10-10 12:00")
        assert asked(world, "Bob")


def test_2_everyone_is_asked_at_his_local_time_across_dst_and_every_time_carries_its_zone(
    platform: str, database: Database
) -> None:
    london = ORGANIZATION.replace(
        "U0BOB, playground: U0BOB, time_zone: Asia/Shanghai", "U0BOB, playground: U0BOB, time_zone: Europe/London"
    )
    with stage(platform, database, london, datetime(2026, 10, 22, 0, 0, tzinfo=UTC)) as world:
        world.at("2026-10-22 09:29", "Europe/London")
        assert not asked(world, "Bob")
        world.at("2026-10-22 09:30", "Europe/London")
        assert "17:30 (Europe/London)" in world.heard("Bob")
        world.at("2026-10-26 09:29", "Europe/London")
        assert "09:30" not in world.heard("Bob")
        world.at("2026-10-26 09:30", "Europe/London")
        assert "17:30 (Europe/London)" in world.heard("Bob")


def test_3_friday_for_monday_is_early_enough_and_a_late_answer_is_seen(world: World) -> None:
    world.at("2026-11-27 18:00")
    world.says("Bob", "report")
    for early in ("Weekly \u00b7 Mon, Nov 30, 2026", "shipped the rig early", "nothing"):
        world.says("Bob", early)
    world.heard("Bob")
    world.at("2026-11-30 12:00")
    assert not asked(world, "Bob")

    world.at("2026-11-30 17:30")
    world.says("Li Lei", "report")
    for late in ("1", "counted the shelves late", "nothing"):
        world.says("Li Lei", late)
    world.later(minutes=1)
    monday = [text for text in world.posted() if "shipped the rig early" in text][-1]
    assert "counted the shelves late" in monday


def test_4_the_receipt_says_what_was_got_and_where_it_goes_and_takes_it_back(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    told = world.heard("Bob")
    assert "shipped the rig" in told
    assert "It goes to Product with the summary, Mon, Nov 23, 2026 17:30 (Asia/Shanghai)" in told
    assert {"Edit", "Lead only", "Withdraw"} <= set(world.buttons("Bob"))

    world.presses("Bob", "Withdraw")
    world.at("2026-11-23 18:00")
    assert "shipped the rig" not in "\n".join(world.posted())


def test_5_one_message_a_day_and_the_silent_are_named_to_their_lead_alone(world: World) -> None:
    world.at("2026-11-23 18:00")
    assert "Bob Stone" in world.heard("Grace")
    assert "Bob Stone" not in "\n".join(world.posted())
    assert len(world.posted()) <= 2

    world.presses("Grace", "Nudge kindly")
    assert "Grace Park" in world.heard("Bob")


def test_6_what_is_told_twice_counts_once_and_no_prompt_comes_twice(world: World) -> None:
    world.at(ASKED)
    world.restart()
    for _ in range(3):
        world.tick()
    world.says("Bob", "shipped the rig")
    world.restart()
    world.says("Bob", "nothing")
    world.at("2026-11-23 18:00")

    prompts = [row for row in world.stored(Delivery)[0] if row["dedupe_key"].startswith("prompt:")]
    assert len(prompts) == len({row["dedupe_key"] for row in prompts}) == 2
    assert "\n".join(world.posted()).count("shipped the rig") == 1


def test_7_every_other_friday_and_two_check_ins_in_one_channel_and_a_part_timer(
    platform: str, database: Database
) -> None:
    more = """      - name: Retro
        rhythm: "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"
        at: "10:00"
        questions: [{ask: {en: What shall we keep?}}]
"""
    text = asking("{ask: {en: What moved this week?}}", more=more).replace(
        "U0BOB, playground: U0BOB, ", "U0BOB, playground: U0BOB, work_days: [mo, tu, we, fr], "
    )
    with stage(platform, database, text) as world:
        world.at("2026-11-26 12:00")
        world.heard("Bob")
        states = {row["reason"] for row in world.stored(Response)[0] if row["state"] == "away"}
        assert states == {"day_off"}
        world.at("2026-11-27 10:00")
        first = "What shall we keep?" in world.heard("Bob")
        world.at("2026-12-04 10:00")
        assert ("What shall we keep?" in world.heard("Bob")) is not first


def test_8_everything_is_asked_and_answered_in_a_private_chat(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    assert world.posted() == []
    assert "shipped the rig" not in "\n".join(world.chat("Li Lei") + world.chat("Otto"))


def test_9_owners_hear_of_every_change_with_a_way_back_and_the_last_one_stays(world: World) -> None:
    world.apply(ORGANIZATION.replace("role: hr", "role: owner"))
    world.says("Helen", "forgetme")
    assert "owner" in world.heard("Helen")
    world.says("Grace", "setup")
    world.presses("Grace", "Weekly")
    world.presses("Grace", "Pause")
    world.says("Grace", "until 2026-12-31")
    assert "2026" in world.heard("Grace")
    told = world.heard("Helen")
    assert "Grace Park" in told
    assert "Undo" in world.buttons("Helen")
    world.presses("Helen", "Undo")
    world.at(ASKED)
    assert asked(world, "Bob")


def test_10_my_answers_of_earlier_days_are_mine_to_read_and_to_take_along(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at("2026-11-26 18:00")
    world.heard("Bob")
    world.says("Bob", "history")
    told = world.heard("Bob")
    assert "shipped the rig" in told
    assert "Mon, Nov 23, 2026" in told

    world.says("Grace", "history @Bob Stone")
    assert "shipped the rig" in world.heard("Grace")
    world.says("Otto", "history @Bob Stone")
    assert "shipped the rig" not in world.heard("Otto")

    world.says("Grace", "export")
    files = [row["message"]["attachment"]["name"] for row in world.stored(Delivery)[0] if row["message"]["attachment"]]
    assert sorted(name.rpartition(".")[2] for name in files) == ["csv", "json"]


def test_11_recognition_needs_a_reason_and_nobody_thanks_himself(world: World) -> None:
    world.says("Bob", "thanks @Bob Stone for being great")
    assert world.posted() == []
    world.says("Grace", "thanks @Bob Stone")
    assert "What did Bob Stone do?" in world.heard("Grace")
    world.says("Grace", "chasing the supplier #craft")
    world.presses("Grace", "Post")
    assert "chasing the supplier" in world.posted()[0]
    assert f"Nobody has thanked {LEI} lately" in world.heard("Grace")


def test_12_the_lead_reads_three_short_lists_with_one_button_each(world: World) -> None:
    world.says("Bob", "new fix the rig @Bob Stone by 2026-12-05 measure zero red builds")
    world.says("Bob", "#1 blocked: no test rig")
    world.heard("Grace")
    world.at("2026-12-07 17:30")
    told = world.heard("Grace")
    for heading in ("Behind", "Blocked", "Silent"):
        assert heading in told
    assert {"Add to next 1:1", "Acknowledge", "Nudge kindly"} <= set(world.buttons("Grace"))


def test_13_nothing_is_kept_before_i_agree_and_what_is_kept_i_can_see_and_erase(
    platform: str, database: Database
) -> None:
    with stage(platform, database, ORGANIZATION.replace("consent: elsewhere", "consent: ask")) as world:
        world.says("Bob", "my secret before agreeing")
        first = world.heard("Bob")
        assert {"OK", "Details", "Not me"} <= set(world.buttons("Bob")), first
        assert "my secret before agreeing" not in json.dumps(world.stored(Receipt), default=str)

        world.presses("Bob", "OK")
        world.presses("Bob", "Yes")
        world.presses("Bob", "Mon-Fri")
        world.says("Bob", "mydata")
        files = [row["message"]["attachment"] for row in world.stored(Delivery)[0] if row["message"]["attachment"]]
        assert {file["name"].rpartition(".")[2] for file in files} == {"json", "html"}

        world.says("Bob", "forgetme")
        world.presses("Bob", "Go on")
        world.presses("Bob", "Erase everything")
        assert "Bob Stone" not in [row["name"] for row in world.stored(Person)[0]]


def test_14_a_number_starts_from_the_last_one_and_a_correction_is_a_new_row(platform: str, database: Database) -> None:
    text = asking("{id: calls, ask: {en: How many calls?}, kind: number, prefill: last}")
    with stage(platform, database, text) as world:
        world.at(ASKED)
        world.says("Bob", "12")
        world.at("2026-11-26 09:30")
        assert "12" in world.heard("Bob")
        world.says("Bob", "15")
        assert "+3" in world.heard("Bob")

        world.says("Bob", "new fix the rig @Bob Stone by 2026-12-05 measure zero red builds")
        world.says("Bob", "#1 80%")
        world.says("Grace", "#1 60% the second line was counted twice")
        assert [row["progress"] for row in world.stored(ActionUpdate)[0]] == [80, 60]
        world.says("Bob", "#1")
        assert "the second line was counted twice" in world.heard("Bob")
        with database.reading() as session:
            assert session.exec(select(Answer.value).order_by(col(Answer.id))).all() == ["12", "15"]


def test_15_why_was_i_not_asked_is_answered_from_what_was_decided(platform: str, database: Database) -> None:
    with stage(platform, database, IN_CHINA, datetime(2026, 9, 30, 22, 0, tzinfo=UTC)) as world:
        world.at("2026-10-01 18:00")
        world.says("Bob", "whynot")
        told = world.heard("Bob")
        assert "Thu, Oct 1, 2026: not asked: a public holiday (National Day)" in told
        world.says("Otto", "whynot @Bob Stone")
        assert "National Day" not in world.heard("Otto")


def test_16_what_is_switched_off_asks_no_more_and_its_history_stays(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at(CLOSED)
    world.apply(
        ORGANIZATION[: ORGANIZATION.index("    check_ins:")] + ORGANIZATION[ORGANIZATION.index("  - name: Elsewhere") :]
    )
    world.heard("Bob")
    world.at("2026-11-30 12:00")
    assert not asked(world, "Bob")
    world.says("Bob", "history")
    assert "shipped the rig" in world.heard("Bob")
