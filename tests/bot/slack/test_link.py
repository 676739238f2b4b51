"""The door Slack comes through: only Slack gets in, what came in is on disk before it is acknowledged, and once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from httpx import Response
from sqlmodel import select

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from models.db import Database
from models.messages import Incoming
from models.organization import Channel, Identity
from services import programme, programme_file
from tests.bot.bench import broken, receipts
from tests.fakes.slack import SlackFake
from tests.fakes.slack_user import SlackUser, post_to_app, signature

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FOLDER = Path(__file__).parent.parent / "payloads" / "slack"
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people: [{name: Ana Ruiz, slack: U0ANA, time_zone: America/Lima}]
teams: [{name: Product, members: [Ana Ruiz], channels: {slack: C0TEAM}}]
"""


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima")
        fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
        yield fake


@pytest.fixture
async def app(database: Database, fake: SlackFake) -> AsyncIterator[App]:
    """The whole app with only its receiver at work: what arrives is stored and nothing reads it yet."""
    given = {"SLACK_BOT_TOKEN": fake.token, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": f"{fake.url}/api/"}
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), Clock().now())
    app = App(Settings.model_validate(given), database, Clock())
    await asyncio.to_thread(app._connect)
    receiving = asyncio.create_task(app.receiver.run())
    yield app
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)


@pytest.fixture
def ana(app: App, fake: SlackFake) -> SlackUser:
    return SlackUser(post_to_app(app.web), SECRET, fake, "U0ANA")


def event(**more: Any) -> bytes:
    body: Json = json.loads((FOLDER / "event_message_im.json").read_text("utf-8"))
    return json.dumps({**body, **more}).encode()


def signed(body: bytes, stamp: str | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = stamp or str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret, stamp, body),
    }


async def deliver(app: App, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return await post_to_app(app.web)(signed(body) if headers is None else headers, body)


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


# --- who gets in


async def test_what_slack_signed_gets_in(app: App) -> None:
    assert (await deliver(app, event())).status_code == 200
    (receipt,) = receipts(app.database)
    assert (receipt.state, receipt.incoming["text"]) == ("waiting", "Finished the release & wrote tests")


def forgeries() -> Iterator[tuple[str, dict[str, str]]]:
    body, now = event(), int(time.time())
    yield "another secret", signed(body, secret="another")
    yield "another body", signed(event(event_id="Ev0OTHER"))
    yield "no signature", without(signed(body), "X-Slack-Signature")
    yield "an empty signature", {**signed(body), "X-Slack-Signature": ""}
    yield "a signature that is no hex", {**signed(body), "X-Slack-Signature": "v0=\u00e9\u00e9"}
    yield "another version", {**signed(body), "X-Slack-Signature": "v1" + signed(body)["X-Slack-Signature"][2:]}
    yield "no timestamp", without(signed(body), "X-Slack-Request-Timestamp")
    yield "an old timestamp", signed(body, str(now - 301))
    yield "a timestamp to come", signed(body, str(now + 400))
    for stamp in ("soon", "", "-1", "1e9", "1.5", " ", "NaN", "\u00b2", "9" * 400, "9" * 5_000):
        yield f"the timestamp {stamp[:9]!r} of {len(stamp)}", {**signed(body, "1"), "X-Slack-Request-Timestamp": stamp}


@pytest.mark.parametrize("name", [name for name, _ in forgeries()])
async def test_what_slack_did_not_sign_stays_outside_and_leaves_no_trace(app: App, name: str) -> None:
    headers = {key: value.encode("latin-1") for key, value in dict(forgeries())[name].items()}
    response = await deliver(app, event(), headers)  # type: ignore[arg-type]
    assert 400 <= response.status_code < 500
    assert receipts(app.database) == []


async def test_the_challenge_is_answered_only_to_slack(app: App) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}).encode()
    answer = await deliver(app, body)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})
    assert (await deliver(app, body, signed(body, secret="another"))).status_code == 401


async def test_a_body_that_is_too_large_is_refused(app: App) -> None:
    body = event(padding="x" * 1_000_000)
    assert (await deliver(app, body)).status_code == 413
    assert receipts(app.database) == []


async def test_other_methods_find_no_door(app: App) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.web), base_url="http://bot") as client:
        assert (await client.get("/slack/events")).status_code == 405


JUNK = [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"payload=%7B", b"payload=[]", b"payload=null", b"a=b"]
KINDS = ["application/json", "application/x-www-form-urlencoded", "text/plain"]


async def test_junk_that_nobody_signed_is_refused_before_it_is_read(app: App) -> None:
    answers = {}
    for body in JUNK:
        for kind in KINDS:
            headers = {**signed(body, secret="another"), "Content-Type": kind}
            answers[body, kind] = (await deliver(app, body, headers)).status_code
    assert {case: status for case, status in answers.items() if not 400 <= status < 500} == {}
    assert receipts(app.database) == []


async def test_signed_junk_is_no_reason_to_fail(app: App) -> None:
    answers = {}
    for body in JUNK:
        for kind in KINDS:
            answers[body, kind] = (await deliver(app, body, {**signed(body), "Content-Type": kind})).status_code
    assert {case: status for case, status in answers.items() if status >= 500} == {}


# --- once


async def test_a_redelivery_is_stored_once(ana: SlackUser, app: App) -> None:
    await ana.says("#1 60%")
    for number in (1, 2, 3):
        assert (await ana.resend(retry_num=number)).status_code == 200
    assert [it.incoming["text"] for it in receipts(app.database)] == ["#1 60%"]


async def test_the_same_event_at_once_is_stored_once(app: App) -> None:
    answers = await asyncio.gather(*(deliver(app, event()) for _ in range(20)))
    assert {it.status_code for it in answers} == {200}
    assert len(receipts(app.database)) == 1


async def test_a_mention_that_arrives_as_two_events_is_handled_once(ana: SlackUser, app: App, fake: SlackFake) -> None:
    await ana.says_in("C0TEAM", "help")
    assert len(ana.sent) == 2
    await app.settle()
    assert len(receipts(app.database)) == 1
    answered = [*fake.messages("C0TEAM"), *fake.messages("U0ANA")]
    assert len(answered) == 1


async def test_a_press_twice_by_a_double_click_is_two_presses_of_one_person(ana: SlackUser, app: App) -> None:
    message = {"channel": "D0ANA", "ts": "1.000001", "blocks": [actions_block()]}
    await ana.presses(message, "Go")
    await ana.resend()
    await ana.presses(message, "Go")
    assert [it.incoming["kind"] for it in receipts(app.database)] == ["press", "press"]


def actions_block() -> Json:
    text = {"type": "plain_text", "text": "Go"}
    return {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": "a", "text": text, "value": "v1:go:1"}],
    }


# --- nothing is lost


async def test_while_the_database_fails_slack_is_told_to_come_again(ana: SlackUser, app: App, fake: SlackFake) -> None:
    with broken(app.database):
        assert (await ana.says("help")).status_code >= 500
        assert (await ana.resend(retry_num=1)).status_code >= 500
    assert (await ana.resend(retry_num=2)).status_code == 200
    await app.settle()
    assert [it.state for it in receipts(app.database)] == ["done"]
    assert len(fake.messages("U0ANA")) == 1


async def test_while_the_token_is_refused_messages_wait_for_another(
    ana: SlackUser, app: App, fake: SlackFake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.revoked = True
    await ana.says("help")
    await ana.says_in("C0TEAM", "help")
    await app.settle()
    assert [vars(it)["code"] for it in caplog.records if vars(it).get("action") == "token_refused"] == ["token_revoked"]
    fake.token, fake.revoked = "xoxb-mended", False
    given = {"SLACK_BOT_TOKEN": fake.token, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": f"{fake.url}/api/"}
    mended = App(Settings.model_validate(given), app.database, Clock())
    mended.clock.move_to(Clock().now() + timedelta(minutes=6))
    await mended.settle()
    assert (len(fake.messages("U0ANA")), len(fake.messages("C0TEAM"))) == (1, 1)


async def test_what_nobody_reads_is_acknowledged_all_the_same(app: App) -> None:
    unread = ["event_message_other_bot", "event_member_left_channel"]
    bodies = [(FOLDER / f"{name}.json").read_bytes() for name in unread]
    bodies += [json.dumps({"type": kind, "team_id": "T0CHKIN01"}).encode() for kind in ("app_requested", "x" * 300)]
    bodies += [event(event={"type": "something_new"}, event_id="Ev0NEW"), event(event={}, event_id="Ev0EMPTY")]
    for body in bodies:
        assert (await deliver(app, body)).status_code == 200
    assert [it.state for it in receipts(app.database)] == ["ignored"] * len(bodies)


async def test_events_that_slack_holds_back_are_told_to_the_operator(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert (await deliver(app, (FOLDER / "event_app_rate_limited.json").read_bytes())).status_code == 200
    told = [vars(it) for it in caplog.records if vars(it).get("action") == "app_rate_limited"]
    assert [it["minute"] for it in told] == ["1750000080"] * 2
    assert {it.state for it in receipts(app.database)} <= {"ignored"}


LIFE = {
    "event_user_change_deactivated": ("reach:deactivated", "U0BOB0001", "dm:U0BOB0001"),
    "event_team_join": ("reach:reachable", "U0BOB0001", "dm:U0BOB0001"),
    "event_member_joined_channel": ("joined", "U0BOB0001", "channel:C0TEAM001"),
    "event_member_joined_channel_bot_itself": ("channel:back", "", "channel:C0TEAM001"),
    "event_app_uninstalled": ("workspace:lost", "", "dm:"),
    "event_tokens_revoked": ("workspace:lost", "", "dm:"),
}


@pytest.mark.parametrize("name", LIFE)
async def test_who_came_and_who_left_is_stored_as_a_notice_once(app: App, name: str) -> None:
    for _ in range(2):
        assert (await deliver(app, (FOLDER / f"{name}.json").read_bytes())).status_code == 200
    (receipt,) = receipts(app.database)
    told = Incoming.model_validate(receipt.incoming)
    assert (told.kind, told.action, told.sender, told.place.key) == ("notice", *LIFE[name])


async def test_who_is_deactivated_and_comes_back_can_be_reached_again(app: App) -> None:
    for number, deleted in enumerate((True, False)):
        person = {"id": "U0ANA", "deleted": deleted, "is_bot": False}
        await deliver(app, event(event={"type": "user_change", "user": person}, event_id=f"Ev0{number}"))
        await app.settle()
        with app.database.reading() as session:
            (account,) = session.exec(select(Identity)).all()
        assert account.reach == ("deactivated" if deleted else "reachable")


async def test_a_channel_the_bot_was_taken_out_of_is_lost_until_it_is_let_in_again(app: App) -> None:
    for number, (kind, lost) in enumerate((("channel_left", True), ("member_joined_channel", False))):
        told = {"type": kind, "channel": "C0TEAM", "user": "U0BOTUSER"}
        await deliver(app, event(event=told, event_id=f"Ev0{number}"))
        await app.settle()
        with app.database.reading() as session:
            (channel,) = session.exec(select(Channel)).all()
        assert (channel.lost_at is not None) == lost


async def test_of_a_profile_nothing_is_kept(app: App) -> None:
    for name in ("event_user_change_deactivated", "event_team_join"):
        await deliver(app, (FOLDER / f"{name}.json").read_bytes())
    kept = "".join(it.raw for it in receipts(app.database))
    assert not any(word in kept for word in ("Bob", "bob", "example.com", "Shanghai"))


async def test_what_people_say_to_each_other_is_not_kept(ana: SlackUser, app: App) -> None:
    assert (await ana.says_in("C0TEAM", "a private matter", mention=False)).status_code == 200
    await app.settle()
    assert not any("private matter" in f"{it.raw} {it.incoming}" for it in receipts(app.database))


@pytest.mark.parametrize("name", ["slash_command", "interactive_view_submission", "interactive_block_actions_button"])
async def test_forms_presses_and_commands_are_stored_and_answered_with_nothing(app: App, name: str) -> None:
    payload: Json = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    body = urlencode(payload if "command" in payload else {"payload": json.dumps(payload)}).encode()
    response = await deliver(app, body, {**signed(body), "Content-Type": "application/x-www-form-urlencoded"})
    assert (response.status_code, response.content) == (200, b"")
    assert [it.state for it in receipts(app.database)] == ["waiting"]


@pytest.mark.parametrize("name", ["event_message_im", "event_message_other_bot"])
async def test_slacks_token_is_not_kept(app: App, name: str) -> None:
    await deliver(app, (FOLDER / f"{name}.json").read_bytes())
    (receipt,) = receipts(app.database)
    assert "legacy-verification-token" not in f"{receipt.raw} {receipt.incoming}"


STRANGE = ["a\x00b", "\x07\x1b[31m", "\ud800 alone", "\ufeff\u202e\u2066", "x" * 40_000, "\U0001f389" * 500, ""]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
async def test_a_strange_text_is_stored_and_handled_like_any_other(
    ana: SlackUser, app: App, fake: SlackFake, text: str
) -> None:
    body = json.loads(event())
    body["event"] |= {"user": "U0ANA", "channel": "D0ANA", "text": text}
    assert (await deliver(app, json.dumps(body).encode())).status_code == 200
    await app.settle()
    assert [it.state for it in receipts(app.database)] == ["done"]
    assert fake.problems == []
