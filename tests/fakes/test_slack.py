"""The room that keeps the stand-in Slack honest: what it claims to enforce it enforces."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackFake
from tests.fakes.slack_bricks import Hands, actions, button, client, error, modal, plain, refused, section
from tests.fakes.slack_user import SlackUser

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


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


async def test_many_people_may_write_at_once(fake: SlackFake, web: AsyncWebClient) -> None:
    await asyncio.gather(*(web.chat_postMessage(channel="C0TEAM", text=str(n)) for n in range(30)))
    stamps = [it["ts"] for it in fake.messages("C0TEAM")]
    assert (len(set(stamps)), stamps) == (30, sorted(stamps))
