"""Bad input ends well: it is answered, it changes nothing it should not, and it harms nobody else."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from models.check_ins import Answer, Response
from models.ledger import Action, ActionUpdate
from models.messages import Delivery, Receipt
from models.recognition import Recognition
from services.limits import Rate
from tests.world import World

pytestmark = pytest.mark.in_turn

ASKED = "2026-11-23 09:30"
CLOSED = "2026-11-23 17:30"
FACTS = (Action, ActionUpdate, Recognition, Response, Answer)
NEW = "new fix the rig @Bob Stone by Dec 5 measure zero red builds"
LONG = "all work and no play " * 5_000  # about 100 kB
ODD = {
    "unknown words": "flibber the wuzzle, would you kindly",
    "a hundred kilobytes": LONG,
    "emoji only": "\U0001f389\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f1e8\U0001f1f3",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eevil\u202c \u0645\u0631\u062d\u0628\u0627",
    "zero width within": "\u200bhel\u200dlo\ufeff wor\u2060ld",
    "control characters": "bell\x07 escape\x1b[31m null\x00 tab\t line\r\nend",
    "combining marks": "Z\u0351\u036b\u0343\u036a\u0302a\u0363\u0368" * 200,
    "a lone number": "12",
    "markup": "<!channel> <b>bold</b> [x](y) <@U0BOB> *s* _i_ `c` &amp; & {{ 7 * 7 }} {% if %}",
    "sql and paths": "'; DROP TABLE action; -- ../../etc/passwd %s %(x)s ${jndi:ldap://x}",
    "a number too large": "#99999999999999999999 60%",
    "fifty items": "\n".join(f"#{number} 10%" for number in range(1, 80)),
}


def goes_on(world: World) -> bool:
    """Nothing failed, nothing is stuck, and the next person is served."""
    world.says("Grace", "help")
    states = {row["state"] for row in world.stored(Receipt)[0]}
    return "What you can say" in world.heard("Grace") and states <= {"done", "ignored", "limited"}


def test_odd_words_get_one_answer_and_change_nothing(world: World) -> None:
    for name, text in [*ODD.items(), ("nothing", ""), ("spaces", "  \n\u3000")]:
        before = len(world.chat("Bob"))
        world.says("Bob", text)

        pieces = len(world.chat("Bob")) - before
        assert pieces == 1 or (name == "fifty items" and 1 < pieces < 20), name
        assert world.heard("Bob").strip(), name
        world.waits(minutes=1)
    assert world.stored(Action, ActionUpdate, Recognition) == [[], [], []]
    assert goes_on(world)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_words_are_taken_as_the_answer_when_a_question_is_open(world: World, text: str) -> None:
    text = text.replace("#", "about #").partition("\n")[0]
    world.at(ASKED)
    world.says("Bob", text)
    world.says("Bob", "nothing")
    world.at(CLOSED)

    assert len(world.posted()) == 1
    assert world.posted()[0].endswith("Answered 1 · no answer yet 1")
    visible = [char for char in text.strip()[:10_000] if char.isprintable() and not char.isspace()]
    assert [char for char in world.stored(Answer)[0][0]["text"] if char in visible] == visible
    assert goes_on(world)


def test_a_message_nobody_can_see_is_no_answer(world: World) -> None:
    world.at(ASKED)
    for nothing in ("", "   ", "\n\n\t", "\u200b\u200d\ufeff\u2060", "\u3000", "\u202e"):
        world.heard("Bob")
        world.says("Bob", nothing)

        assert "1/2 What moved this week?" in world.heard("Bob"), ascii(nothing)
        assert world.stored(Answer) == [[]]


def test_of_a_very_long_answer_the_beginning_is_kept_and_the_person_is_told(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", LONG)
    world.says("Bob", "nothing")

    assert "longer than 10000 characters; I kept the beginning" in "\n".join(world.chat("Bob"))
    assert world.stored(Answer)[0][0]["text"] == LONG[:10_000].strip()


def test_a_form_that_cannot_show_all_of_an_answer_does_not_cut_it(slack: World) -> None:
    slack.at(ASKED)
    long = "word " * 1_500 + "end"
    slack.says("Bob", long)
    slack.says("Bob", "nothing")
    slack.presses("Bob", "Edit")
    view = slack.stage.fake.views[-1]
    slack.run(slack.stage.user("U0BOB").submits(view, {"What is in the way?": "a broken rig"}))
    slack.settle()

    first, second = slack.stored(Answer)[0]
    assert second["text"] == "a broken rig"
    assert first["text"] == long


MARKUP = "<!channel> <b>bold</b> [x](y) <@U0GRACE> https://evil.example/x &lt;i&gt; *s* end"


def spans(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every piece of a Slack message's rich text; anything else in it must be a row of buttons."""
    for block in message["blocks"]:
        assert block["type"] in ("rich_text", "actions"), block
        for section in block.get("elements", []) if block["type"] == "rich_text" else []:
            assert section["type"] == "rich_text_section", section
            yield from section["elements"]


def posts_with_markup(world: World) -> None:
    world.at(ASKED)
    world.says("Bob", MARKUP)
    world.says("Bob", f"second {MARKUP}")
    world.says("Bob", f"new fix {MARKUP} owner me by Dec 5 measure {MARKUP}")
    world.says("Grace", f"thanks @Bob Stone for {MARKUP} #craft")
    world.presses("Grace", "Post")
    world.at(CLOSED)
    world.says("Bob", f"#1 blocked: {MARKUP}")
    world.at("2026-11-27 17:00")


@pytest.mark.everywhere
def test_markup_people_typed_is_read_as_they_typed_it(world: World) -> None:
    posts_with_markup(world)
    thanks, monday, thursday, digest = world.posted()

    assert MARKUP in thanks
    assert f"What moved this week? {MARKUP}\nWhat is in the way? second {MARKUP}" in monday
    assert MARKUP not in thursday
    assert "<!channel> <b>bold</b> [x](y)" in digest


def test_on_slack_markup_people_typed_calls_nobody_and_links_nowhere(slack: World) -> None:
    posts_with_markup(slack)
    shown = [message for place in (slack.channel, "U0BOB", "U0GRACE") for message in slack.stage.fake.messages(place)]
    typed = [message for message in shown if "channel" in message["text"]]

    assert len(typed) >= 5
    for message in typed:
        for span in spans(message):
            assert span["type"] in ("text", "user")
            assert span["type"] == "text" or span["user_id"] == "U0BOB"
        assert any("<!channel>" in span.get("text", "") for span in spans(message))
        assert "&lt;!channel&gt;" in message["text"]
        assert not {"<", ">"} & set(message["text"])


def test_the_same_event_again_changes_nothing(slack: World) -> None:
    slack.says("Bob", NEW)
    slack.says("Bob", "#1 60% waiting")
    said = slack.stage.user("U0BOB").last
    before, heard = slack.stored(Action, ActionUpdate), slack.chat("Bob")

    for number in (1, 2, 3):
        slack.run(slack.stage.user("U0BOB").resend(said, number))
        slack.settle()
    slack.says("Bob", "#1 80% moved on")
    slack.run(slack.stage.user("U0BOB").resend(said, 3))
    slack.settle()

    assert slack.chat("Bob")[:2] == heard
    assert len(slack.chat("Bob")) == 3
    assert [row["progress"] for row in slack.stored(Action)[0]] == [80]
    assert slack.stored(ActionUpdate)[0][:1] == before[1]


def test_the_same_event_many_times_at_once_counts_once(slack: World) -> None:
    slack.says("Bob", NEW)
    bob = slack.stage.user("U0BOB")

    async def at_once() -> None:
        await bob.says("#1 60% waiting")
        await asyncio.gather(*(bob.resend(bob.last, number) for number in range(1, 9)))

    slack.run(at_once())
    slack.settle()

    assert len(slack.stored(ActionUpdate)[0]) == 1
    assert len(slack.chat("Bob")) == 2


def test_one_post_that_slack_tells_of_twice_is_answered_once(slack: World) -> None:
    """A mention in the channel arrives as app_mention and as message."""
    slack.says("Bob", NEW)
    slack.says_in_channel("Bob", "#1 60% waiting")

    assert len(slack.posted()) == 1


@pytest.mark.everywhere
def test_many_people_at_once_are_each_answered(world: World) -> None:
    people = ("U0BOB", "U0GRACE", "U0OLIVE", "U0HELEN", "U0OTTO")

    async def at_once() -> None:
        await asyncio.gather(*(world.stage.says(user, "help") for user in people for _ in range(3)))

    world.run(at_once())
    world.settle()

    assert [len(world.chat(who)) for who in ("Bob", "Grace", "Olive", "Helen", "Otto")] == [3] * 5


def test_an_edit_that_comes_before_its_message_breaks_nothing(slack: World) -> None:
    slack.at(ASKED)
    slack.heard("Bob")
    bob = slack.stage.user("U0BOB")
    at_the_door, bob.post = bob.post, lost_on_the_way
    message = slack.says("Bob", "shiped the rig")
    said, bob.post = bob.last, at_the_door

    slack.edits("Bob", message, "shipped the rig")
    assert "Nothing was changed" in slack.heard("Bob")
    slack.run(bob.resend(said))
    slack.settle()

    assert "2/2" in slack.heard("Bob")
    assert len(slack.stored(Answer)[0]) == 1


async def lost_on_the_way(_headers: Mapping[str, str], _body: bytes) -> httpx.Response:
    return httpx.Response(503)


def test_two_messages_in_the_wrong_order_are_both_kept(slack: World) -> None:
    slack.says("Bob", NEW)
    bob = slack.stage.user("U0BOB")
    at_the_door, bob.post = bob.post, lost_on_the_way
    slack.says("Bob", "#1 40% waiting")
    said, bob.post = bob.last, at_the_door
    slack.says("Bob", "#1 done")
    slack.run(bob.resend(said))
    slack.settle()

    assert [row["progress"] for row in slack.stored(ActionUpdate)[0]] == [100, 40]


def test_bots_are_not_answered(slack: World) -> None:
    """Neither its own messages, nor those of another bot or of Slack itself."""
    bob = slack.stage.user("U0BOB")
    where = {"type": "message", "channel": slack.channel, "channel_type": "channel", "text": "<@U0BOTUSER> help"}
    authors: tuple[dict[str, str], ...] = (
        {"user": "U0BOTUSER", "bot_id": "B0BOT0001"},
        {"user": "U0WEATHER", "bot_id": "B0WEATHER", "subtype": "bot_message"},
        {"user": "U0BOB", "bot_id": "B0WORKFLOW"},
        {"user": "USLACKBOT"},
        {"user": "U0BOB", "subtype": "channel_join"},
    )
    for number, author in enumerate(authors):
        slack.run(bob._event({**where, **author, "ts": f"1700000000.00000{number}"}))
        slack.settle()

    assert slack.posted() == []
    assert {row["state"] for row in slack.stored(Receipt)[0]} == {"ignored"}


def test_a_button_pressed_twice_works_once(world: World) -> None:
    world.says("Grace", "thanks @Bob Stone for the rig #craft")
    action = button(world, "Grace", "Post")
    world.presses("Grace", "Post")
    world.heard("Grace")
    world.forges_press("Grace", action, "Grace")

    assert "answered already" in world.heard("Grace")
    assert len(world.posted()) == 1
    assert len(world.stored(Recognition)[0]) == 1


def test_a_button_pressed_by_somebody_else_does_nothing(world: World) -> None:
    world.says("Grace", "thanks @Bob Stone for the rig #craft")
    world.forges_press("Li Lei", button(world, "Grace", "Post"), "Grace")

    assert world.posted() == []
    assert world.heard("Li Lei") != ""
    world.presses("Grace", "Post")
    assert len(world.posted()) == 1


def test_an_undo_pressed_twice_takes_back_one_step(world: World) -> None:
    world.says("Bob", NEW)
    world.says("Bob", "#1 40% waiting")
    world.says("Bob", "#1 60% moving")
    action = button(world, "Bob", "Undo")
    world.forges_press("Bob", action, "Bob")
    world.heard("Bob")
    world.forges_press("Bob", action, "Bob")

    assert "nothing of yours" in world.heard("Bob")
    assert world.stored(Action)[0][0]["progress"] == 40


def button(world: World, who: str, label: str) -> str:
    """What the newest button with that label stands for."""
    newest = [row["message"]["buttons"] for row in world.stored(Delivery)[0] if row["place_id"] == world.account(who)]
    return next(str(it["action"]) for buttons in newest[::-1] for it in buttons if it["label"] == label)


@pytest.mark.needs("forms")
def test_a_button_pressed_after_the_round_closed_counts_as_late(world: World) -> None:
    world.at("2026-11-23 18:00")
    world.presses("Bob", "Answer")
    world.submits("Bob", "shipped the rig", "nothing")

    assert "counts as late" in world.chat("Bob")[-1]
    assert "Bob Stone late" in world.posted()[0]
    assert len(world.posted()) == 1


@pytest.mark.parametrize("label", ["Later", "Skip"])
def test_later_and_skip_after_the_answer_change_nothing(world: World, label: str) -> None:
    world.at(ASKED)
    world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.presses("Bob", label)
    world.at(CLOSED)

    assert "shipped the rig" in world.posted()[0]
    assert world.posted()[0].endswith("Answered 1 · no answer yet 1")


FORGED = (
    "v1:choose:999:0", "v1:choose:1:99", "v1:report:999", "v1:form:1", "v1:undo:999999999", "v1:drop_table:1",
    "v1:choose:-1:0", "", "{}", "v1:later:0", "v1:choose:1:0:extra", "v1:agree:999",
)  # fmt: skip


def test_a_forged_button_is_told_so_and_changes_nothing(world: World) -> None:
    world.at(ASKED)
    before = world.stored(*FACTS)
    for action in FORGED:
        world.heard("Bob")
        world.forges_press("Bob", action, "Bob")

        told = world.heard("Bob")
        assert "Nothing was changed" in told or "nothing of yours" in told, action
    assert world.stored(*FACTS) == before
    assert goes_on(world)


@pytest.mark.needs("edits")
def test_an_edit_of_a_message_that_meant_nothing_says_so(world: World) -> None:
    message = world.says("Bob", "flibber the wuzzle")
    world.heard("Bob")
    world.edits("Bob", message, "flibber the wuzzles")

    assert "Nothing was changed" in world.heard("Bob")


@pytest.mark.needs("edits")
def test_an_edit_of_something_taken_back_does_not_bring_it_to_life(world: World) -> None:
    world.says("Bob", NEW)
    message = world.says("Bob", "#1 40% waiting")
    world.says("Bob", "undo")
    world.heard("Bob")
    world.edits("Bob", message, "#1 45% waiting")

    assert "Nothing was changed" in world.heard("Bob")
    assert world.stored(Action)[0][0]["progress"] == 0


@pytest.mark.needs("edits")
def test_an_edit_to_nothing_keeps_the_answer(world: World) -> None:
    world.at(ASKED)
    message = world.says("Bob", "shipped the rig")
    world.says("Bob", "nothing")
    world.edits("Bob", message, "  ")
    world.at(CLOSED)

    assert "shipped the rig" in world.posted()[0]


def test_a_flood_is_stopped_politely_once_and_forgiven_after_a_minute(world: World) -> None:
    allowed = Rate.TALK.value[0]
    for _ in range(allowed + 10):
        world.says("Bob", "help")
    world.catches_up()
    told = world.chat("Bob")
    assert len(told) == allowed + 1
    assert "That was a lot at once" in told[-1]
    assert goes_on(world)

    world.waits(minutes=1)
    world.heard("Bob")
    world.says("Bob", "help")
    assert "What you can say" in world.heard("Bob")
