"""What only Slack shows: the home page, modals, shortcuts of a message, a reaction, threads, pictures."""

import json
from collections.abc import Awaitable
from typing import Any

import pytest

from models.check_ins import Answer
from models.messages import Delivery, Receipt
from tests.fakes.slack_screen import buttons, text_of
from tests.fakes.slack_user import SlackUser
from tests.world import IDS, World

Json = dict[str, Any]
ASKED, CLOSED, FRIDAY = "2026-11-23 09:30", "2026-11-23 17:30", "2026-11-27 17:00"
RIG = "new fix the rig @Bob Stone by Dec 5 measure zero red builds"


@pytest.fixture
def world(slack: World) -> World:
    return slack


def user(world: World, who: str) -> SlackUser:
    found: SlackUser = world.stage.user(IDS[who])
    return found


def does(world: World, deed: Awaitable[Any]) -> Any:
    response = world.run(deed)
    world.settle()
    return response


def looks(world: World, who: str) -> None:
    does(world, user(world, who).opens_home())


def page(world: World, who: str) -> str:
    return text_of(world.stage.fake.homes[IDS[who]])


def presses_at_home(world: World, who: str, label: str) -> None:
    does(world, user(world, who).presses(world.stage.fake.homes[IDS[who]], label))


def modal(world: World) -> Json:
    found: Json = world.stage.fake.views[-1]
    return found


def shown_in(view: Json) -> list[str]:
    return [block["element"].get("initial_value", "") for block in view["blocks"]]


def published(world: World) -> int:
    return len(world.stage.fake.called("views.publish"))


# --- the home page


def test_the_home_page_shows_what_is_open_with_a_button_for_each_thing(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Grace", "thanks @Bob Stone for the demo")
    world.presses("Grace", "Post")
    world.at(ASKED)
    looks(world, "Bob")

    shown = page(world, "Bob")
    for part in (
        "Weekly\nOpen until Mon, Nov 23, 2026 17:30",
        "#1 fix the rig\nin progress · 0 %",
        "Grace Park: the demo",
    ):
        assert part in shown
    labels = [label for label, _, _ in buttons(world.stage.fake.homes["U0BOB"])]
    assert labels == [
        *("Answer", "Later", "Skip", "Add an item", "Done", "In progress", "Blocked"),
        *("English", "\u4e2d\u6587", "Light", "Standard", "Active", "22:00-08:00", "Off"),
    ]
    assert "Reminders\nStandard." in shown
    assert world.heard("Grace").count("Hello") == 0


def test_a_press_on_the_page_moves_the_item_and_the_page_follows(world: World) -> None:
    world.says("Bob", RIG)
    looks(world, "Bob")
    world.heard("Bob")

    presses_at_home(world, "Bob", "Done")

    assert "#1" in world.heard("Bob")
    assert "fix the rig" not in page(world, "Bob")
    world.presses("Bob", "Undo")
    assert "#1 fix the rig\nin progress · 0 %" in page(world, "Bob")


def test_blocked_asks_in_the_chat_what_stands_in_the_way(world: World) -> None:
    world.says("Bob", RIG)
    looks(world, "Bob")
    world.heard("Bob")
    world.heard("Grace")

    presses_at_home(world, "Bob", "Blocked")
    assert "What stands in the way of #1 fix the rig?" in world.heard("Bob")
    assert world.heard("Grace") == ""
    world.says("Bob", "no supplier yet")

    assert "no supplier yet" in world.heard("Grace")
    assert "blocked" in page(world, "Bob")


def test_a_made_up_number_is_answered_as_if_it_were_not_there(world: World) -> None:
    world.says("Bob", RIG)
    looks(world, "Otto")
    world.heard("Otto")
    home = world.stage.fake.homes["U0OTTO"]
    home["blocks"][1:] = [{"type": "actions", "block_id": "x", "elements": [_forged("v1:done:1")]}]

    presses_at_home(world, "Otto", "Forged")

    assert "#1" in world.heard("Otto")
    assert "#1 fix the rig: in progress" in _mine(world, "Bob")


def _forged(action: str) -> Json:
    text = {"type": "plain_text", "text": "Forged"}
    return {"type": "button", "action_id": "forged", "text": text, "value": action}


def _mine(world: World, who: str) -> str:
    world.heard(who)
    world.says(who, "mine")
    return world.heard(who)


def test_language_and_quiet_hours_are_one_press(world: World) -> None:
    looks(world, "Bob")
    presses_at_home(world, "Bob", "22:00-08:00")
    assert "22:00 to 08:00 (Asia/Shanghai)" in page(world, "Bob")
    presses_at_home(world, "Bob", "\u4e2d\u6587")
    assert "\u5b89\u9759\u65f6\u6bb5\n22:00" in page(world, "Bob")


def test_the_page_is_kept_true_for_a_day_and_made_for_nobody_who_never_looked(world: World) -> None:
    world.says("Bob", RIG)
    world.says("Bob", "#1 20%")
    assert published(world) == 0
    looks(world, "Bob")
    world.says("Bob", "#1 40%\n#1 60%")
    assert published(world) == 2
    assert "60 %" in page(world, "Bob")

    world.at("2026-11-24 09:00")
    before = published(world)
    world.says("Bob", "#1 80%")
    assert published(world) == before


# --- modals


def test_new_without_words_opens_a_form_and_its_submission_is_the_item(world: World) -> None:
    does(world, user(world, "Bob").slash("new"))
    values = {"title": "fix the rig", "due": "2026-12-05", "measure": "zero red builds"}
    does(world, user(world, "Bob").submits(modal(world), _named(modal(world), values)))

    assert "#1" in world.heard("Bob")
    assert "#1 fix the rig: in progress, 0 %, due Sat, Dec 5, 2026" in _mine(world, "Bob")


def _named(view: Json, values: Json) -> Json:
    """By field: the id of a prefilled one has a mark behind its name."""
    blocks = {block["block_id"].split(".")[0]: block["block_id"] for block in view["blocks"]}
    return {blocks[name]: value for name, value in values.items()}


def test_the_form_offers_the_team_and_what_is_missing_is_asked(world: World) -> None:
    looks(world, "Bob")
    presses_at_home(world, "Bob", "Add an item")
    owner = modal(world)["blocks"][1]["element"]
    assert [option["text"]["text"] for option in owner["options"]] == ["Bob Stone", "Grace Park", "\u674e\u96f7"]
    assert owner["initial_option"]["text"]["text"] == "Bob Stone"
    world.heard("Bob")

    values = _named(modal(world), {"title": "fix the rig", "owner": "Grace Park", "due": "2026-12-05"})
    does(world, user(world, "Bob").submits(modal(world), values))
    assert "fix the rig" in world.heard("Bob")
    world.says("Bob", "zero red builds")

    assert "Bob Stone" in world.heard("Grace")


def test_a_day_that_is_over_is_said_beside_the_field_and_the_form_stays(world: World) -> None:
    does(world, user(world, "Bob").slash("new"))
    values = _named(modal(world), {"title": "fix the rig", "due": "2026-11-22"})
    answer = does(world, user(world, "Bob").submits(modal(world), values)).json()

    assert answer["response_action"] == "errors"
    assert answer["errors"] == {"due": "This day is over. Please choose today or a later day."}
    assert modal(world)["id"] not in world.stage.fake.closed
    assert world.stored(Receipt)[0][-1]["incoming"]["kind"] == "text"


def test_blanks_are_no_answer_and_it_is_said_in_the_persons_language(world: World) -> None:
    world.at(ASKED)
    world.presses("Li Lei", "\u56de\u7b54")
    answer = does(world, user(world, "Li Lei").submits(modal(world), {"0": "   ", "1": "x"})).json()

    assert answer["errors"] == {"0": "\u8bf7\u5728\u8fd9\u91cc\u586b\u5199\u5185\u5bb9\u3002"}
    assert world.stored(Answer) == [[]]


def test_a_form_closed_unsent_is_a_draft_that_the_next_one_shows(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Answer")
    world.heard("Bob")
    does(world, user(world, "Bob").closes(modal(world), {"0": "half of a thought"}))

    assert world.heard("Bob") == ""
    world.presses("Bob", "Answer")
    assert shown_in(modal(world)) == ["half of a thought", ""]
    world.at(CLOSED)
    assert world.posted()[0].endswith("Answered 0 · no answer yet 2")


def test_closing_the_form_of_what_was_sent_changes_nothing(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Answer")
    world.submits("Bob", "shipped the rig", "nothing")
    world.presses("Bob", "Edit")
    first = modal(world)["blocks"][0]["block_id"]
    does(world, user(world, "Bob").closes(modal(world), {first: "no, wait"}))

    world.at(CLOSED)
    assert "shipped the rig" in world.posted()[0]
    assert "no, wait" not in world.posted()[0]


def test_what_is_typed_meanwhile_stands_in_the_open_form(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Answer")
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    assert shown_in(modal(world)) == ["shipped the rig", "nothing"]

    does(world, user(world, "Bob").submits(modal(world), {}))
    world.at(CLOSED)
    assert "What moved this week? shipped the rig\nWhat is in the way? nothing" in world.posted()[0]


def test_a_form_that_is_closed_by_then_is_left_in_peace(world: World) -> None:
    world.at(ASKED)
    world.presses("Bob", "Answer")
    does(world, user(world, "Bob").closes(modal(world)))
    world.heard("Bob")
    world.says("Bob", "shipped the rig")

    assert world.heard("Bob") == "2/2 What is in the way?"
    edits = [row for row in world.stored(Delivery)[0] if row["kind"] == "edit"]
    assert [(row["state"], row["error"]) for row in edits] == [("failed", "not_found")]


# --- quiet hours


def test_nobody_asks_in_quiet_hours_and_talking_is_answered_at_once(world: World) -> None:
    world.says("Bob", "quiet 09:00-11:00")
    assert "09:00 to 11:00" in world.heard("Bob")
    world.at("2026-11-23 10:59")
    assert world.heard("Bob") == ""
    world.says("Bob", "mine")
    assert "Your items" in world.heard("Bob")
    world.at("2026-11-23 11:00")
    assert "1/2 What moved this week?" in world.heard("Bob")


def test_who_answered_in_his_quiet_hours_is_not_asked_afterwards(world: World) -> None:
    world.says("Bob", "quiet 09:00-11:00")
    world.at("2026-11-23 10:00")
    world.heard("Bob")
    world.says("Bob", "report")
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.heard("Bob")
    world.at("2026-11-23 12:00")
    assert world.heard("Bob") == ""


def test_an_hour_that_comes_after_the_close_asks_nobody(world: World) -> None:
    world.says("Bob", "quiet 08:30-18:00")
    world.heard("Bob")
    world.at("2026-11-23 20:00")
    assert "What moved" not in world.heard("Bob")


# --- a message's shortcuts, and a reaction


def said_by_grace(world: World, text: str) -> tuple[str, str]:
    world.says_in_channel("Grace", text, mention=False)
    return world.channel, user(world, "Grace").last.ts


def test_a_message_becomes_an_item_by_its_shortcut_even_while_a_question_is_open(world: World) -> None:
    world.at(ASKED)
    world.heard("Bob")
    world.waits(minutes=1)
    said = said_by_grace(world, "The rig overheats; #1 done\nand more")
    does(world, user(world, "Bob").uses_shortcut("make_item", *said))
    assert "The rig overheats, #1 done" in world.heard("Bob")
    world.says("Bob", "me")
    world.says("Bob", "Dec 5")
    world.says("Bob", "it stays cold")
    assert "The rig overheats, #1 done" in _mine(world, "Bob")
    assert world.stored(Answer) == [[]]


def test_its_author_is_thanked_by_a_shortcut_or_by_the_emoji(world: World) -> None:
    said = said_by_grace(world, "the demo is ready")
    does(world, user(world, "Bob").uses_shortcut("thank_author", *said))
    assert "Grace Park" in world.heard("Bob")
    does(world, user(world, "Li Lei").reacts(*said, "raised_hands::skin-tone-2"))
    assert "Grace Park" in world.heard("Li Lei")
    world.says("Li Lei", "the demo")
    world.presses("Li Lei", "\u53d1\u5e03")
    assert "the demo" in world.posted()[-1]


def test_a_reaction_begins_once_and_any_other_leaves_no_trace(world: World) -> None:
    said = said_by_grace(world, "the demo is ready")
    does(world, user(world, "Bob").reacts(*said, "eyes"))
    assert world.stored(Receipt) == [[]]
    for _ in range(2):
        does(world, user(world, "Bob").reacts(*said, "raised_hands"))
    assert world.heard("Bob").count("Grace Park") == 1


def test_reactions_of_and_to_strangers_and_to_oneself_are_between_people(world: World) -> None:
    said = said_by_grace(world, "the demo is ready")
    does(world, user(world, "Charlie").reacts(*said, "raised_hands"))
    does(world, user(world, "Grace").reacts(*said, "raised_hands"))
    world.says_in_channel("Charlie", "mine too", mention=False)
    does(world, user(world, "Bob").reacts(world.channel, user(world, "Charlie").last.ts, "raised_hands"))

    for who in ("Charlie", "Grace", "Bob"):
        assert world.chat(who) == []
    assert {row["raw"] for row in world.stored(Receipt)[0] if row["state"] == "ignored"} == {""}


# --- threads and pictures


def test_the_summaries_of_a_day_hang_under_one_line_that_counts(world: World) -> None:
    world.at(CLOSED)
    assert world.stage.day_lines(world.channel) == ["Product · Mon, Nov 23, 2026 · Weekly: 0 of 2 answered"]
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")

    line, summary = world.stage.fake.messages(world.channel)
    assert text_of(line) == "Product · Mon, Nov 23, 2026 · Weekly: 1 of 2 answered"
    assert (line["thread_ts"], summary["thread_ts"]) == (None, line["ts"])
    assert "Bob Stone\nWhat moved this week? shipped the rig" in text_of(summary)


def test_updates_are_taken_in_the_thread_of_a_summary(world: World) -> None:
    world.says("Bob", RIG)
    world.at(CLOSED)
    world.says_in_channel("Bob", "#1 40%", mention=False, thread=world.post_id(0))
    assert "40 %" in world.posted()[-1]


def test_the_digest_carries_a_picture_of_the_last_weeks_and_stands_by_itself(world: World) -> None:
    world.says("Bob", RIG)
    world.stage.fake.slow_to_look_at = 1
    world.at(FRIDAY)
    world.later(seconds=10)

    digest = next(each for each in world.stage.fake.messages(world.channel) if "week 2026-W48" in text_of(each))
    (image,) = [block for block in digest["blocks"] if block["type"] == "image"]
    (file,) = world.stage.fake.files.values()
    assert (digest["thread_ts"], image["slack_file"]["id"]) == (None, "".join(world.stage.fake.files))
    assert image["alt_text"].endswith("2026-W47: 0/0/0, 2026-W48: 0/0/1")
    assert file["bytes"].startswith(b"\x89PNG")


def test_where_nothing_may_be_uploaded_the_digest_comes_without_a_picture(world: World) -> None:
    world.says("Bob", RIG)
    world.stage.fake.scopes -= {"files:write"}
    world.at(FRIDAY)
    assert any(post.startswith("Product · week 2026-W48") for post in world.posted())
    assert world.stage.fake.files == {}


def test_no_word_of_an_unread_shortcut_is_kept(world: World) -> None:
    said = said_by_grace(world, "a secret")
    does(world, user(world, "Bob").uses_shortcut("of_another_time", *said))
    assert "secret" not in json.dumps(world.stored(Receipt), default=str)
