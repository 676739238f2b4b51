"""The room that keeps the stand-in Slack honest: what it claims to enforce it enforces, what it signs verifies."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import httpx
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.slack import SlackFake
from tests.fakes.slack_rules import blocks_problems, view_problems
from tests.fakes.slack_user import SlackUser, post_to_app, signature

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Hands:
    """A clock that a test moves by hand."""

    def __init__(self, at: float = 1_750_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def fake(clock: Hands) -> Iterator[SlackFake]:
    with SlackFake(clock=clock) as fake:
        fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima", locale="es-PE")
        fake.add_user("U0GONE", "Gone", deleted=True)
        fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
        fake.add_channel("C0ELSE", "elsewhere", ["U0ANA"])
        fake.add_channel("C0SECRET", "secret", ["U0ANA"], private=True)
        fake.add_channel("C0OLD", "old", ["U0ANA", "U0BOTUSER"], archived=True)
        yield fake


@pytest.fixture
def web(fake: SlackFake) -> AsyncWebClient:
    return client(fake)


def client(fake: SlackFake, token: str | None = "xoxb-fake", timeout: int = 30) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=fake.url + "/api/", timeout=timeout, retry_handlers=[])


async def refused(call: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


async def error(call: Any) -> str:
    return str((await refused(call))["error"])


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": "v", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "acts", "elements": list(elements)}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def line(*runs: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(runs)}


def asks(element: Json, name: str = "q", **more: Any) -> Json:
    return {"type": "input", "block_id": name, "label": plain(f"Question {name}"), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


TYPING = {"type": "plain_text_input", "action_id": "a", "multiline": True, "max_length": 300}
MOODS = [{"text": plain(it), "value": it.lower()} for it in ("Good", "Bad")]
RADIO = {"type": "radio_buttons", "action_id": "r", "options": MOODS}


# --- the door


@pytest.mark.parametrize(("token", "says"), [(None, "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_it_lets_nobody_in_without_the_right_token(fake: SlackFake, token: str | None, says: str) -> None:
    assert await error(client(fake, token).auth_test()) == says


async def test_it_knows_its_bot_until_the_token_is_revoked(fake: SlackFake, web: AsyncWebClient) -> None:
    assert (await web.auth_test())["user_id"] == "U0BOTUSER"
    fake.revoked = True
    assert await error(web.auth_test()) == "token_revoked"


async def test_it_refuses_methods_it_does_not_know_and_arguments_that_are_missing(web: AsyncWebClient) -> None:
    assert await error(web.api_call("chat.shout")) == "unknown_method"
    response = await refused(web.api_call("chat.postMessage", json={"text": "to nobody"}))
    assert response["error"] == "invalid_arguments"
    assert response["response_metadata"]["messages"] == ["[ERROR] missing required field: channel [json-pointer:/]"]


async def test_it_names_the_scope_that_is_missing(fake: SlackFake, web: AsyncWebClient) -> None:
    fake.scopes = {"chat:write"}
    response = await refused(web.conversations_open(users="U0ANA"))
    assert (response["error"], response["needed"], response["provided"]) == ("missing_scope", "im:write", "chat:write")


async def test_it_reads_form_bodies_with_blocks_as_json_text(fake: SlackFake, web: AsyncWebClient) -> None:
    form = {"channel": "C0TEAM", "text": "t", "blocks": json.dumps([section()]), "unfurl_links": "false"}
    assert (await web.api_call("chat.postMessage", data=form))["ok"]
    assert fake.text_of(fake.messages("C0TEAM")[0]) == "hello"
    assert fake.called("chat.postMessage")[0].args["unfurl_links"] is False
    assert await error(web.api_call("chat.postMessage", data=form | {"blocks": "[{"})) == "invalid_blocks_format"


# --- people and conversations


async def test_it_tells_zone_and_locale_of_a_person_and_less_of_one_who_left(web: AsyncWebClient) -> None:
    ana = (await web.users_info(user="U0ANA", include_locale=True))["user"]
    assert (ana["real_name"], ana["tz"], ana["tz_offset"], ana["locale"]) == (
        "Ana Ruiz",
        "America/Lima",
        -18000,
        "es-PE",
    )
    assert "locale" not in (await web.users_info(user="U0ANA"))["user"]
    gone = (await web.users_info(user="U0GONE"))["user"]
    assert gone["deleted"]
    assert "tz" not in gone
    assert await error(web.users_info(user="U0NOBODY")) == "user_not_found"


async def test_a_direct_channel_exists_once_it_is_opened(fake: SlackFake, web: AsyncWebClient) -> None:
    assert await error(web.chat_postMessage(channel="D0ANA", text="hi")) == "channel_not_found"
    assert (await web.conversations_open(users="U0ANA"))["channel"]["id"] == "D0ANA"
    assert (await web.conversations_open(users=["U0ANA"]))["already_open"]
    assert await error(web.conversations_open(users="U0GONE")) == "user_disabled"
    assert (await web.chat_postMessage(channel="D0ANA", text="hi"))["channel"] == "D0ANA"
    fake.messages_tab = False
    assert await error(web.chat_postMessage(channel="U0ANA", text="hi")) == "messages_tab_disabled"


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("C0NONE", "channel_not_found"),
        ("C0SECRET", "channel_not_found"),
        ("C0ELSE", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("U0GONE", "user_disabled"),
    ],
)
async def test_it_does_not_post_where_the_bot_may_not(web: AsyncWebClient, channel: str, says: str) -> None:
    assert await error(web.chat_postMessage(channel=channel, text="hi")) == says


async def test_members_come_in_pages(fake: SlackFake, web: AsyncWebClient) -> None:
    fake.add_channel("C0BIG", "big", [f"U{n:03d}" for n in range(5)])
    found = [page["members"] async for page in await web.conversations_members(channel="C0BIG", limit=2)]
    assert [len(it) for it in found] == [2, 2, 1]
    assert (await web.conversations_info(channel="C0BIG"))["channel"]["is_member"] is False
    assert (await web.team_info())["team"]["id"] == "T0CHKIN01"


async def test_history_finds_what_was_sent_by_its_metadata(web: AsyncWebClient, clock: Hands) -> None:
    first = await web.chat_postMessage(channel="C0TEAM", text="one")
    clock.at += 10
    mark = {"event_type": "delivery", "event_payload": {"id": "d1"}}
    second = await web.chat_postMessage(channel="C0TEAM", text="two", metadata=mark)
    await web.chat_postMessage(channel="C0TEAM", text="reply", thread_ts=second["ts"])
    read = await web.conversations_history(channel="C0TEAM", oldest=first["ts"], include_all_metadata=True)
    assert [(it["text"], it["metadata"], it["reply_count"]) for it in read["messages"]] == [("two", mark, 1)]
    plainly = await web.conversations_history(channel="C0TEAM", oldest=first["ts"], inclusive=True)
    assert [("metadata" in it, it["text"]) for it in plainly["messages"]] == [(False, "two"), (False, "one")]
    thread = await web.conversations_replies(channel="C0TEAM", ts=second["ts"])
    assert [it["text"] for it in thread["messages"]] == ["two", "reply"]
    assert await error(web.conversations_replies(channel="C0TEAM", ts="1.000001")) == "thread_not_found"
    assert await error(web.conversations_history(channel="C0ELSE")) == "not_in_channel"


# --- messages


async def test_a_message_stands_as_it_was_last_written(fake: SlackFake, web: AsyncWebClient) -> None:
    ts = (await web.chat_postMessage(channel="C0TEAM", text="a", blocks=[section("*a*"), actions(button())]))["ts"]
    (message,) = fake.messages("C0TEAM")
    assert (fake.text_of(message), fake.buttons(message)) == ("*a*", [("Go", "go", "v")])
    assert all(it["block_id"] for it in message["blocks"])
    await web.chat_update(channel="C0TEAM", ts=ts, text="b")
    (message,) = fake.messages("C0TEAM")
    assert (message["text"], message["blocks"], message["edited"]["user"]) == ("b", [], "U0BOTUSER")
    assert (await web.chat_getPermalink(channel="C0TEAM", message_ts=ts))["permalink"].endswith(ts.replace(".", ""))
    await web.chat_delete(channel="C0TEAM", ts=ts)
    assert (fake.messages("C0TEAM"), fake.problems) == ([], [])
    assert await error(web.chat_update(channel="C0TEAM", ts=ts, text="b")) == "message_not_found"


async def test_the_bot_cannot_rewrite_what_a_person_wrote(fake: SlackFake, web: AsyncWebClient, ana: SlackUser) -> None:
    await ana.says("mine")
    assert await error(web.chat_update(channel="D0ANA", ts=ana.last.ts, text="yours")) == "cant_update_message"
    assert await error(web.chat_delete(channel="D0ANA", ts=ana.last.ts)) == "cant_delete_message"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [section("y" * 3000)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [section("y" * 3001)]}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "0"}, "invalid_thread_ts"),
        ({"text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_format"),
    ],
)
async def test_it_refuses_content_over_the_limits_and_says_so(
    fake: SlackFake, web: AsyncWebClient, content: Json, says: str
) -> None:
    assert await error(web.api_call("chat.postMessage", json={"channel": "C0TEAM", **content})) == says
    assert fake.messages("C0TEAM") == []
    assert fake.problems[0].startswith(f"chat.postMessage: {says}")


async def test_an_update_holds_a_tenth_of_what_a_post_holds(web: AsyncWebClient) -> None:
    ts = (await web.chat_postMessage(channel="C0TEAM", text="x" * 40_000))["ts"]
    assert await error(web.chat_update(channel="C0TEAM", ts=ts, text="x" * 4_001)) == "msg_too_long"


async def test_illegal_blocks_are_refused_in_slacks_words(fake: SlackFake, web: AsyncWebClient) -> None:
    response = await refused(
        web.chat_postMessage(channel="C0TEAM", text="x", blocks=[{"type": "header", "text": plain("")}])
    )
    assert response["errors"] == ["must be more than 0 characters [json-pointer:/blocks/0/text/text]"]
    assert response["response_metadata"]["messages"] == ["[ERROR] " + it for it in response["errors"]]


async def test_it_notes_what_slack_takes_but_nobody_wants(fake: SlackFake, web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel="C0TEAM", text="x", link_names=True, thread_ts="1750000000.000001")
    await web.api_call("chat.postMessage", json={"channel": "C0TEAM", "blocks": [section()]})
    assert [it.split(": ")[1].split(" ")[0] for it in fake.problems] == ["unwanted", "thread_ts", "blocks"]


async def test_an_ephemeral_message_needs_its_reader_in_the_channel(fake: SlackFake, web: AsyncWebClient) -> None:
    await web.chat_postEphemeral(channel="C0TEAM", user="U0ANA", text="only you")
    assert (fake.ephemerals[0]["to"], fake.messages("C0TEAM")) == ("U0ANA", [])
    assert await error(web.chat_postEphemeral(channel="C0TEAM", user="U0GONE", text="x")) == "user_not_in_channel"


async def test_it_slows_down_who_posts_too_fast_if_asked_to(fake: SlackFake, web: AsyncWebClient, clock: Hands) -> None:
    fake.enforce_rate = True
    for _ in range(5):
        await web.chat_postMessage(channel="C0TEAM", text="x")
    response = await refused(web.chat_postMessage(channel="C0TEAM", text="x"))
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")
    clock.at += 1
    await web.chat_postMessage(channel="C0TEAM", text="x")
    assert len(fake.messages("C0TEAM")) == 6


LEGAL = [
    [section(), {"type": "divider"}, {"type": "header", "text": plain("h" * 150)}],
    [{"type": "section", "fields": [mrkdwn("x")] * 10}, section(accessory=button())],
    [{"type": "context", "elements": [mrkdwn("x"), {"type": "image", "image_url": "https://x/y", "alt_text": "z"}]}],
    [actions(button(style="danger", confirm={"text": plain("Sure?")}), {"type": "overflow", "options": MOODS})],
    [actions({"type": "static_select", "options": MOODS, "initial_option": MOODS[0]})],
    [rich(line({"type": "text", "text": "a", "style": {"bold": True}}, {"type": "user", "user_id": "U1"}))],
    [rich({"type": "rich_text_list", "style": "bullet", "elements": [line({"type": "emoji", "name": "tada"})]})],
    [rich({"type": "rich_text_quote", "elements": [{"type": "link", "url": "https://x"}]})],
    [rich({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]})],
]
ILLEGAL: list[Any] = [
    {"type": "section", "text": mrkdwn("not a list")},
    ["text"],
    [{"type": "section"}],
    [{"type": "sectoin", "text": mrkdwn("x")}],
    [{"type": "divider", "colour": "red"}],
    [{"type": "header", "text": mrkdwn("x")}],
    [section("")],
    [section()] * 51,
    [section(block_id="x"), section(block_id="x")],
    [{"type": "section", "fields": [mrkdwn("x")] * 11}],
    [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
    [{"type": "context", "elements": [button()]}],
    [actions()],
    [actions(button(), button())],
    [actions(button(text=plain("x" * 76)))],
    [actions(button(value="x" * 2001))],
    [actions(button(style="blue"))],
    [actions({"type": "static_select", "options": MOODS, "initial_option": {"text": plain("So"), "value": "so"}})],
    [actions({"type": "overflow", "options": MOODS * 3})],
    [rich({"type": "text", "text": "bare"})],
    [rich(line(mrkdwn("x")))],
    [rich(line({"type": "text", "text": ""}))],
    [rich(line({"type": "user"}))],
    [rich(line({"type": "text", "text": "x", "style": {"big": True}}))],
    [rich({"type": "rich_text_list", "elements": [line()]})],
    [{"type": "image", "image_url": "https://x/y"}],
]
BAD_MODALS = [
    modal(title=plain("x" * 25)),
    modal(asks(TYPING), submit=None),
    modal(asks(TYPING), asks(TYPING)),
    modal(asks({**TYPING, "placeholder": plain("x" * 151)})),
    modal(asks(button())),
    modal(asks({**RADIO, "options": MOODS * 6})),
    modal(asks({"type": "datepicker", "action_id": "d", "initial_date": "2026-02-30"})),
    modal(asks({"type": "timepicker", "action_id": "t", "initial_time": "24:00"})),
    modal(*[section()] * 101),
    modal(private_metadata="x" * 3001),
    modal({"type": "markdown", "text": "x"}),
    {"type": "home", "blocks": []},
]


@pytest.mark.parametrize("blocks", LEGAL)
def test_legal_blocks_pass(blocks: Any) -> None:
    assert blocks_problems(blocks) == []


@pytest.mark.parametrize("blocks", ILLEGAL)
def test_illegal_blocks_do_not_pass(blocks: Any) -> None:
    assert blocks_problems(blocks)


@pytest.mark.parametrize("view", BAD_MODALS)
def test_illegal_modals_do_not_pass(view: Json) -> None:
    assert view_problems(view, "modal")


def test_a_reader_gets_plain_words(fake: SlackFake) -> None:
    runs = [
        {"type": "text", "text": "Thanks "},
        {"type": "user", "user_id": "U0ANA"},
        {"type": "link", "url": "https://x"},
    ]
    items = {"type": "rich_text_list", "style": "ordered", "elements": [line(runs[0]), line(runs[1])]}
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "<b>\nx"}]}
    blocks = [
        section("<@U0ANA> <!channel> <https://x|here> a &lt;b&gt;"),
        rich(line(*runs), items, quote),
        actions(button()),
    ]
    assert fake.text_of({"blocks": blocks}).split("\n") == [
        *("@U0ANA @channel here a <b>", "Thanks @U0ANAhttps://x", "1. Thanks ", "2. @U0ANA", "> <b>", "> x")
    ]


# --- faults


async def test_it_fails_as_often_as_told_and_then_works(fake: SlackFake, web: AsyncWebClient) -> None:
    fake.fail("chat.postMessage", times=2, how="fatal_error")
    assert [await error(web.chat_postMessage(channel="C0TEAM", text="x")) for _ in range(2)] == ["fatal_error"] * 2
    assert (await web.chat_postMessage(channel="C0TEAM", text="x"))["ok"]
    assert [(it.ok, it.error, it.fault) for it in fake.calls[1:]] == [(False, *["fatal_error"] * 2), (True, "", "")]
    assert len(fake.messages("C0TEAM")) == 1


async def test_a_rate_limit_says_when_to_come_back(fake: SlackFake, web: AsyncWebClient) -> None:
    fake.fail("*", how=429, retry_after=7)
    response = await refused(web.auth_test())
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "7")


@pytest.mark.parametrize(("how", "status"), [(500, 500), ("garbage", 200)])
async def test_it_can_answer_with_something_that_is_not_json(
    fake: SlackFake, web: AsyncWebClient, how: str | int, status: int
) -> None:
    fake.fail("chat.postMessage", how=how)
    fake.fail("chat.postMessage", how=how, applied=True)
    assert (await refused(web.chat_postMessage(channel="C0TEAM", text="x"))).status_code == status
    assert fake.messages("C0TEAM") == []
    assert (await refused(web.chat_postMessage(channel="C0TEAM", text="x"))).status_code == status
    assert len(fake.messages("C0TEAM")) == 1


@pytest.mark.parametrize(("how", "stands"), [("reset_before", 0), ("reset_after", 1)])
async def test_it_cuts_the_connection_before_or_after_applying_the_send(
    fake: SlackFake, web: AsyncWebClient, how: str, stands: int
) -> None:
    fake.fail("chat.postMessage", how=how)
    with pytest.raises(aiohttp.ClientConnectionError):
        await web.chat_postMessage(channel="C0TEAM", text="x")
    assert len(fake.messages("C0TEAM")) == stands
    assert (fake.calls[0].fault, fake.calls[0].ok) == (how, bool(stands))


async def test_a_stalled_send_is_applied_although_the_sender_gave_up(fake: SlackFake) -> None:
    fake.fail("chat.postMessage", how="stall", seconds=30)
    with pytest.raises(TimeoutError):
        await client(fake, timeout=1).chat_postMessage(channel="C0TEAM", text="x")
    assert len(fake.messages("C0TEAM")) == 1


# --- views


async def test_a_trigger_opens_one_modal_within_three_seconds(
    fake: SlackFake, web: AsyncWebClient, clock: Hands
) -> None:
    trigger, late = fake.trigger(), fake.trigger()
    assert (await web.views_open(trigger_id=trigger, view=modal()))["view"]["id"] == fake.views[0]["id"]
    assert await error(web.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    clock.at += 3.1
    assert await error(web.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await error(web.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    response = await refused(web.views_open(trigger_id=late, view=modal(title=plain("x" * 25))))
    message = "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert (response["error"], response["response_metadata"]["messages"]) == ("invalid_arguments", [message])


async def test_a_view_is_updated_only_from_its_newest_state(fake: SlackFake, web: AsyncWebClient) -> None:
    old = (await web.views_open(trigger_id=fake.trigger(), view=modal()))["view"]
    await web.views_update(view_id=old["id"], hash=old["hash"], view=modal(section("new")))
    assert fake.text_of(fake.views[0]) == "new"
    assert await error(web.views_update(view_id=old["id"], hash=old["hash"], view=modal())) == "hash_conflict"
    assert await error(web.views_update(view_id="V404", view=modal())) == "not_found"
    home = (await web.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [section("home")]}))["view"]
    assert (fake.homes["U0ANA"]["id"], home["type"]) == (home["id"], "home")
    assert await error(web.views_publish(user_id="U0ANA", view=modal())) == "invalid_arguments"


# --- the other direction


class Frozen(Clock):
    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


class Bot:
    """Stands where the bot will stand: notes what arrives and answers with `answer`."""

    def __init__(self, clock: Hands) -> None:
        self.clock, self.answer = clock, b""
        self.got: list[tuple[Mapping[str, str], bytes]] = []

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        self.got.append((headers, body))
        genuine = SignatureVerifier(SECRET, Frozen(self.clock.at)).is_valid_request(body, dict(headers))
        return httpx.Response(200 if genuine else 401, content=self.answer)

    def event(self, place: int = -1) -> Any:
        return json.loads(self.got[place][1])["event"]

    def payload(self) -> Any:
        return json.loads(parse_qs(self.got[-1][1].decode())["payload"][0])


@pytest.fixture
def bot(clock: Hands) -> Bot:
    return Bot(clock)


@pytest.fixture
def ana(fake: SlackFake, bot: Bot) -> SlackUser:
    return SlackUser(bot, SECRET, fake, "U0ANA")


PUBLISHED = (  # the example of docs.slack.dev/authentication/verifying-requests-from-slack
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14"
    "d10d2c447fce8b6703c"
)


@pytest.mark.parametrize(
    ("stamp", "body", "expected"),
    [
        ("1531420618", PUBLISHED, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ("1750000000", "", "v0=2b2774bdbd29b41030992248e4410e97d763275d7f19227855bc0f6c3e460f37"),
    ],
)
def test_it_signs_as_slack_does(stamp: str, body: str, expected: str) -> None:
    assert signature(SECRET, stamp, body.encode()) == expected


async def test_a_signature_is_too_old_after_five_minutes(ana: SlackUser, clock: Hands) -> None:
    body = b"{}"
    assert (await ana.post_raw(ana.sign(body, clock.at - 300), body)).status_code == 200
    assert (await ana.post_raw(ana.sign(body, clock.at - 301), body)).status_code == 401
    assert ana.sign(body, "soon")["X-Slack-Request-Timestamp"] == "soon"


async def test_typed_markup_is_dead_and_picked_mentions_are_live(ana: SlackUser, bot: Bot, fake: SlackFake) -> None:
    assert (await ana.says("<@U0ANA> & <!channel> @U0ANA #C0TEAM https://x.y/?a=1&b=2 #12")).status_code == 200
    event = bot.event()
    live = "<@U0ANA> <#C0TEAM|team> <https://x.y/?a=1&amp;b=2> #12"
    assert event["text"] == "&lt;@U0ANA&gt; &amp; &lt;!channel&gt; " + live
    assert (event["channel"], event["channel_type"], event["ts"]) == ("D0ANA", "im", ana.last.ts)
    assert (blocks_problems(event["blocks"]), fake.messages("U0ANA")) == ([], [])
    assert len(fake.messages("U0ANA", everyone=True)) == 1


async def test_a_mention_in_a_channel_arrives_as_two_events(ana: SlackUser, bot: Bot) -> None:
    await ana.says_in("C0TEAM", "hi", thread_ts="1750000000.000009")
    first, second = bot.event(-2), bot.event(-1)
    assert (first["type"], second["type"], second["channel_type"]) == ("app_mention", "message", "channel")
    assert first["text"] == second["text"] == "<@U0BOTUSER> hi"
    assert (first["ts"], first["thread_ts"]) == (second["ts"], "1750000000.000009")
    ids = {json.loads(body)["event_id"] for _, body in bot.got}
    await ana.says_in("C0TEAM", "no bot here", mention=False)
    assert (len(ids), len(bot.got)) == (2, 3)


async def test_edits_and_deletions_tell_what_stood_before(ana: SlackUser, bot: Bot) -> None:
    await ana.says("one")
    ts = ana.last.ts
    await ana.edits(ts, "two")
    assert (bot.event()["message"]["text"], bot.event()["previous_message"]["text"]) == ("two", "one")
    await ana.deletes(ts)
    assert (bot.event()["deleted_ts"], bot.event()["previous_message"]["text"]) == (ts, "two")


async def test_a_redelivery_is_the_same_event_with_retry_headers(ana: SlackUser, bot: Bot, clock: Hands) -> None:
    await ana.says("one")
    clock.at += 60
    assert (await ana.resend(retry_num=2)).status_code == 200
    assert bot.got[0][1] == bot.got[1][1]
    assert bot.got[1][0]["X-Slack-Retry-Num"] == "2"


async def test_a_press_carries_the_message_and_a_trigger_that_works(
    ana: SlackUser, bot: Bot, fake: SlackFake, web: AsyncWebClient
) -> None:
    await web.chat_postMessage(channel="U0ANA", text="x", blocks=[actions(button())])
    await ana.presses(fake.messages("U0ANA")[0], "Go")
    payload = bot.payload()
    assert (payload["actions"][0]["value"], payload["container"]["channel_id"]) == ("v", "D0ANA")
    await web.views_open(trigger_id=payload["trigger_id"], view=modal(asks(TYPING), asks(RADIO, "mood")))
    await ana.submits(fake.views[0], {"q": "fine", "Question mood": "Good"})
    values = bot.payload()["view"]["state"]["values"]
    assert (values["q"]["a"]["value"], values["mood"]["r"]["selected_option"]["value"]) == ("fine", "good")
    assert fake.closed == {fake.views[0]["id"]}
    with pytest.raises(LookupError, match="'Stop'"):
        await ana.presses(fake.messages("U0ANA")[0], "Stop")


async def test_slack_holds_back_a_form_that_is_not_filled_in(
    ana: SlackUser, fake: SlackFake, web: AsyncWebClient
) -> None:
    await web.views_open(trigger_id=fake.trigger(), view=modal(asks(TYPING), asks(RADIO, "mood", optional=True)))
    for values, why in (({}, "required"), ({"q": "x" * 301}, "length"), ({"q": "x", "z": "y"}, "no such input")):
        with pytest.raises(ValueError, match=why):
            await ana.submits(fake.views[0], values)
    with pytest.raises(ValueError, match="notify_on_close"):
        await ana.closes(fake.views[0])


async def test_the_answer_to_a_form_is_judged_and_shown(
    ana: SlackUser, bot: Bot, fake: SlackFake, web: AsyncWebClient
) -> None:
    await web.views_open(trigger_id=fake.trigger(), view=modal(asks(TYPING), notify_on_close=True))
    for answer in ({"response_action": "errors", "errors": {"zz": "no"}}, {"response_action": "update", "view": {}}):
        bot.answer = json.dumps(answer).encode()
        await ana.submits(fake.views[0], {"q": "x"})
    assert [it.split(" ")[1] for it in fake.problems] == ["errors", "update:"]
    bot.answer = json.dumps({"response_action": "update", "view": modal(section("done"))}).encode()
    await ana.submits(fake.views[0], {"q": "x"})
    assert (fake.text_of(fake.views[0]), fake.closed) == ("done", set())


async def test_slash_commands_and_home_openings_have_slacks_shape(
    ana: SlackUser, bot: Bot, web: AsyncWebClient
) -> None:
    await ana.slash("thanks @U0ANA & co", "C0TEAM")
    form = {name: it[0] for name, it in parse_qs(bot.got[-1][1].decode()).items()}
    assert (form["command"], form["text"]) == ("/loop", "thanks <@U0ANA|u0ana> &amp; co")
    await ana.opens_home()
    assert "view" not in bot.event()
    await web.views_publish(user_id="U0ANA", view={"type": "home", "blocks": []})
    await ana.opens_home()
    assert bot.event()["view"]["type"] == "home"


async def test_slacks_own_framework_understands_it_all(fake: SlackFake) -> None:
    fake.clock = time.time  # Bolt checks signatures against the wall clock
    app = AsyncApp(client=client(fake), signing_secret=SECRET, process_before_response=True)

    @app.event("message")
    async def on_message(event: Json, say: Callable[..., Any]) -> None:
        await say(text=event["text"], blocks=[actions(button())])

    @app.action("go")
    async def on_go(ack: Callable[..., Any], body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(asks(TYPING), callback_id="form"))

    @app.view("form")
    async def on_form(ack: Callable[..., Any]) -> None:
        await ack(response_action="errors", errors={"q": "again"})

    @app.command("/loop")
    async def on_loop(ack: Callable[..., Any]) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    ana = SlackUser(
        post_to_app(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])), SECRET, fake, "U0ANA"
    )
    await ana.says("hello")
    await ana.presses(fake.messages("U0ANA")[0], "Go")
    await ana.submits(fake.views[0], {"q": "x"})
    await ana.slash("help")
    assert [it.response.status_code for it in ana.sent] == [200] * 4
    assert (fake.problems, fake.closed) == ([], set())


async def test_many_people_may_write_at_once(fake: SlackFake, web: AsyncWebClient) -> None:
    await asyncio.gather(*(web.chat_postMessage(channel="C0TEAM", text=str(n)) for n in range(30)))
    stamps = [it["ts"] for it in fake.messages("C0TEAM")]
    assert (len(set(stamps)), stamps) == (30, sorted(stamps))
