"""What is promised appears on Slack once, in the right place, within its limits; every failure is told apart."""

import asyncio
import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import escape

from bot.sender import Sender
from bot.slack.outbound import SlackOutbound
from models.db import Database
from models.messages import Button, Delivery, Form, FormField, Message
from services.outbox import SendError
from tests.bot.bench import Bench
from tests.fakes.slack import SlackFake

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
START = 1_764_000_000.0
NOW = datetime.fromtimestamp(START, UTC)


class Hands:
    """A clock that a test moves by hand, for Slack and for the bot alike."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


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


def furnish(fake: SlackFake) -> None:
    fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima", locale="es-PE")
    fake.add_user("U0LI", "Li Lei", tz="Asia/Shanghai", locale="zh-CN")
    fake.add_user("U0BOB", "Bob Stone", tz="Asia/Shanghai", locale="en-US")
    fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
    fake.add_channel("C0OLD", "old", ["U0ANA", "U0BOTUSER"], archived=True)


def outbound(fake: SlackFake) -> SlackOutbound:
    return SlackOutbound("xoxb-fake", f"{fake.url}/api/")


def delivery(place: str, message: Message, **more: Any) -> Delivery:
    kind = "channel" if place.startswith("C") else "dm"
    base: Json = {"id": 7, "organization_id": 1, "dedupe_key": "k", "platform": "slack", "place_kind": kind}
    base |= {"place_id": place, "message": message.model_dump(mode="json"), "due_at": NOW, "created_at": NOW}
    return Delivery(**(base | more))


def says(markup: str, *buttons: Button) -> Message:
    return Message(markup=markup, buttons=buttons)


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


# --- forms

LONG_FORM = Form(
    action="v1:answer:1",
    title="A title that is longer than Slack allows",
    submit="Send this to everybody now",
    close="Cancel",
    fields=(
        FormField(name="0", label="What moved?", value="x" * 5000, max_length=3000),
        FormField(name="1", label="y" * 2500, required=False),
    ),
)


async def test_a_form_opens_with_its_ticket_and_what_was_said_before(fake: SlackFake, out: SlackOutbound) -> None:
    opened = await out.send(delivery("U0ANA", Message(form=LONG_FORM), kind="form", ticket=fake.trigger()), None)
    (view,) = fake.views
    assert (opened, view["callback_id"]) == (view["id"], "v1:answer:1")
    first, second = view["blocks"]
    assert (first["block_id"], first["optional"], first["element"]["initial_value"]) == ("0", False, "x" * 3000)
    assert (second["block_id"], second["optional"]) == ("1", True)
    assert "initial_value" not in second["element"]


@pytest.mark.parametrize("ticket", [None, "1.2.3"])
async def test_a_form_without_a_good_ticket_is_given_up(
    fake: SlackFake, out: SlackOutbound, ticket: str | None
) -> None:
    with pytest.raises(SendError) as caught:
        await out.send(delivery("U0ANA", Message(form=LONG_FORM), kind="form", ticket=ticket), None)
    assert caught.value.permanent
    assert fake.views == []


async def test_a_form_whose_opening_is_in_doubt_is_not_opened_again(out: SlackOutbound) -> None:
    with pytest.raises(SendError) as caught:
        await out.find(delivery("U0ANA", Message(form=LONG_FORM), kind="form", ticket="1.2.3"))
    assert caught.value.permanent


# --- failures

PERMANENT, AMBIGUOUS, SURELY_NOT = (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("how", "code", "kind"),
    [
        ("channel_not_found", "channel_not_found", PERMANENT),
        ("is_archived", "is_archived", PERMANENT),
        ("invalid_auth", "invalid_auth", PERMANENT),
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


# --- people's text

DANGEROUS = [
    *("<!channel>", "<!here|x>", "<@U0BOB>", "@U0BOB", "<https://x.y|z>", "[x](y)", "<b>", "</b>", "&amp;", "&"),
    *("&lt;", "*", "`", "\u202e", "\u200b", "\x07", "\n", "<br>", '<at id="U0BOB">', "&#60;!channel&#62;"),
]
HOSTILE = st.text(min_size=1, max_size=300) | st.lists(st.sampled_from(DANGEROUS), min_size=1, max_size=12).map("".join)


def posted(fake: SlackFake, out: SlackOutbound, markup: str) -> Json:
    place = fake.channels["C0TEAM"]
    place.posts.clear()
    asyncio.run(out.send(delivery("C0TEAM", says(markup)), None))
    (message,) = fake.messages("C0TEAM")
    return message


def test_what_a_person_typed_can_call_nobody_and_format_nothing() -> None:
    with SlackFake() as fake:
        furnish(fake)
        out = outbound(fake)

        @settings(max_examples=60, deadline=None)
        @given(HOSTILE)
        @example("<!channel> <@U0BOB> &lt;!here&gt;")
        def check(text: str) -> None:
            message = posted(fake, out, f"<b>Said:</b> {escape(text)}")
            (block,) = message["blocks"]
            (section,) = block["elements"]
            assert {run["type"] for run in section["elements"]} == {"text"}
            assert "".join(run["text"] for run in section["elements"]) == f"Said: {text}"
            assert [run for run in section["elements"] if "style" in run][1:] == []
            assert not set("<>") & set(message["text"])
            assert html.unescape(message["text"]).replace("\xa0", " ").startswith("Said: ")
            assert fake.problems == []

        check()


@pytest.mark.parametrize("sign", ["x", "&", "<", "\u4e2d", "\U0001f389", "a<b>&"])
@pytest.mark.parametrize("length", [3_899, 4_001, 13_201, 100_000])
def test_a_long_text_stays_legal_to_post_and_to_update(sign: str, length: int) -> None:
    text = (sign * length)[:length]
    with SlackFake() as fake:
        furnish(fake)
        out = outbound(fake)
        message = posted(fake, out, str(escape(text)))
        original = delivery("C0TEAM", says(""), external_id=f"C0TEAM:{message['ts']}")
        asyncio.run(out.send(delivery("C0TEAM", says(str(escape(text)))), original))
        (changed,) = fake.messages("C0TEAM")
    assert (fake.problems, len(changed["text"]) <= 4_000) == ([], True)
    assert fake.text_of(changed).startswith(text[:3_000])


def test_a_notification_is_a_beginning_of_what_was_said_and_ends_in_no_half_sign() -> None:
    text = "xx" + "&" * 4_000
    with SlackFake() as fake:
        furnish(fake)
        message = posted(fake, outbound(fake), str(escape(text)))
    assert text.startswith(html.unescape(message["text"]).removesuffix("\u2026"))


def test_many_short_pieces_stay_legal_too() -> None:
    with SlackFake() as fake:
        furnish(fake)
        message = posted(fake, outbound(fake), "<b>a</b> <br>" * 3_000)
    assert fake.problems == []
    assert len(json.dumps(message["blocks"])) < 500_000


# --- people


async def test_a_profile_tells_name_zone_and_language_where_slack_knows_them(out: SlackOutbound) -> None:
    bob, li, ana = [await out.profile(user, "") for user in ("U0BOB", "U0LI", "U0ANA")]
    assert (bob.name, bob.time_zone, bob.locale) == ("Bob Stone", "Asia/Shanghai", "en")
    assert (li.locale, ana.locale) == ("zh", None)
    with pytest.raises(SendError) as caught:
        await out.profile("U0NOBODY", "")
    assert (caught.value.code, caught.value.permanent) == ("user_not_found", True)


async def test_the_token_is_checked_and_its_refusal_is_for_good(fake: SlackFake, out: SlackOutbound) -> None:
    assert (await out.check())["user_id"] == "U0BOTUSER"
    fake.revoked = True
    with pytest.raises(SendError, match="token_revoked"):
        await out.check()
