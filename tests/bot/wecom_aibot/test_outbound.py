"""What is sent: each message once, in WeCom's sizes, and every failure told for what it is."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from models.db import Database
from models.messages import Attachment, Button, Form, Message, Picture
from services.outbox import SendError
from tests.bot.wecom_aibot.desk import Desk, delivery, until
from tests.fakes import wecom_aibot_rules as rules
from tests.fakes.wecom_aibot import AibotFake

pytestmark = pytest.mark.anyio
FOLDER = Path(__file__).parent.parent / "payloads" / "wecom_aibot"
TASK = "lk-7-1795397400000"
SKIP = Button(label="Skip", action="v1:skip:3")
LONG = "What moved this week?\n" + "word " * 100
HOSTILE = "<@all> `x` **b** [a](https://evil) ](x) <font color='warning'>&lt;b&gt;\n# no heading"


@pytest.fixture
async def ready(desk: Desk, fake: AibotFake) -> Desk:
    """Zhangsan and the group have spoken; what they said is stored."""
    await fake.says("zhangsan", "hello")
    await fake.says_in("wrGROUP", "zhangsan", "hello")
    await until(lambda: len(desk.receipts()) == 2)
    return desk


def sample(name: str) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return frame


def last(fake: AibotFake, cmd: str) -> dict[str, Any]:
    return next(frame for frame in reversed(fake.frames) if frame["cmd"] == cmd)


async def refused(desk: Desk, message: Message | None = None, **more: Any) -> SendError:
    with pytest.raises(SendError) as refusal:
        await desk.send(message or Message(markup="hello"), **more)
    return refusal.value


async def pressed(desk: Desk, fake: AibotFake, label: str = "Skip", place: str | None = None) -> str:
    """A press, stored; returns its card code."""
    before = len(desk.receipts())
    await fake.clicks("zhangsan", label, place)
    await until(lambda: len(desk.receipts()) > before)
    return str(desk.receipts()[-1].incoming["card_code"])


async def edited(desk: Desk, message: Message, ticket: str | None, **more: Any) -> str | None:
    original = delivery(Message(), external_id=TASK, **more)
    change = delivery(message, original=original, ticket=ticket, **{**more, "id": 9})
    return await desk.link.outbound.send(change, original)


@pytest.mark.parametrize(
    ("cmd", "name"),
    [("aibot_subscribe", "client_subscribe"), ("aibot_send_msg", "client_send_msg_markdown"), ("ping", "client_ping")],
)
async def test_frames_look_like_the_samples(ready: Desk, fake: AibotFake, cmd: str, name: str) -> None:
    await ready.send(Message(markup="hello"))
    await until(lambda: any(frame["cmd"] == "ping" for frame in fake.frames))
    frame, expected = last(fake, cmd), sample(name)
    assert frame.keys() == expected.keys()
    assert frame.get("body", {}).keys() == expected.get("body", {}).keys()
    assert frame["headers"]["req_id"].startswith(cmd)


async def test_a_text_is_markdown(ready: Desk, fake: AibotFake) -> None:
    assert await ready.send(Message(markup='<b>Board</b>\n#1 &lt;new&gt; <a href="https://a.cn/x">more</a>')) == TASK
    assert fake.texts("zhangsan") == ["**Board**\n#1 \uff1cnew\uff1e [more](https://a.cn/x)"]
    assert last(fake, "aibot_send_msg")["body"]["chat_type"] == 1


async def test_a_group_is_written_to_as_a_group(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup="summary"), place="wrGROUP", place_kind="channel")
    assert fake.texts("wrGROUP") == ["summary"]
    assert last(fake, "aibot_send_msg")["body"]["chat_type"] == 2


async def test_nobody_is_called_and_nothing_is_hidden_by_what_people_wrote(ready: Desk, fake: AibotFake) -> None:
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    await ready.send(Message(markup=escaped))
    (text,) = fake.texts("zhangsan")
    assert not {"<", ">", "`", "**", "]("} & {text[at : at + size] for at in range(len(text)) for size in (1, 2)}
    assert "\n# " not in text


@pytest.mark.parametrize("sign", ["a", "\u5b57", "\U0001f600", "*", "]", "&lt;"])
async def test_no_text_is_longer_than_wecom_takes(ready: Desk, fake: AibotFake, sign: str) -> None:
    await ready.send(Message(markup=sign * 20_000))
    (text,) = fake.texts("zhangsan")
    assert 20_400 < len(text.encode()) <= 20_480 or len(text) == 20_000
    assert "\ufffd" not in text


async def test_a_short_question_is_one_card(ready: Desk, fake: AibotFake) -> None:
    later = Button(label="Later", action="v1:later:3", style="danger")
    await ready.send(Message(markup="Weekly\nWhat <b>moved</b> this week?", buttons=(SKIP, later)))
    (card,) = fake.messages("zhangsan")
    assert (card["title"], card["text"]) == ("Weekly", "What moved this week?")
    assert card["buttons"] == [("Skip", "v1:skip:3"), ("Later", "v1:later:3")]
    assert card["task_id"] == TASK
    styles = last(fake, "aibot_send_msg")["body"]["template_card"]["button_list"]
    assert [button["style"] for button in styles] == [2, 3]


async def test_a_long_question_is_said_in_full_before_its_card(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup=LONG, buttons=(SKIP,)))
    text, card = fake.messages("zhangsan")
    assert text["text"] == LONG.strip()
    assert card["title"] == "What moved this week?"


async def test_more_than_six_buttons_are_several_cards_of_one_message(ready: Desk, fake: AibotFake) -> None:
    choices = tuple(Button(label=f"item {number}", action=f"v1:choose:1:{number}") for number in range(14))
    await ready.send(Message(markup="Which one?", buttons=choices))
    cards = fake.messages("zhangsan")
    assert [len(card["buttons"]) for card in cards] == [6, 6, 2]
    assert [card["task_id"] for card in cards] == [TASK, f"{TASK}-2", f"{TASK}-3"]
    await fake.clicks("zhangsan", "item 13")
    await until(lambda: len(ready.receipts()) == 3)
    assert ready.receipts()[-1].incoming["message_id"] == TASK


async def test_a_label_too_long_for_a_button_stands_in_the_text(ready: Desk, fake: AibotFake) -> None:
    choices = (Button(label="Reduce scrap on line <4>", action="a"), Button(label="No", action="b"))
    await ready.send(Message(markup="Which one?", buttons=choices))
    (card,) = fake.messages("zhangsan")
    assert card["text"] == "1 Reduce scrap on line \uff1c4\uff1e"
    assert [label for label, _ in card["buttons"]] == ["1 Reduce\u2026", "No"]


async def test_a_picture_is_uploaded_in_chunks(ready: Desk, fake: AibotFake) -> None:
    png = bytes(range(256)) * 5000
    await ready.send(Message(picture=Picture(png=base64.b64encode(png).decode(), alt="a curve")))
    (message,) = fake.messages("zhangsan")
    assert message["kind"] == "image"
    assert fake.media[message["media"]["media_id"]] == png
    assert sum(frame["cmd"] == "aibot_upload_media_chunk" for frame in fake.frames) == 3


async def test_a_file_is_uploaded_under_its_name(ready: Desk, fake: AibotFake) -> None:
    content = b"{}" * 300_000
    attachment = Attachment(name="loopkeeper-mydata.json", content=base64.b64encode(content).decode())
    await ready.send(Message(attachment=attachment))
    (message,) = fake.messages("zhangsan")
    assert message["kind"] == "file"
    assert fake.media[message["media"]["media_id"]] == content
    assert last(fake, "aibot_upload_media_init")["body"]["filename"] == attachment.name


async def test_a_pressed_card_is_shown_as_chosen(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup="Weekly\nWhat moved?", buttons=(SKIP,)))
    code = await pressed(ready, fake)
    assert await edited(ready, Message(markup="Weekly\nWhat moved?\n\u2713 Skip"), code) == TASK
    (card,) = fake.messages("zhangsan")
    assert (card["title"], card["text"]) == ("Weekly", "What moved?")
    assert card["buttons"] == [("\u2713 Skip", "done")]
    update = last(fake, "aibot_respond_update_msg")
    assert update["headers"]["req_id"] == code
    assert update["body"].keys() <= sample("client_update_card")["body"].keys()


async def test_a_grey_button_does_nothing_more(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup="Weekly", buttons=(SKIP,)))
    await edited(ready, Message(markup="Weekly\n\u2713 Skip"), await pressed(ready, fake))
    before = len(ready.receipts())
    await fake.clicks("zhangsan", "\u2713 Skip")
    await until(lambda: len(ready.receipts()) > before)
    assert ready.receipts()[-1].incoming == {}


async def test_the_second_card_of_a_message_is_changed_by_its_own_press(ready: Desk, fake: AibotFake) -> None:
    choices = tuple(Button(label=f"item {number}", action=f"v1:choose:1:{number}") for number in range(7))
    await ready.send(Message(markup="Which one?", buttons=choices))
    code = await pressed(ready, fake, "item 6")
    await edited(ready, Message(markup="Which one?\n\u2713 item 6"), code)
    assert fake.messages("zhangsan")[1]["buttons"] == [("\u2713 item 6", "done")]


async def test_a_card_is_changed_by_a_press_once_and_never_said_again(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup="Weekly", buttons=(SKIP,)))
    code = await pressed(ready, fake)
    for _ in range(2):
        assert await edited(ready, Message(markup="Weekly\n\u2713 Skip"), code) == TASK
    assert await edited(ready, Message(markup="Weekly\n\u2713 Skip"), "cb_unknown") == TASK
    assert sum(frame["cmd"] == "aibot_respond_update_msg" for frame in fake.frames) == 1
    assert len(fake.messages("zhangsan")) == 1


async def test_five_seconds_after_a_press_nothing_is_sent(database: Database, fake: AibotFake) -> None:
    time = [0.0]
    async with Desk(database, fake) as desk:
        desk.link.outbound._clock = lambda: time[0]
        await until(lambda: fake.is_connected)
        await fake.says("zhangsan", "hello")
        await desk.send(Message(markup="Weekly", buttons=(SKIP,)))
        code = await pressed(desk, fake)
        time[0] = 5.1
        assert await edited(desk, Message(markup="Weekly\n\u2713 Skip"), code) == TASK
        assert not any(frame["cmd"] == "aibot_respond_update_msg" for frame in fake.frames)


async def test_a_text_that_changes_later_is_sent_anew(ready: Desk, fake: AibotFake) -> None:
    await ready.send(Message(markup="Summary", buttons=(SKIP,)))
    await edited(ready, Message(markup="Summary with one more answer", buttons=(SKIP,)), None)
    first, second = fake.messages("zhangsan")
    assert second["text"] == "Summary with one more answer"
    assert (first["task_id"], second["task_id"]) == (TASK, f"{TASK}-e9")


async def test_a_form_is_refused(ready: Desk) -> None:
    error = await refused(ready, Message(form=Form(action="f", title="t", submit="s", close="c", fields=())))
    assert (error.code, error.permanent) == ("no_forms", True)


async def test_who_never_spoke_is_told_apart(ready: Desk) -> None:
    error = await refused(ready, place="stranger")
    assert (error.lost, error.permanent) == ("never_started", True)
    assert (await refused(ready, place="wrELSE", place_kind="channel")).lost == "gone"


@pytest.mark.parametrize(
    ("answer", "permanent", "retry_after"),
    [
        ((846607, "too many request"), False, 60),
        ((45009, "api freq out of limit"), False, 60),
        ((-1, "system busy"), False, None),
        ((50001, "unheard of"), False, None),
        ((40058, "invalid parameter"), True, None),
        ((846609, "aibot websocket not subscribed"), False, 2),
    ],
)
async def test_a_refusal_is_told_for_what_it_is(
    ready: Desk, fake: AibotFake, answer: rules.Refusal, permanent: bool, retry_after: float | None
) -> None:
    fake.refuses.append(answer)
    error = await refused(ready)
    assert (error.permanent, error.retry_after, error.ambiguous) == (permanent, retry_after, False)


async def test_a_subscription_that_was_lost_is_made_again(ready: Desk, fake: AibotFake) -> None:
    fake.refuses.append(rules.NOT_SUBSCRIBED)
    await refused(ready)
    await until(lambda: fake.subscriptions == 2 and fake.is_connected)


async def test_the_thirty_first_message_in_a_minute_waits(ready: Desk, fake: AibotFake) -> None:
    for number in range(30):
        await ready.send(Message(markup=f"{number}"))
    assert (await refused(ready)).retry_after == 60
    assert len(fake.messages("zhangsan")) == 30


async def test_without_a_connection_nothing_leaves_and_the_message_waits(database: Database, fake: AibotFake) -> None:
    desk = Desk(database, fake)
    error = await refused(desk)
    assert (error.code, error.retry_after, error.ambiguous) == ("not_connected", 2, False)
    with pytest.raises(SendError) as change:
        await edited(desk, Message(markup="x"), "cb_1")
    assert change.value.retry_after == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_text_cut_off_on_its_way_is_never_sent_again(ready: Desk, fake: AibotFake, when: str) -> None:
    fake.cuts = when
    assert (await refused(ready)).ambiguous
    await until(lambda: fake.subscriptions == 2 and fake.is_connected)
    with pytest.raises(SendError) as unknown:
        await ready.link.outbound.find(delivery(Message(markup="hello")))
    assert (unknown.value.code, unknown.value.unknown) == ("outcome_unknown", True)
    assert len(fake.messages("zhangsan")) == (when == "after")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_card_cut_off_on_its_way_is_there_once_in_the_end(ready: Desk, fake: AibotFake, when: str) -> None:
    """WeCom takes a task id once: sending the same card again is how one asks."""
    message = Message(markup="Weekly", buttons=(SKIP,))
    fake.cuts = when
    assert (await refused(ready, message)).ambiguous
    await until(lambda: fake.subscriptions == 2 and fake.is_connected)
    assert await ready.link.outbound.find(delivery(message)) is None
    assert await ready.send(message) == TASK
    assert len(fake.messages("zhangsan")) == 1


async def test_what_was_sent_of_a_message_is_not_sent_again_with_the_rest(ready: Desk, fake: AibotFake) -> None:
    message = Message(markup=LONG, buttons=(SKIP,))
    fake.refuses = [None, rules.TOO_OFTEN]
    assert (await refused(ready, message)).retry_after == 60
    assert await ready.send(message) == TASK
    assert [each["kind"] for each in fake.messages("zhangsan")] == ["markdown", "template_card"]


async def test_silence_is_doubt(ready: Desk, fake: AibotFake) -> None:
    fake.answers_sends = False
    assert (await refused(ready)).ambiguous


async def test_an_upload_that_fails_may_be_done_again(ready: Desk, fake: AibotFake) -> None:
    fake.answers_uploads = False
    error = await refused(ready, Message(picture=Picture(png=base64.b64encode(b"png").decode(), alt="")))
    assert (error.ambiguous, error.permanent) == (False, False)


async def test_many_places_are_written_to_at_once(ready: Desk, fake: AibotFake) -> None:
    for number in range(40):
        await fake.says(f"user{number}", "hello")
    sends = [ready.send(Message(markup=f"for {number}"), place=f"user{number}", id=number) for number in range(40)]
    await asyncio.gather(*sends)
    assert all(fake.texts(f"user{number}") == [f"for {number}"] for number in range(40))


async def test_nothing_is_known_of_a_person(ready: Desk) -> None:
    profile = await ready.link.outbound.profile("zhangsan", "")
    assert (profile.name, profile.time_zone, profile.locale) == (None, None, None)


async def test_the_wait_is_longer_while_somebody_else_is_connected(ready: Desk, fake: AibotFake) -> None:
    await fake.displace()
    await until(lambda: not ready.link._wire.is_open)
    await asyncio.sleep(0.05)
    assert (await refused(ready)).retry_after == 30
