"""The bot may be down at any moment: nothing is lost, nothing is said twice, and what came too late is told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import SQLModel

from models.db import Database
from models.messages import Receipt
from tests.world import ORGANIZATION, World, stage

ASKED = "2026-11-23 09:30"
CLOSED = "2026-11-23 17:30"
Step = Callable[[World, list[str]], Any]


class DiesBeforeReading(World):
    """Each time something was heard the process is killed before it is read; the next process reads it."""

    born = False

    def settle(self) -> None:
        if self.born:
            self.die()
        super().settle()
        self.born = True

    def die(self) -> None:
        self.born = False
        self.restart()


class DiesBeforeAnswering(DiesBeforeReading):
    """Each time something was heard and dealt with, the process is killed before a word of the answer is sent."""

    def die(self) -> None:
        self.run(self.app._read())
        super().die()


DAY: tuple[Step, ...] = (
    lambda world, said: world.says("Bob", "new fix the rig @Bob Stone by Dec 5 measure zero red builds"),
    lambda world, said: world.at(ASKED),
    lambda world, said: world.presses("Bob", "Answer"),
    lambda world, said: world.submits("Bob", "shipped the rig", "nothing"),
    lambda world, said: world.at("2026-11-23 10:00"),
    lambda world, said: world.says("Bob", "#1 60% waiting for supplier"),
    lambda world, said: world.at("2026-11-23 16:30"),
    lambda world, said: world.at("2026-11-23 17:40"),
    lambda world, said: world.says("Li Lei", "moved the line"),
    lambda world, said: world.says("Li Lei", "no test rig"),
    lambda world, said: world.corrects("Li Lei", said[-2], "moved both lines"),
    lambda world, said: world.says("Bob", "#1 done"),
    lambda world, said: world.says("Grace", "coach @Bob Stone talked about pacing"),
    lambda world, said: world.presses("Grace", "Both of us"),
    lambda world, said: world.says("Grace", "ask earlier"),
    lambda world, said: world.says("Grace", "thanks @Bob Stone for the rig #craft"),
    lambda world, said: world.presses("Grace", "Post"),
    lambda world, said: world.at("2026-11-24 17:00"),
)


ONE_DAY = ORGANIZATION.replace("day: friday", "day: tuesday")


def play(world: World, restarts: bool = False) -> dict[str, list[str]]:
    """The scripted day, and everything the bot's messages say at its end."""
    said: list[str] = []
    for step in DAY:
        done = step(world, said)
        said += [done] if isinstance(done, str) else []
        if restarts:
            world.restart()
    people = {who: world.chat(who) for who in ("Bob", "Li Lei", "Grace", "Olive", "Helen", "Otto")}
    return {**people, "channel": world.posted(), "elsewhere": world.posted("C0ELSE")}


def calls(world: World) -> dict[str, list[str]]:
    """What Slack was asked to show in each place, in order; where a chat is, a new process looks up once more."""
    shown: dict[str, list[str]] = {}
    for method, said in world.stage.api_calls() if world.platform == "slack" else ():
        if method.startswith(("chat.", "views.")):
            words = said.get("text") or said["view"]["title"]["text"]
            shown.setdefault(said.get("channel", "form"), []).append(f"{method}: {words}")
    return shown


def forget(database: Database) -> None:
    with database.transaction() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.execute(table.delete())


def test_a_day_with_a_restart_between_any_two_steps_ends_like_one_without(platform: str, database: Database) -> None:
    with stage(platform, database, ONE_DAY) as world:
        undisturbed = play(world), calls(world)
    forget(database)
    with stage(platform, database, ONE_DAY) as world:
        assert (play(world, restarts=True), calls(world)) == undisturbed

    told = undisturbed[0]
    monday, thanks, digest = told["channel"]
    assert "\u674e\u96f7 late edited\nWhat moved this week? moved both lines" in monday
    assert "Thanks from Grace Park" in thanks
    assert "week 2026-W48" in digest


@pytest.mark.in_turn
@pytest.mark.parametrize("mortal", [DiesBeforeReading, DiesBeforeAnswering])
def test_a_day_with_a_death_at_each_message_ends_like_one_without(
    platform: str, database: Database, mortal: type[World]
) -> None:
    with stage(platform, database, ONE_DAY) as world:
        undisturbed = play(world), calls(world)
    forget(database)
    dying = mortal(platform, database, ONE_DAY)
    try:
        assert (play(dying), calls(dying)) == undisturbed
    finally:
        dying.close()


def test_down_over_the_prompt_everyone_is_asked_a_little_later(world: World) -> None:
    world.sleeps_until("2026-11-23 10:30")

    assert world.heard("Bob").count("1/2 What moved this week?") == 1
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.at(CLOSED)
    assert "shipped the rig" in world.posted()[0]
    assert world.posted()[0].endswith("Answered 1 · no answer yet 1")


@pytest.mark.in_turn
def test_down_for_most_of_the_window_nobody_is_hurried_and_the_lead_is_told_once(world: World) -> None:
    world.sleeps_until("2026-11-23 16:45")
    assert world.heard("Bob") == ""

    world.at("2026-11-23 18:00")
    world.restart()
    world.tick()
    assert world.heard("Bob") == ""
    assert world.heard("Grace").count("not asked: Bob Stone, \u674e\u96f7") == 1
    assert world.posted() == []


@pytest.mark.in_turn
def test_who_could_not_be_asked_can_answer_all_the_same(world: World) -> None:
    world.sleeps_until("2026-11-23 18:00")
    world.says("Bob", "report")
    world.says("Bob", "Weekly · Mon, Nov 23, 2026")
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")

    assert "Bob Stone late\nWhat moved this week? shipped the rig" in world.posted()[0]
    assert len(world.posted()) == 1


@pytest.mark.in_turn
def test_down_over_the_whole_window_the_lead_is_told_and_nothing_empty_is_posted(world: World) -> None:
    world.sleeps_until("2026-11-23 20:00")

    assert world.heard("Bob") == ""
    assert world.posted() == []
    told = world.heard("Grace")
    assert told.count("not asked: Bob Stone, \u674e\u96f7") == 1
    assert "no answer yet" not in told


@pytest.mark.in_turn
def test_down_from_the_prompt_past_the_close_nobody_is_reminded_of_what_is_over(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")
    world.sleeps_until("2026-11-23 18:00")

    assert "open until" not in world.heard("Bob")
    assert world.posted()[0].endswith("no answer yet 2")


@pytest.mark.in_turn
def test_down_over_the_reminder_it_comes_while_there_is_time(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")
    world.sleeps_until("2026-11-23 17:00")

    assert world.heard("Bob").count("open until Mon, Nov 23, 2026 17:30") == 1


@pytest.mark.in_turn
def test_down_for_days_the_lead_hears_of_all_that_was_missed_in_one_note_and_the_next_one_is_asked(
    world: World,
) -> None:
    world.sleeps_until("2026-12-03 09:40")
    world.later(hours=1)

    assert world.heard("Bob").count("1/2") == 1
    assert not [post for post in world.posted() if post.startswith("Weekly")]
    told = [text for text in world.chat("Grace") if "not asked" in text]
    assert len(told) == 1
    assert "Weekly (Product), Mon, Nov 23, 2026; Thu, Nov 26, 2026; Mon, Nov 30, 2026: not asked: Bob Stone" in told[0]


@pytest.mark.in_turn
def test_a_digest_missed_on_friday_comes_on_saturday(world: World) -> None:
    world.at("2026-11-27 16:00")
    world.sleeps_until("2026-11-28 09:00")
    world.restart()
    world.tick()

    assert sum("Product · week 2026-W48" in post for post in world.posted()) == 1


@pytest.mark.in_turn
def test_a_digest_missed_over_the_weekend_tells_of_its_own_week_and_costs_the_next_none(world: World) -> None:
    world.at("2026-11-27 16:00")
    world.sleeps_until("2026-11-30 09:00")
    assert sum("Product · week 2026-W48" in post for post in world.posted()) == 1

    world.at("2026-12-04 17:00")
    weeks = [post.splitlines()[0] for post in world.posted() if post.startswith("Product")]
    assert weeks == ["Product · week 2026-W48", "Product · week 2026-W49"]


@pytest.mark.everywhere
def test_a_message_stored_before_the_kill_is_dealt_with_after_it(world: World) -> None:
    world.run(world.stage.says("U0BOB", "new fix the rig @Bob Stone by Dec 5 measure zero red builds"))
    assert world.chat("Bob") == []
    world.restart()

    assert [row["state"] for row in world.stored(Receipt)[0]] == ["done"]
    assert "Added #1 fix the rig" in world.heard("Bob")


@pytest.mark.in_turn
def test_a_half_finished_item_survives_the_kill(world: World) -> None:
    for said in ("new action paint the wall", "me", "Dec 9"):
        world.says("Bob", said)
        world.restart()
    world.says("Bob", "two coats")

    assert "Added #1 paint the wall" in world.heard("Bob")


@pytest.mark.parametrize("fault", ["reset_after", "500", "internal_error", "reset_before", "429"])
def test_a_message_slack_may_have_taken_is_looked_up_and_not_sent_twice(slack: World, fault: str) -> None:
    taken = fault in ("reset_after", "500", "internal_error")
    slack.stage.fake.clock = lambda: slack.clock.now().timestamp()
    slack.stage.fake.fail("chat.postMessage", how=fault, retry_after=5, applied=taken)
    slack.says("Bob", "help")
    slack.later(minutes=2)
    slack.settle()

    assert len(slack.chat("Bob")) == 1
    assert "What you can say" in slack.heard("Bob")
    assert len(slack.stage.fake.called("chat.postMessage")) == (1 if taken else 2)


def test_an_hour_without_slack_loses_nothing_and_keeps_the_order(slack: World) -> None:
    slack.stage.fake.fail("chat.postMessage", times=8, how="reset_before")
    for said in ("new fix the rig @Bob Stone by Dec 5 measure zero red builds", "#1 60% waiting", "#1 done"):
        slack.says("Bob", said)
    for _ in range(15):
        slack.later(minutes=4)
        slack.settle()

    told = slack.chat("Bob")
    assert [line.split(" fix the rig")[0] for line in told] == ["Added #1", "#1", "#1"]
    assert "60 %" in told[1]
    assert "done" in told[2]
