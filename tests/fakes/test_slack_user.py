"""People at the stand-in Slack: what they do is signed and shaped as Slack does it, and Slack's framework reads it."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.slack import SlackFake
from tests.fakes.slack_bricks import RADIO, TYPING, Hands, actions, asks, button, client, modal, section
from tests.fakes.slack_listener import SECRET, Bot
from tests.fakes.slack_rules import blocks_problems
from tests.fakes.slack_user import SlackUser, post_to_app, signature

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


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
