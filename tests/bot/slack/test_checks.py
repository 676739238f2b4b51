"""What `doctor` finds out about Slack before anybody misses a message."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.platform import Finding, Rim
from bot.receiver import Receiver
from bot.settings import Settings
from bot.slack.link import connect
from models.db import Database
from tests.fakes import slack_wire as wire
from tests.fakes.slack import SlackFake
from tests.fakes.slack_socket import SlackSockets

pytestmark = pytest.mark.anyio
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
GOOD = {"SLACK_BOT_TOKEN": "xoxb-fake", "SLACK_SIGNING_SECRET": SECRET}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        yield fake


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database("sqlite://")
    yield database
    database.close()


async def examine(fake: SlackFake, database: Database, given: dict[str, str], ahead: float = 0) -> list[Finding]:
    settings = Settings.model_validate({"SLACK_API_URL": f"{fake.url}/api/", **given})

    def clock() -> datetime:
        return now() + timedelta(seconds=ahead)

    return await connect(settings, Rim(database, Receiver(database, clock, lambda: None), clock)).examine()


@contextmanager
def served(*routes: Route) -> Iterator[str]:
    """A public address with these routes behind it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = wire.Server(Starlette(routes=list(routes)))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    server.up.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.loop.call_soon_threadsafe(server.stopping.set)
    thread.join(10)


async def test_a_good_token_is_told_with_its_workspace(fake: SlackFake, database: Database) -> None:
    (found,) = await examine(fake, database, GOOD)
    assert (found.ok, fake.team in found.what, fake.bot_user in found.what) == (True, True, True)
    assert fake.token not in str(found)


@pytest.mark.parametrize("token", ["xoxb-other", "xoxb-fake"])
async def test_a_token_that_is_not_taken_is_told(fake: SlackFake, database: Database, token: str) -> None:
    fake.revoked = True
    (found,) = await examine(fake, database, {**GOOD, "SLACK_BOT_TOKEN": token})
    assert (found.ok, "SLACK_BOT_TOKEN" in found.mend, token in str(found)) == (False, True, False)


async def test_each_missing_scope_is_named_with_what_breaks(database: Database) -> None:
    with SlackFake(scopes=["chat:write", "im:write", "users:read", "im:history"]) as fake:
        accepted, *missing = await examine(fake, database, GOOD)
    assert accepted.ok
    assert not any(it.ok for it in missing)
    names = [it.what.split()[2] for it in missing]
    assert names == sorted(names)
    assert {"reactions:read", "files:write", "commands"} <= set(names)
    assert "chat:write" not in names


@pytest.mark.parametrize(("ahead", "told"), [(0, False), (50, False), (-90, True), (400, True)])
async def test_a_clock_that_is_off_is_told(fake: SlackFake, database: Database, ahead: float, told: bool) -> None:
    found = await examine(fake, database, GOOD, ahead)
    assert any("clock" in it.what for it in found) == told


async def test_the_socket_is_tried(fake: SlackFake, database: Database) -> None:
    async with SlackSockets(fake):
        given = {"SLACK_BOT_TOKEN": "xoxb-fake", "SLACK_APP_TOKEN": "xapp-fake"}
        _, good = await examine(fake, database, given)
        _, bad = await examine(fake, database, {**given, "SLACK_APP_TOKEN": "xoxb-hush"})
    assert (good.ok, bad.ok) == (True, False)
    assert "not_allowed_token_type" in bad.what
    assert "SLACK_APP_TOKEN" in bad.mend
    assert "hush" not in str(bad)


def door(secret: str, database: Database) -> list[Route]:
    given = {"SLACK_BOT_TOKEN": "xoxb-fake", "SLACK_SIGNING_SECRET": secret}
    link = connect(Settings.model_validate(given), Rim(database, Receiver(database, now, lambda: None), now))
    return [route for route in link.routes if isinstance(route, Route)]


async def test_the_public_address_is_tried_as_slack_would(fake: SlackFake, database: Database) -> None:
    with served(*door(SECRET, database)) as url:
        _, found = await examine(fake, database, {**GOOD, "LOOPKEEPER_PUBLIC_URL": url})
    assert (found.ok, found.what) == (
        True,
        f"{url}/slack/events answers a signed challenge. It is the app's Request URL.",
    )


async def test_an_address_with_another_secret_or_something_else_behind_it_is_told(
    fake: SlackFake, database: Database
) -> None:
    async def hello(_request: Request) -> Response:
        return PlainTextResponse("hello")

    async def elsewhere(_request: Request) -> Response:
        return RedirectResponse("http://127.0.0.1:9/")

    said = {}
    for status, routes in {
        401: door("another", database),
        200: [Route("/slack/events", hello, methods=["POST"])],
        307: [Route("/slack/events", elsewhere, methods=["POST"])],
        404: [],
    }.items():
        with served(*routes) as url:
            _, found = await examine(fake, database, {**GOOD, "LOOPKEEPER_PUBLIC_URL": url})
        said[status] = (found.ok, f"answers {status}" in found.what)
    assert set(said.values()) == {(False, True)}


async def test_an_address_where_nobody_is_is_told(fake: SlackFake, database: Database) -> None:
    _, found = await examine(fake, database, {**GOOD, "LOOPKEEPER_PUBLIC_URL": "http://127.0.0.1:9"})
    assert (found.ok, "does not answer" in found.what, "serve" in found.mend) == (False, True, True)
