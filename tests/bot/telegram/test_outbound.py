"""Each message goes out once, legal to Telegram's own rules, and every refusal is told by what it means."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.telegram.client import Client
from bot.telegram.outbound import TelegramOutbound
from models.messages import Delivery
from services.outbox import SendError
from tests.bot.telegram.desk import ANN, BOB, FORUM, NEW, PNG, TEAM, delivery, peopled
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_people import labels, text_of
from tests.fakes.telegram_rules import units

pytestmark = pytest.mark.anyio
PICTURE = {"png": PNG, "alt": "two bars"}
ROWS = [("Answer", "v1:report:1"), ("Later", "v1:later:1"), ("Skip", "v1:skip:1"), ("Edit", "v1:edit:1")]


@pytest.fixture
def fake() -> Iterator[TelegramFake]:
    with TelegramFake() as fake:
        yield peopled(fake)
        assert fake.problems == []


@pytest.fixture
async def outbound(fake: TelegramFake) -> AsyncIterator[TelegramOutbound]:
    outbound = TelegramOutbound(Client(fake.token, fake.url))
    yield outbound
    await outbound.close()


async def sent(outbound: TelegramOutbound, promised: Delivery) -> Delivery:
    promised.external_id = await outbound.send(promised, None)
    return promised


async def refused(outbound: TelegramOutbound, promised: Delivery, original: Delivery | None = None) -> SendError:
    with pytest.raises(SendError) as caught:
        await outbound.send(promised, original)
    return caught.value


# --- what is sent


async def test_a_message_arrives_with_its_buttons_and_comes_back_by_its_id(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    promised = await sent(outbound, delivery("<b>What moved?</b>", ANN, *ROWS))
    (message,) = fake.messages(ANN)
    assert promised.external_id == f"{ANN}:{message['message_id']}"
    assert text_of(message) == "What moved?"
    assert [len(row) for row in message["reply_markup"]["inline_keyboard"]] == [3, 1]


async def test_long_labels_stand_one_below_the_other(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    await outbound.send(delivery("x", ANN, ("Make it an improvement item", "v1:a:1"), ("Skip", "v1:b:1")), None)
    assert [len(row) for row in fake.messages(ANN)[0]["reply_markup"]["inline_keyboard"]] == [1, 1]


async def test_of_a_hundred_and_twenty_buttons_a_hundred_are_sent(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    await outbound.send(delivery("x", ANN, *((f"b{n}", "a" * 64) for n in range(120))), None)
    assert len(labels(fake.messages(ANN)[0])) == 100


async def test_a_reply_hangs_under_its_message_and_is_sent_even_if_that_is_gone(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    asked = fake.says(ANN, "board", TEAM)["message"]["message_id"]
    await outbound.send(delivery("the board", TEAM, thread_of=f"{TEAM}:{asked}"), None)
    await outbound.send(delivery("the board", TEAM, thread_of=f"{TEAM}:999"), None)
    assert [it.get("reply_to_message", {}).get("message_id") for it in fake.messages(TEAM)] == [asked, None]


async def test_a_topic_of_a_forum_is_written_to(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    promised = await sent(outbound, delivery("hello", f"{FORUM}:17"))
    (message,) = fake.messages(FORUM)
    assert (message["message_thread_id"], promised.external_id) == (17, f"{FORUM}:{message['message_id']}")


async def test_the_reply_box_opens_in_private_and_never_for_a_whole_group(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    for place in (ANN, TEAM):
        await outbound.send(delivery("Two questions.\nWhat is in the way?", place, awaits_text=True), None)
    await outbound.send(delivery("x" * 65, ANN, awaits_text=True), None)
    await outbound.send(delivery("pick", ANN, ("A", "v1:a:1"), awaits_text=True), None)
    boxes = [it.get("reply_markup", {}).get("input_field_placeholder") for it in fake.messages(ANN)]
    assert boxes == ["What is in the way?", None, None]
    assert "reply_markup" not in fake.messages(TEAM)[0]


async def test_links_show_no_preview(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    await outbound.send(delivery("https://acme.org"), None)
    assert fake.called("sendMessage")[0].args["link_preview_options"] == {"is_disabled": True}


async def test_a_picture_is_sent_with_its_text_below(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    await outbound.send(delivery("<b>60 %</b>", ANN, picture=PICTURE), None)
    await outbound.send(delivery("", ANN, picture=PICTURE), None)
    await outbound.send(delivery("x" * 1025, ANN, picture=PICTURE), None)
    captions = [it["caption"] for it in fake.messages(ANN)]
    assert captions[:2] == ["60 %", "two bars"]
    assert (units(captions[2]), captions[2][-1]) == (1024, "\u2026")


@pytest.mark.parametrize("length", [4096, 4097])
async def test_the_longest_text_goes_out(outbound: TelegramOutbound, fake: TelegramFake, length: int) -> None:
    await outbound.send(delivery("&amp;" * (length - 2) + "\U0001f389"), None)
    assert units(text_of(fake.messages(ANN)[0])) in (4095, 4096)


# --- edits


async def test_an_edit_changes_the_message_and_takes_buttons_away(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    original = await sent(outbound, delivery("old", ANN, *ROWS))
    assert await outbound.send(delivery("new", ANN, kind="edit"), original) == original.external_id
    (message,) = fake.messages(ANN)
    assert (text_of(message), labels(message)) == ("new", [])


async def test_what_already_reads_so_is_done(outbound: TelegramOutbound) -> None:
    original = await sent(outbound, delivery("same", ANN, *ROWS))
    assert await outbound.send(delivery("same", ANN, *ROWS, kind="edit"), original) == original.external_id


async def test_under_a_picture_the_caption_is_changed(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    original = await sent(outbound, delivery("old", ANN, picture=PICTURE))
    await outbound.send(delivery("new", ANN, kind="edit", picture=PICTURE), original)
    assert fake.messages(ANN)[0]["caption"] == "new"


async def test_a_message_that_is_gone_cannot_be_changed_and_is_not_sent_anew(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    original = await sent(outbound, delivery("old"))
    fake.chats[ANN].messages.clear()
    error = await refused(outbound, delivery("new", ANN, kind="edit"), original)
    assert (error.permanent, error.lost, error.code) == (True, "", "message_to_edit_not_found")
    assert fake.messages(ANN) == []


# --- refusals


async def test_a_person_who_cannot_be_reached_is_told_by_why(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    fake.blocks(ANN)
    fake.people[BOB].deactivated = True
    lost = [(await refused(outbound, delivery("x", place))).lost for place in (ANN, BOB, NEW, 12345)]
    assert lost == ["blocked", "deactivated", "never_started", "never_started"]


@pytest.mark.parametrize("standing", ["kicked", "left"])
async def test_a_group_that_put_the_bot_out_is_gone(
    outbound: TelegramOutbound, fake: TelegramFake, standing: str
) -> None:
    fake.puts_out(ANN, TEAM, standing)
    error = await refused(outbound, delivery("x", TEAM))
    assert (error.lost, error.permanent) == ("gone", True)
    assert (await refused(outbound, delivery("x", -100999))).lost == "gone"


async def test_a_group_that_became_a_supergroup_has_moved(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    fake.add_group(-4001, "Old", type_="group")
    fake.upgrades(ANN, -4001, -1001700000009)
    error = await refused(outbound, delivery("x", -4001))
    assert (error.moved_to, error.permanent) == ("-1001700000009", False)


async def test_a_flood_waits_as_long_as_telegram_asks_and_no_worker_sleeps(
    outbound: TelegramOutbound, fake: TelegramFake
) -> None:
    fake.fail("sendMessage", 429, retry_after=17)
    begun = time.monotonic()
    error = await refused(outbound, delivery())
    assert (error.retry_after, error.permanent, error.ambiguous) == (17, False, False)
    assert time.monotonic() - begun < 2


async def test_a_wrong_token_loses_nothing(fake: TelegramFake) -> None:
    outbound = TelegramOutbound(Client("7000000001:wrong", fake.url))
    error = await refused(outbound, delivery())
    await outbound.close()
    assert (error.code, error.retry_after, error.permanent) == ("invalid_token", 300, False)


@pytest.mark.parametrize("how", ["reset_after", "500", "502", "garbage"])
async def test_what_may_have_arrived_is_in_doubt(outbound: TelegramOutbound, fake: TelegramFake, how: str) -> None:
    fake.fail("sendMessage", how)
    error = await refused(outbound, delivery())
    assert (error.ambiguous, error.permanent, error.retry_after) == (True, False, None)


async def test_silence_is_doubt(fake: TelegramFake) -> None:
    outbound = TelegramOutbound(Client(fake.token, fake.url, seconds=0.2))
    fake.fail("sendMessage", "stall", seconds=1)
    error = await refused(outbound, delivery())
    await outbound.close()
    assert (error.ambiguous, error.code, len(fake.messages(ANN))) == (True, "timed_out", 1)


async def test_where_nobody_listens_nothing_was_sent() -> None:
    outbound = TelegramOutbound(Client("1:x", "http://127.0.0.1:9"))
    error = await refused(outbound, delivery())
    await outbound.close()
    assert (error.code, error.ambiguous, error.permanent) == ("not_connected", False, False)


async def test_there_are_no_forms(outbound: TelegramOutbound) -> None:
    form: dict[str, Any] = {"action": "a", "title": "t", "submit": "s", "close": "c", "fields": ()}
    error = await refused(outbound, delivery("", ANN, form=form))
    assert (error.code, error.permanent) == ("no_forms", True)


async def test_a_place_that_is_no_number_is_refused_here(outbound: TelegramOutbound, fake: TelegramFake) -> None:
    assert (await refused(outbound, delivery("x", "U0BOB"))).permanent
    assert fake.calls == []


# --- doubts and profiles


async def test_a_doubtful_post_is_never_sent_again_and_a_doubtful_edit_is(outbound: TelegramOutbound) -> None:
    assert await outbound.find(delivery("x", ANN, kind="edit")) is None
    with pytest.raises(SendError) as caught:
        await outbound.find(delivery())
    assert caught.value.unknown


async def test_a_profile_is_a_name(outbound: TelegramOutbound) -> None:
    profile = await outbound.profile(str(ANN), "")
    assert (profile.name, profile.time_zone, profile.locale) == ("Ann Lee", None, None)
    with pytest.raises(SendError):
        await outbound.profile("12345", "")
