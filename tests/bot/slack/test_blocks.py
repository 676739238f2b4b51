"""What it looks like on Slack: modals and pages within the limits, and people's text that calls nobody."""

import asyncio
import base64
import html
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import escape

from bot.slack.outbound import SlackOutbound
from models.messages import Button, Form, FormField, Message, Picture, Section
from services.outbox import SendError
from tests.bot.slack.desk import delivery, furnish, outbound, says
from tests.fakes.slack import SlackFake

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        furnish(fake)
        yield fake
    assert fake.problems == []


@pytest.fixture
def out(fake: SlackFake) -> SlackOutbound:
    return outbound(fake)


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
    assert (opened, view["callback_id"]) == (f"{view['id']}|{view['hash']}", "v1:answer:1")
    first, second = view["blocks"]
    assert (first["block_id"].split(".")[0], first["optional"], first["element"]["initial_value"]) == (
        "0",
        False,
        "x" * 3000,
    )
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


# --- forms that stay open, the home page, pictures

SHORT_FORM = LONG_FORM.model_copy(update={"fields": (FormField(name="0", label="What moved?"),)})


def filled(value: str) -> Message:
    return Message(form=SHORT_FORM.model_copy(update={"fields": (FormField(name="0", label="?", value=value),)}))


async def test_an_open_form_is_changed_as_long_as_nobody_else_changed_it(fake: SlackFake, out: SlackOutbound) -> None:
    opened = await out.send(delivery("U0ANA", Message(form=SHORT_FORM), kind="form", ticket=fake.trigger()), None)
    shown = delivery("U0ANA", Message(form=SHORT_FORM), kind="form", external_id=opened)
    changed = await out.send(delivery("U0ANA", filled("the rig"), id=8, kind="edit"), shown)
    (view,) = fake.views
    assert view["blocks"][0]["element"]["initial_value"] == "the rig"
    assert view["blocks"][0]["block_id"] != "0"
    assert (changed, changed != opened) == (f"{view['id']}|{view['hash']}", True)
    with pytest.raises(SendError) as caught:
        await out.send(delivery("U0ANA", filled("older"), id=9, kind="edit"), shown)
    assert (caught.value.code, caught.value.permanent) == ("hash_conflict", True)


def page_of(count: int, runs: int = 3) -> Message:
    section = Section(markup="\u4e2d <b>&lt;line&gt;</b>" * runs, buttons=(Button(label="Go", action="v1:go:1"),))
    return Message(markup="<b>Hello</b>", sections=(section,) * count)


@pytest.mark.parametrize("count", [0, 1, 30, 200])
async def test_a_home_page_is_legal_however_much_stands_on_it(fake: SlackFake, out: SlackOutbound, count: int) -> None:
    home = delivery("U0ANA", page_of(count), place_kind="home")
    await out.send(home, None)
    assert len(fake.homes["U0ANA"]["blocks"]) == min(1 + 2 * count, 100)
    await out.send(delivery("U0ANA", page_of(count, 300), place_kind="home"), None)
    assert await out.find(home) is None, "publishing twice harms nobody"


async def test_where_the_home_tab_is_off_the_page_is_given_up(fake: SlackFake, out: SlackOutbound) -> None:
    fake.home_tab = False
    with pytest.raises(SendError) as caught:
        await out.send(delivery("U0ANA", page_of(1), place_kind="home"), None)
    assert (caught.value.code, caught.value.permanent) == ("not_enabled", True)


WITH_A_PICTURE = Message(markup="hello", picture=Picture(png=base64.b64encode(b"PNG" * 99).decode(), alt="three"))


async def test_a_picture_is_uploaded_once_and_waited_for(fake: SlackFake, out: SlackOutbound) -> None:
    fake.slow_to_look_at = 2
    post = delivery("C0TEAM", WITH_A_PICTURE)
    for attempt in (1, 2):
        post.attempts = attempt
        with pytest.raises(SendError) as caught:
            await out.send(post, None)
        assert (caught.value.code, caught.value.retry_after) == ("file_not_ready", 2)
    await out.send(post, None)
    (message,) = fake.messages("C0TEAM")
    (file,) = fake.files
    assert message["blocks"][1] | {"block_id": ""} == {
        "type": "image", "slack_file": {"id": file}, "alt_text": "three", "block_id": "",
    }  # fmt: skip
    assert message["metadata"]["event_payload"] == {"id": 7}
    assert fake.files[file]["bytes"] == b"PNG" * 99


@pytest.mark.parametrize("how", [429, 500, "reset_before", "reset_after", "garbage"])
async def test_an_upload_that_fails_leaves_no_doubt_about_the_message(
    fake: SlackFake, out: SlackOutbound, how: str | int
) -> None:
    fake.fail("files.completeUploadExternal", how=how)
    with pytest.raises(SendError) as caught:
        await out.send(delivery("C0TEAM", WITH_A_PICTURE), None)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)
    assert fake.messages("C0TEAM") == []


async def test_a_picture_that_is_never_shown_holds_nothing_up(fake: SlackFake, out: SlackOutbound) -> None:
    fake.slow_to_look_at = 99
    await out.send(delivery("C0TEAM", WITH_A_PICTURE, attempts=5), None)
    (message,) = fake.messages("C0TEAM")
    assert [block["type"] for block in message["blocks"]] == ["rich_text"]


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
