"""What leaves for WeCom: it fits, arrives once, calls nobody, and every refusal says what to do next."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.wecom import cards, dialect
from bot.wecom.api import unreached
from bot.wecom.outbound import MOST_BYTES, invisible, said
from models.db import Database
from models.messages import Form, Message
from services.outbox import SendError
from services.pieces import pieces
from tests.bot.wecom.bench import Hands, buttons, delivery, picture, way_out
from tests.fakes import wecom_rules
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_user import WecomUser, text_of

pytestmark = pytest.mark.anyio
PAYLOADS = Path(__file__).parent.parent / "payloads" / "wecom" / "api"
HAN = "\u6c49"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is asked of WeCom knows no engine: one is enough."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


def kinds(fake: WecomFake, place: str = "zhangsan") -> list[str]:
    return [post.content["msgtype"] for post in fake.messages(place)]


def shown(fake: WecomFake, place: str = "zhangsan") -> list[str]:
    return [text_of(post) for post in fake.messages(place)]


async def refused(fake: WecomFake, database: Database, clock: Hands, **more: Any) -> SendError:
    async with way_out(fake, database, clock) as out:
        with pytest.raises(SendError) as caught:
            await out.send(delivery(**more), None)
    return caught.value


# --- words


async def test_bare_words_go_as_text_and_styled_ones_as_markdown(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    async with way_out(fake, database, clock) as out:
        first = await out.send(delivery("shipped &lt;b&gt; the rig"), None)
        await out.send(delivery("<b>shipped</b> the rig", id=2), None)
    assert (kinds(fake), first) == (["text", "markdown"], fake.messages("zhangsan")[0].id)
    bare, styled = (post.content["content"] for post in fake.messages("zhangsan"))
    assert bare.startswith("shipped \uff1cb\uff1e the rig")
    assert styled.startswith("**shipped** the rig")
    assert fake.problems == []


@pytest.mark.parametrize("words", ["a" * 1900, HAN * 633, "<" * 633, "]" * 600, "<b>x</b>" * 240])
async def test_a_piece_of_the_outbox_is_never_cut(
    words: str, fake: WecomFake, database: Database, clock: Hands
) -> None:
    markup = words if words.startswith("<b>") else str(escape(words))
    async with way_out(fake, database, clock) as out:
        for number, piece in enumerate(pieces(Message(markup=markup), "wecom"), start=1):
            await out.send(delivery(piece.markup, id=number), None)
    assert fake.problems == []
    assert "…" not in "".join(shown(fake))


async def test_at_the_limit_nothing_is_cut_and_over_it_no_character_is_broken(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    room = MOST_BYTES - len(invisible(1).encode())
    exact = "a" * (room % 3) + HAN * (room // 3)
    async with way_out(fake, database, clock) as out:
        await out.send(delivery(exact), None)
        await out.send(delivery(exact + "b", id=2), None)
    assert [len(post.content["content"].encode()) <= MOST_BYTES for post in fake.messages("zhangsan")] == [True, True]
    first, second = shown(fake)
    assert (first, second[-2:]) == (exact, f"{HAN}…")
    assert fake.problems == []


@given(st.text(min_size=1, max_size=400), st.integers(min_value=1, max_value=10**9))
def test_whatever_people_write_wecom_takes(words: str, number: int) -> None:
    for content in said(dialect.lines(f"{escape(words)}<b>{escape(words)}</b>"), number):
        kind = content["msgtype"]
        assert list(wecom_rules.wrong_content({**content}, wecom_rules.APP_TYPES)) == []
        assert len(content[kind]["content"].encode()) <= MOST_BYTES
        json.dumps(content).encode()


# --- once


@pytest.mark.parametrize("how", ["lost_500", "reset_after", "garbage", "reset_before"])
async def test_what_is_in_doubt_is_sent_again_and_arrives_once(
    how: str, fake: WecomFake, database: Database, clock: Hands
) -> None:
    message = delivery("Which one?", buttons=buttons("Left", "Right"))
    fake.fail("message/send", how)
    async with way_out(fake, database, clock) as out:
        with pytest.raises(SendError) as caught:
            await out.send(message, None)
        clock.passes(hours=3, minutes=59)
        assert (caught.value.ambiguous, await out.find(message)) == (True, None)
    async with way_out(fake, database, clock) as another_process:
        assert await another_process.send(message, None) == cards.task_id(message)
    assert len(fake.messages("zhangsan")) == 1
    assert fake.problems == []


async def test_a_card_that_is_there_already_is_sent(fake: WecomFake, database: Database, clock: Hands) -> None:
    """Sent by a process of another version, whose request was not the same to the byte."""
    message = delivery("Which one?", buttons=buttons("Left"))
    async with way_out(fake, database, clock) as out:
        await out.send(message, None)
        clock.passes(hours=5)
        assert await out.send(message, None) == cards.task_id(message)
    assert len(fake.messages("zhangsan")) == 1


async def test_after_four_hours_what_is_in_doubt_is_not_sent_again(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    clock.passes(hours=4)
    async with way_out(fake, database, clock) as out:
        for message in (delivery(), delivery(place="C0PRODUCT", kind="channel")):
            with pytest.raises(SendError, match="outcome_unknown") as caught:
                await out.find(message)
            assert caught.value.unknown


async def test_two_messages_that_say_the_same_both_arrive(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with way_out(fake, database, clock) as out:
        for number in (1, 2):
            await out.send(delivery("Done.", id=number), None)
    assert shown(fake) == ["Done.", "Done."]


async def test_a_picture_in_doubt_is_sent_again_only_with_the_same_id(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    message = delivery("", picture=picture())
    fake.fail("message/send", "lost_500")
    async with way_out(fake, database, clock) as out:
        with pytest.raises(SendError):
            await out.send(message, None)
        assert await out.find(message) is None
        await out.send(message, None)
    async with way_out(fake, database, clock) as another_process:
        with pytest.raises(SendError, match="outcome_unknown"):
            await another_process.find(message)
    assert (kinds(fake), fake.problems) == (["image"], [])


# --- who gets nothing


async def test_who_is_out_of_the_apps_sight_is_lost(fake: WecomFake, database: Database, clock: Hands) -> None:
    for place in ("lisi", "nobody"):
        assert (await refused(fake, database, clock, place=place)).lost == "out_of_scope"


def test_who_got_nothing_is_said_in_passing_and_without_capitals() -> None:
    answer = json.loads((PAYLOADS / "message_send_partial.json").read_text("utf-8"))
    assert unreached(answer) == {"lisi", "wangwu", "zhaoliu"}
    assert unreached({"errcode": 0, "invaliduser": "LiSi"}) == {"lisi"}
    assert unreached({"errcode": 0}) == set()


async def test_a_group_chat_that_is_gone_is_refused_for_good(fake: WecomFake, database: Database, clock: Hands) -> None:
    error = await refused(fake, database, clock, place="C0GONE", kind="channel")
    assert (error.permanent, error.lost) == (False, "gone")


# --- buttons


async def test_a_short_message_with_buttons_is_one_card(fake: WecomFake, database: Database, clock: Hands) -> None:
    message = delivery("For which team?", buttons=buttons("Product", "Elsewhere", "Cancel"))
    async with way_out(fake, database, clock) as out:
        assert await out.send(message, None) == "lk-1-1795397400000"
    (post,) = fake.messages("zhangsan")
    assert text_of(post) == "For which team?"
    assert WecomUser(None, fake, "ZhangSan").buttons(post) == [  # type: ignore[arg-type]
        ("Product", "v1:choose:7:0"),
        ("Elsewhere", "v1:choose:7:1"),
        ("Cancel", "v1:choose:7:2"),
    ]


async def test_a_long_message_is_read_first_and_its_last_lines_stand_on_the_card(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    markup = f"Hi, time for <b>Weekly</b>: {'two short questions ' * 9}\n<b>1/2</b> What moved?\n<i>Type, or press.</i>"
    async with way_out(fake, database, clock) as out:
        await out.send(delivery(markup, buttons=buttons("Answer", "Later", "Skip")), None)
    assert kinds(fake) == ["markdown", "template_card"]
    assert shown(fake)[1] == "1/2 What moved?\nType, or press."
    assert fake.problems == []


@pytest.mark.parametrize("count", [1, 6, 7, 10, 11, 25])
async def test_every_button_can_be_pressed_however_many_there_are(
    count: int, fake: WecomFake, database: Database, clock: Hands
) -> None:
    labels = [f"Team number {number} of many" for number in range(count)]
    async with way_out(fake, database, clock) as out:
        await out.send(delivery("Which?", buttons=buttons(*labels)), None)
    user = WecomUser(None, fake, "ZhangSan")  # type: ignore[arg-type]
    seen = [pair for post in fake.messages("zhangsan") for pair in user.buttons(post)]
    assert seen == [(label, f"v1:choose:7:{place}") for place, label in enumerate(labels)]
    assert fake.problems == []


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=75).filter(str.strip), min_size=1, max_size=12))
def test_whatever_a_card_says_wecom_takes(words: str, labels: list[str]) -> None:
    message = delivery(str(escape(words)), buttons=buttons(*labels))
    _, dealt = cards.dealt(message, Message.model_validate(message.message))
    for card in dealt:
        assert list(wecom_rules.wrong_content(card, wecom_rules.APP_TYPES)) == []
        assert list(wecom_rules.cut_card(card["template_card"])) == []


async def test_a_pressed_card_shows_what_was_chosen_once_and_nothing_else_is_sent(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    original = delivery("Which?", buttons=buttons("Left", "Right"), external_id="lk-1-1795397400000")
    async with way_out(fake, database, clock) as out:
        await out.send(original, None)
        (post,) = fake.messages("zhangsan")
        edit = delivery("Which?\n✓ Left", id=2, ticket=fake.new_code(post))
        assert await out.send(edit, original) == original.external_id
        assert await out.send(edit, original) == original.external_id  # its code is used up: it stays as it is
    assert (post.replaced, shown(fake)) == ("✓ Left", ["Which?\n✓ Left"])


async def test_what_cannot_be_changed_in_place_is_said_anew(fake: WecomFake, database: Database, clock: Hands) -> None:
    original = delivery("60 %", external_id="msg1")
    async with way_out(fake, database, clock) as out:
        await out.send(original, None)
        await out.send(delivery("80 %", id=2), original)
        assert await out.send(delivery("…", id=3), original) == "msg1"
    assert shown(fake) == ["60 %", "80 %"]


# --- the rest


async def test_a_picture_comes_before_its_words(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with way_out(fake, database, clock) as out:
        await out.send(delivery("the week", picture=picture()), None)
    assert (kinds(fake), fake.problems) == (["image", "text"], [])


async def test_a_group_chat_gets_words_without_buttons(fake: WecomFake, database: Database, clock: Hands) -> None:
    summary = delivery("<b>Weekly</b>", place="C0PRODUCT", kind="channel", buttons=buttons("Press"))
    async with way_out(fake, database, clock) as out:
        assert await out.send(summary, None) == "delivery-1"
    assert (kinds(fake, "C0PRODUCT"), fake.problems) == (["markdown"], [])


async def test_there_are_no_forms(fake: WecomFake, database: Database, clock: Hands) -> None:
    form = Form(action="v1:form:1", title="t", submit="s", close="c", fields=())
    async with way_out(fake, database, clock) as out:
        with pytest.raises(SendError, match="no_forms") as caught:
            await out.send(delivery("", form=form), None)
    assert caught.value.permanent


async def test_a_profile_is_a_name_and_no_zone(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with way_out(fake, database, clock) as out:
        profile = await out.profile("zhangsan", "")
    assert (profile.name, profile.time_zone, profile.locale) == ("Zhang San", None, None)
