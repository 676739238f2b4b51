"""What is promised appears on Slack once, in the right place, within its limits; every failure is told apart."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.sender import Sender
from bot.slack.outbound import SlackOutbound
from models.db import Database
from models.messages import Button
from services.outbox import SendError
from tests.bot.bench import Bench
from tests.bot.slack.desk import NOW, Hands, delivery, furnish, outbound, says
from tests.fakes.slack import SlackFake

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def fake(clock: Hands) -> Iterator[SlackFake]:
    with SlackFake(clock=clock) as fake:
        furnish(fake)
        yield fake
    assert fake.problems == []


@pytest.fixture
def out(fake: SlackFake) -> SlackOutbound:
    return outbound(fake)


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database, NOW)


@pytest.fixture
def sender(database: Database, clock: Hands, out: SlackOutbound) -> Sender:
    return Sender(database, clock.now, {"slack": out})


# --- sending


async def test_a_message_appears_in_the_persons_chat_which_is_opened_once(fake: SlackFake, out: SlackOutbound) -> None:
    ids = [await out.send(delivery("U0ANA", says(f"hello {n}")), None) for n in range(2)]
    messages = fake.messages("U0ANA")
    assert [fake.text_of(it) for it in messages] == ["hello 0", "hello 1"]
    assert ids == [f"D0ANA:{it['ts']}" for it in messages]
    assert len(fake.called("conversations.open")) == 1


async def test_a_message_carries_the_id_of_its_delivery(fake: SlackFake, out: SlackOutbound) -> None:
    await out.send(delivery("C0TEAM", says("hello"), id=4711), None)
    (message,) = fake.messages("C0TEAM")
    assert message["metadata"] == {"event_type": "loopkeeper_delivery", "event_payload": {"id": 4711}}


async def test_no_message_unfolds_the_links_in_it(fake: SlackFake, out: SlackOutbound) -> None:
    await out.send(delivery("C0TEAM", says("hello")), None)
    arguments = fake.called("chat.postMessage")[0].args
    assert (arguments["unfurl_links"], arguments["unfurl_media"]) == (False, False)


async def test_a_reply_hangs_under_its_message(fake: SlackFake, out: SlackOutbound) -> None:
    parent = await out.send(delivery("C0TEAM", says("parent")), None)
    await out.send(delivery("C0TEAM", says("child"), thread_of=parent), None)
    first, second = fake.messages("C0TEAM")
    assert second["thread_ts"] == first["ts"]


async def test_an_edit_changes_the_message_where_it_stands(fake: SlackFake, out: SlackOutbound) -> None:
    button = Button(label="Go", action="v1:go:1")
    where = await out.send(delivery("C0TEAM", says("before", button)), None)
    original = delivery("C0TEAM", says("before"), external_id=where)
    assert await out.send(delivery("C0TEAM", says("after"), id=8, kind="edit"), original) == where
    (message,) = fake.messages("C0TEAM")
    assert (fake.text_of(message), fake.buttons(message)) == ("after", [])


async def test_buttons_say_what_they_do(fake: SlackFake, out: SlackOutbound) -> None:
    buttons = (Button(label="Yes", action="v1:yes:1", style="primary"), Button(label="x" * 80, action="v1:no:1"))
    await out.send(delivery("U0ANA", says("sure?", *buttons)), None)
    found = [(label, value) for label, _, value in fake.buttons(fake.messages("U0ANA")[0])]
    assert found == [("Yes", "v1:yes:1"), ("x" * 75, "v1:no:1")]


async def test_what_the_templates_mark_is_bold_italic_a_link_or_a_mention(fake: SlackFake, out: SlackOutbound) -> None:
    markup = 'Hi <at id="U0BOB">Bob</at><br><b>bold</b> <i>slanted</i> <a href="https://x.y/">there</a>'
    await out.send(delivery("C0TEAM", says(markup)), None)
    (section,) = fake.messages("C0TEAM")[0]["blocks"][0]["elements"]
    runs = [it for it in section["elements"] if it != {"type": "text", "text": " "}]
    assert runs == [
        {"type": "text", "text": "Hi "},
        {"type": "user", "user_id": "U0BOB"},
        {"type": "text", "text": "\n"},
        {"type": "text", "text": "bold", "style": {"bold": True}},
        {"type": "text", "text": "slanted", "style": {"italic": True}},
        {"type": "link", "url": "https://x.y/", "text": "there"},
    ]


# --- failures

PERMANENT, AMBIGUOUS, SURELY_NOT = (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("how", "code", "kind"),
    [
        ("channel_not_found", "channel_not_found", PERMANENT),
        ("is_archived", "is_archived", PERMANENT),
        ("fatal_error", "fatal_error", AMBIGUOUS),
        ("internal_error", "internal_error", AMBIGUOUS),
        (500, "http_500", AMBIGUOUS),
        (503, "http_503", AMBIGUOUS),
        ("garbage", "http_200", AMBIGUOUS),
        ("reset_before", None, AMBIGUOUS),
        ("reset_after", None, AMBIGUOUS),
    ],
)
async def test_every_failure_is_told_apart(
    fake: SlackFake, out: SlackOutbound, how: str | int, code: str | None, kind: tuple[bool, bool]
) -> None:
    fake.fail("chat.postMessage", how=how)
    with pytest.raises(SendError) as caught:
        await out.send(delivery("C0TEAM", says("hello")), None)
    assert (caught.value.permanent, caught.value.ambiguous) == kind
    assert caught.value.retry_after is None
    assert code in (None, caught.value.code)
    assert len(fake.called("chat.postMessage")) == 1, "the client must not try again by itself"


@pytest.mark.parametrize("how", ["invalid_auth", "token_revoked", "account_inactive", "messages_tab_disabled"])
async def test_what_the_operator_can_mend_is_waited_for(fake: SlackFake, out: SlackOutbound, how: str) -> None:
    fake.fail("chat.postMessage", how=how)
    with pytest.raises(SendError) as caught:
        await out.send(delivery("C0TEAM", says("hello")), None)
    assert (caught.value.permanent, caught.value.ambiguous, caught.value.retry_after) == (False, False, 300)


@pytest.mark.parametrize(
    ("how", "place", "lost"),
    [
        ("is_archived", "C0TEAM", "gone"),
        ("not_in_channel", "C0TEAM", "gone"),
        ("user_not_found", "U0ANA", "out_of_scope"),
        ("user_disabled", "U0ANA", "deactivated"),
    ],
)
async def test_a_refusal_tells_what_became_of_the_place(
    fake: SlackFake, out: SlackOutbound, how: str, place: str, lost: str
) -> None:
    fake.fail("chat.postMessage", how=how)
    with pytest.raises(SendError) as caught:
        await out.send(delivery(place, says("hello")), None)
    assert (caught.value.permanent, caught.value.lost) == (True, lost)


async def test_a_server_that_is_not_there_got_nothing() -> None:
    with pytest.raises(SendError) as caught:
        await SlackOutbound("xoxb-fake", "http://127.0.0.1:9/api/").send(delivery("C0TEAM", says("x")), None)
    assert (caught.value.permanent, caught.value.ambiguous) == SURELY_NOT


async def test_slack_that_says_nothing_may_have_taken_the_message(fake: SlackFake, out: SlackOutbound) -> None:
    out._client.timeout = 1
    fake.fail("chat.postMessage", how="stall", seconds=30)
    with pytest.raises(SendError) as caught:
        await out.send(delivery("C0TEAM", says("hello")), None)
    assert (caught.value.permanent, caught.value.ambiguous) == AMBIGUOUS


async def test_a_rate_limit_moves_the_message_and_nobody_sleeps(
    fake: SlackFake, bench: Bench, sender: Sender, clock: Hands
) -> None:
    promised, elsewhere = bench.promise("C0TEAM"), bench.promise("U0ANA")
    fake.fail("chat.postMessage", how=429, retry_after=3600)
    async with asyncio.timeout(20):
        await sender.drain()
    limited, arrived = sorted((bench.row(it) for it in (promised, elsewhere)), key=lambda it: it.state)
    assert (limited.state, limited.error, limited.due_at) == ("pending", "ratelimited", NOW + timedelta(hours=1))
    assert (limited.in_doubt, arrived.state) == (False, "sent")
    clock.at += 3599
    assert await sender.drain() is False
    clock.at += 1
    assert await sender.drain() is True
    assert [it.state for it in bench.rows()] == ["sent", "sent"]


async def test_a_channel_that_is_gone_fails_for_good_and_alone(fake: SlackFake, bench: Bench, sender: Sender) -> None:
    gone, closed, fine = bench.promise("C0NONE"), bench.promise("C0OLD"), bench.promise("C0TEAM")
    await sender.drain()
    assert [(bench.row(it).state, bench.row(it).error) for it in (gone, closed, fine)] == [
        ("failed", "channel_not_found"),
        ("failed", "is_archived"),
        ("sent", ""),
    ]


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("how", ["reset_after", "reset_before", "fatal_error", 500, "garbage"])
async def test_a_message_in_doubt_is_looked_for_and_never_stands_twice(
    fake: SlackFake, bench: Bench, sender: Sender, out: SlackOutbound, clock: Hands, how: str | int, thread: bool
) -> None:
    parent = await out.send(delivery("C0TEAM", says("parent"), id=0), None) if thread else None
    promised = bench.promise("C0TEAM", "hello", parent)
    took_effect = how != "reset_before"
    fake.fail("chat.postMessage", how=how, applied=took_effect)
    await sender.drain()
    row = bench.row(promised)
    assert (row.state, row.in_doubt) == ("pending", True)
    clock.at += 3600
    await sender.drain()
    (message,) = [it for it in fake.messages("C0TEAM") if fake.text_of(it) == "hello"]
    row = bench.row(promised)
    assert (row.state, row.external_id) == ("sent", f"C0TEAM:{message['ts']}")
    assert len(fake.called("chat.postMessage")) == (1 if took_effect else 2) + thread


async def test_a_message_in_doubt_is_found_however_much_was_written_since(
    fake: SlackFake, bench: Bench, sender: Sender, out: SlackOutbound, clock: Hands
) -> None:
    bench.promise("C0TEAM", "hello")
    fake.fail("chat.postMessage", how="reset_after")
    await sender.drain()
    for number in range(210):
        await out.send(delivery("C0TEAM", says(f"chatter {number}"), id=1000 + number), None)
    clock.at += 3600
    await sender.drain()
    assert [fake.text_of(it) for it in fake.messages("C0TEAM")].count("hello") == 1


async def test_an_edit_in_doubt_is_sent_again_for_it_harms_nobody(
    fake: SlackFake, bench: Bench, sender: Sender, clock: Hands
) -> None:
    original = bench.promise("C0TEAM", "before")
    await sender.drain()
    bench.promise_edit(original, "after")
    fake.fail("chat.update", how="reset_after")
    await sender.drain()
    clock.at += 3600
    await sender.drain()
    assert [fake.text_of(it) for it in fake.messages("C0TEAM")] == ["after"]
    assert [it.state for it in bench.rows()] == ["sent", "sent"]


# --- people


async def test_a_profile_tells_name_zone_and_language_where_slack_knows_them(out: SlackOutbound) -> None:
    bob, li, ana = [await out.profile(user, "") for user in ("U0BOB", "U0LI", "U0ANA")]
    assert (bob.name, bob.time_zone, bob.locale) == ("Bob Stone", "Asia/Shanghai", "en")
    assert (li.locale, ana.locale) == ("zh", None)
    with pytest.raises(SendError) as caught:
        await out.profile("U0NOBODY", "")
    assert (caught.value.code, caught.value.permanent) == ("user_not_found", True)
