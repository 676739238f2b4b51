"""Socket Mode: the same events without a public address, acknowledged once stored, through every change-over."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from bot.slack import socket
from models.db import Database
from models.messages import Receipt
from services import programme, programme_file
from tests.bot.bench import broken, receipts
from tests.fakes.slack import SlackFake
from tests.fakes.slack_socket import SlackSockets
from tests.fakes.slack_user import SlackUser, post_to_app

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FOLDER = Path(__file__).parent.parent / "payloads" / "slack"
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people: [{name: Ana Ruiz, slack: U0ANA, time_zone: America/Lima}]
teams: [{name: Product, leads: [Ana Ruiz], members: [Ana Ruiz], channels: {slack: C0TEAM}}]
"""


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        fake.add_user("U0ANA", "Ana Ruiz", tz="America/Lima")
        fake.add_channel("C0TEAM", "team", ["U0ANA", "U0BOTUSER"])
        yield fake
        assert fake.problems == []


@pytest.fixture
async def sockets(fake: SlackFake) -> AsyncIterator[SlackSockets]:
    async with SlackSockets(fake) as sockets:
        yield sockets


@pytest.fixture
async def app(database: Database, fake: SlackFake, sockets: SlackSockets) -> AsyncIterator[App]:
    """Both ways in at once: a socket that is held, and the signed requests."""
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), Clock().now())
    async with running(database, fake, SLACK_SIGNING_SECRET=SECRET) as app:
        await sockets.happened("open", 1)
        yield app


@asynccontextmanager
async def running(database: Database, fake: SlackFake, **more: str) -> AsyncIterator[App]:
    given = {"SLACK_BOT_TOKEN": fake.token, "SLACK_APP_TOKEN": "xapp-fake", "SLACK_API_URL": f"{fake.url}/api/"}
    app = App(Settings.model_validate(given | more), database, Clock())
    await asyncio.to_thread(app._connect)
    tasks = [asyncio.create_task(app.receiver.run()), asyncio.create_task(app.links[0].run())]
    yield app
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def ana(app: App, fake: SlackFake, sockets: SlackSockets) -> SlackUser:
    return SlackUser(sockets.post, SECRET, fake, "U0ANA")


def sample(name: str) -> Json:
    return dict(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def told(receipt: Receipt) -> Json:
    """A receipt without its number and the moment it came."""
    row = receipt.model_dump(exclude={"id", "received_at"})
    row["incoming"].pop("sent_at", None)
    return row


async def test_a_dialogue_needs_no_public_address(ana: SlackUser, app: App, fake: SlackFake) -> None:
    assert (await ana.says("new fix the rig @U0ANA by 2030-01-01 measure no red builds")).status_code == 200
    await app.settle()
    assert "#1" in fake.text_of(fake.messages("U0ANA")[-1])
    await ana.slash("mine")
    await app.settle()
    assert "fix the rig" in fake.text_of(fake.messages("U0ANA")[-1])
    assert {it.state for it in receipts(app.database)} == {"done"}


async def test_without_a_signing_secret_there_is_no_door(database: Database, fake: SlackFake) -> None:
    async with SlackSockets(fake) as sockets, running(database, fake) as app:
        await sockets.happened("open", 1)
        assert list(app.links[0].routes) == []


BOTH_WAYS = sorted(file.stem for file in FOLDER.glob("*.json") if "socket" not in file.stem)


@pytest.mark.parametrize("name", [it for it in BOTH_WAYS if it.startswith(("event_", "interactive_", "slash_"))])
async def test_both_ways_lead_to_the_same_receipt(name: str, app: App, sockets: SlackSockets, fake: SlackFake) -> None:
    body = sample(name)
    form = "command" in body or name.startswith("interactive")
    encoded = urlencode(body if "command" in body else {"payload": json.dumps(body)}) if form else json.dumps(body)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    ana = SlackUser(post_to_app(app.web), SECRET, fake, "U0ANA")
    answers = [
        await post({**ana.sign(encoded.encode()), "Content-Type": kind}, encoded.encode())
        for post in (ana.post, sockets.post)
    ]
    assert [it.status_code for it in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    by_http = [told(it) for it in receipts(app.database)]
    with app.database.transaction() as session:
        for receipt in receipts(app.database):
            session.delete(receipt)
    await sockets.post({"Content-Type": kind}, encoded.encode())
    assert [told(it) for it in receipts(app.database)] == by_http


async def test_a_form_that_is_refused_is_answered_on_both_ways_and_not_stored(
    app: App, sockets: SlackSockets, fake: SlackFake
) -> None:
    asks = {"type": "plain_text_input", "action_id": "text"}
    label = {"type": "plain_text", "text": "What moved?"}
    body = sample("interactive_view_submission")
    body["view"] |= {"blocks": [{"type": "input", "block_id": "0", "label": label, "element": asks}]}
    body["view"]["state"] = {"values": {"0": {"text": {"type": "plain_text_input", "value": " "}}}}
    encoded, kind = urlencode({"payload": json.dumps(body)}).encode(), "application/x-www-form-urlencoded"
    signed = SlackUser(post_to_app(app.web), SECRET, fake, "U0ANA").sign(encoded)
    by_http = await post_to_app(app.web)({**signed, "Content-Type": kind}, encoded)
    by_socket = await sockets.post({"Content-Type": kind}, encoded)
    assert by_http.json() == by_socket.json()
    assert (by_socket.json()["response_action"], list(by_socket.json()["errors"])) == ("errors", ["0"])
    assert receipts(app.database) == []


async def test_only_what_is_stored_is_acknowledged(app: App, sockets: SlackSockets) -> None:
    sockets.patience = 0.3
    with broken(app.database):
        envelope = await sockets.deliver("events_api", sample("event_message_im"))
        await sockets.deliver_again()
        assert not envelope.acknowledged.is_set()
    await sockets.deliver_again()
    assert (envelope.acknowledged.is_set(), envelope.came_back) == (True, 2)
    assert len(receipts(app.database)) == 1


async def test_an_acknowledgement_that_is_lost_changes_nothing(
    ana: SlackUser, app: App, sockets: SlackSockets, fake: SlackFake
) -> None:
    """As after a process that died between its commit and its acknowledgement."""
    sockets.loses_acknowledgements, sockets.patience = True, 0.3
    await ana.says("help")
    await app.settle()
    await sockets.hangs_up()
    await sockets.happened("open", 2)
    sockets.loses_acknowledgements, sockets.patience = False, 3
    await sockets.deliver_again()
    await app.settle()
    assert (sockets.waiting, len(receipts(app.database)), len(fake.messages("U0ANA"))) == ([], 1, 1)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_the_next_connection_is_open_before_the_last_is_closed(
    ana: SlackUser, app: App, sockets: SlackSockets, reason: str
) -> None:
    await sockets.asks_to_leave(reason)
    assert (await ana.says("help")).status_code == 200
    await sockets.happened("closed", 1)
    assert sockets.history == [("open", 1), ("open", 2), ("closed", 1)]
    assert (await ana.says("help")).status_code == 200
    assert len(receipts(app.database)) == 2


async def test_what_is_in_hand_at_a_change_over_is_acknowledged_where_it_came_from(
    app: App, sockets: SlackSockets
) -> None:
    with app.database.transaction():  # nobody else can write
        delivering = asyncio.create_task(sockets.deliver("events_api", sample("event_message_im")))
        await asyncio.sleep(0.05)
        await sockets.asks_to_leave()
        await sockets.happened("open", 2)
    envelope = await delivering
    assert (envelope.acknowledged.is_set(), envelope.came_back) == (True, 0)


async def test_a_connection_that_breaks_or_is_refused_is_made_again(
    database: Database, fake: SlackFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "LONGEST_PAUSE_SECONDS", 0.01)
    fake.fail("apps.connections.open", times=2, how="internal_error")
    fake.fail("apps.connections.open", times=1, how=429, retry_after=0)
    fake.fail("apps.connections.open", times=1, how="garbage")
    async with SlackSockets(fake) as sockets, running(database, fake):
        await sockets.happened("open", 1)
        sockets.greets = False
        await sockets.hangs_up()
        await asyncio.sleep(0.2)
        sockets.greets = True
        await sockets.happened("open", 2)
    assert len(fake.called("apps.connections.open")) >= 6


async def test_another_envelope_than_we_know_disturbs_nothing(app: App, sockets: SlackSockets) -> None:
    for junk in ("null", "[]", "{", '{"type": "new_thing"}', '{"type": "disconnected"}'):
        await sockets.open[-1].send_str(junk)
    await sockets.open[-1].send_bytes(b"\x00\xff")
    unknown = await sockets.deliver("interactive", {"type": "something_new", "trigger_id": "1.2"})
    shapeless = await sockets.deliver("events_api", [])  # type: ignore[arg-type]
    assert unknown.acknowledged.is_set()
    assert shapeless.acknowledged.is_set()
    assert [it.state for it in receipts(app.database)] == ["ignored"]


async def test_many_at_once_are_stored_in_the_order_they_came(app: App, sockets: SlackSockets) -> None:
    bodies = [sample("event_message_im") for _ in range(60)]
    for number, body in enumerate(bodies):
        body["event"] |= {"ts": f"175000{number:04d}.000100", "text": str(number)}
    envelopes = await asyncio.gather(*(sockets.deliver("events_api", body) for body in bodies))
    assert all(it.acknowledged.is_set() for it in envelopes)
    assert [it.incoming["text"] for it in receipts(app.database)] == [str(number) for number in range(60)]


async def test_no_event_and_no_secret_stands_in_the_log(
    ana: SlackUser, app: App, sockets: SlackSockets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await ana.says("a private matter")
    await sockets.asks_to_leave()
    await sockets.happened("closed", 1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert not any(word in line for line in ours for word in ("private", "xapp-", "ticket", "U0ANA"))
