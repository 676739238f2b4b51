"""The door Telegram comes through: only who knows the secret gets in, and what came is on disk before it is taken."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot import receiver
from bot.app import App
from bot.clock import Clock
from bot.links import connect
from bot.settings import Settings
from models.db import Database
from models.organization import Workspace
from services import programme, programme_file
from tests.bot.bench import broken, receipts
from tests.bot.telegram.desk import ANN, TEAM, peopled
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_people import SECRET_HEADER
from tests.fakes.telegram_stage import SECRET, post_to_app

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
FOLDER = Path(__file__).parent.parent / "payloads" / "telegram"
PROGRAMME = f"""
organization: {{name: Acme, consent: elsewhere}}
people: [{{name: Ann Lee, telegram: "{ANN}", time_zone: America/Lima}}]
teams: [{{name: Product, members: [Ann Lee], channels: {{telegram: "{TEAM}"}}}}]
"""


@pytest.fixture
def fake() -> Iterator[TelegramFake]:
    with TelegramFake() as fake:
        yield peopled(fake)
        assert fake.problems == []


@asynccontextmanager
async def running(database: Database, fake: TelegramFake, **more: str) -> AsyncIterator[App]:
    """The whole app with only its receiver at work: what arrives is stored and nothing reads it yet."""
    given = {"TELEGRAM_BOT_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url, **more}
    app = App(Settings.model_validate(given), database, Clock())
    await asyncio.to_thread(app._connect)
    receiving = asyncio.create_task(app.receiver.run())
    try:
        yield app
    finally:
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await app.links[0].outbound.close()


@pytest.fixture
async def app(database: Database, fake: TelegramFake) -> AsyncIterator[App]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), Clock().now())
    async with running(database, fake, TELEGRAM_WEBHOOK_SECRET=SECRET) as app:
        yield app


def sample(name: str) -> Json:
    update: Json = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return update


async def deliver(app: App, body: bytes, headers: dict[str, Any] | None = None) -> int:
    transport = httpx.ASGITransport(app=app.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        headers = {SECRET_HEADER: SECRET} if headers is None else headers
        return (await client.post("/telegram/webhook", content=body, headers=headers)).status_code


# --- who gets in


async def test_what_bears_the_secret_gets_in(app: App) -> None:
    answer = await post_to_app(app.web)(sample("message_private_text"))
    assert answer.status_code == 200
    (receipt,) = receipts(app.database)
    assert (receipt.state, receipt.event_key) == ("waiting", "870000001")


@pytest.mark.parametrize("secret", [None, "", "another", SECRET[:-1], f"{SECRET} ", "\u00e9\u00e9".encode("latin-1")])
async def test_without_the_secret_nothing_gets_in_and_no_body_is_read(app: App, secret: Any) -> None:
    body = json.dumps(sample("message_private_text")).encode()
    headers = {} if secret is None else {SECRET_HEADER: secret}
    assert await deliver(app, body, headers) == 401
    assert await deliver(app, b"x" * 2_000_000, headers) == 401
    assert receipts(app.database) == []


async def test_ten_megabytes_are_refused(app: App) -> None:
    assert await deliver(app, b"x" * 10_000_000) == 413
    assert receipts(app.database) == []


JUNK = [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"{}", b'{"update_id": "1"}', b'{"update_id": true}',
        b"[" * 100_000, b'{"update_id": 1.5}', b'{"update_id":' + b"9" * 10_000 + b"}"]  # fmt: skip


@pytest.mark.parametrize("body", JUNK, ids=range(len(JUNK)))
async def test_what_is_no_update_is_refused(app: App, body: bytes) -> None:
    assert await deliver(app, body) == 400
    assert receipts(app.database) == []


async def test_other_methods_find_no_door(app: App) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.web), base_url="http://bot") as client:
        assert (await client.get("/telegram/webhook")).status_code == 405


async def test_without_a_webhook_secret_there_is_no_door_at_all(database: Database, fake: TelegramFake) -> None:
    async with running(database, fake) as app:
        assert await deliver(app, json.dumps(sample("message_private_text")).encode()) == 404


# --- once, and nothing lost


async def test_a_redelivery_is_stored_once(app: App) -> None:
    post, update = post_to_app(app.web), sample("message_private_text")
    answers = [await post(update), *await asyncio.gather(*(post(update) for _ in range(10)))]
    assert {answer.status_code for answer in answers} == {200}
    assert len(receipts(app.database)) == 1


async def test_while_the_database_fails_telegram_is_told_to_come_again(app: App) -> None:
    post, update = post_to_app(app.web), sample("message_private_text")
    with broken(app.database):
        assert (await post(update)).status_code == 503
    assert (await post(update)).status_code == 200
    assert len(receipts(app.database)) == 1


async def test_more_than_can_be_stored_is_sent_away(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiver, "MOST_WAITING", 0)
    assert (await post_to_app(app.web)(sample("message_private_text"))).status_code == 503


UNREAD = ["message_sticker_only", "poll_answer", "message_from_another_bot", "channel_post_no_from"]


async def test_what_nobody_reads_is_taken_without_peoples_words(app: App) -> None:
    updates = [*(sample(name) for name in UNREAD), {"update_id": 5, "weather_report": {"text": "hello", "from": "Ann"}}]
    for update in updates:
        assert (await post_to_app(app.web)(update)).status_code == 200
    stored = receipts(app.database)
    assert [it.state for it in stored] == ["ignored"] * len(updates)
    assert not [it.raw for it in stored for word in ("Ann", "hello", "deploy") if word in it.raw]


async def test_what_people_say_to_each_other_is_not_kept(app: App, fake: TelegramFake) -> None:
    assert (await post_to_app(app.web)(fake.says(ANN, "a private matter", TEAM))).status_code == 200
    assert receipts(app.database) == []


async def test_a_mention_is_known_by_the_name_telegram_tells_and_is_asked_for_once(
    app: App, fake: TelegramFake
) -> None:
    updates = [fake.says(ANN, f"@{fake.me.username} board {number}", TEAM) for number in range(20)]
    await asyncio.gather(*(post_to_app(app.web)(update) for update in updates))
    assert len(receipts(app.database)) == 20
    assert len(fake.called("getMe")) == 1


async def test_as_long_as_the_name_is_unknown_the_rest_works(app: App, fake: TelegramFake) -> None:
    fake.fail("getMe", 500, times=99)
    for _ in range(3):
        await post_to_app(app.web)(fake.says(ANN, "mine"))
    assert (len(receipts(app.database)), len(fake.called("getMe"))) == (3, 1)


async def test_the_own_name_is_noted_for_invitations(app: App, fake: TelegramFake) -> None:
    await post_to_app(app.web)(sample("message_private_text"))
    with app.database.reading() as session:
        noted = [row.bot_name for row in session.exec(select(Workspace)).all() if row.platform == "telegram"]
    assert noted == [fake.me.username]


# --- presses


async def test_a_pressed_button_stops_spinning_once_it_is_stored(app: App, fake: TelegramFake) -> None:
    fake.says(ANN, "hello")
    update = fake.presses_action(ANN, ANN, next(iter(fake.chats[ANN].messages)), "v1:report:1")
    await post_to_app(app.web)(update)
    assert len(receipts(app.database)) == 1
    await _until(lambda: all(fake.queries.values()))


async def test_a_press_too_old_to_be_answered_counts_all_the_same(app: App, fake: TelegramFake) -> None:
    assert (await post_to_app(app.web)(sample("callback_query"))).status_code == 200
    await _until(lambda: bool(fake.called("answerCallbackQuery")) and fake.called("answerCallbackQuery")[0].error != "")
    assert [it.incoming["action"] for it in receipts(app.database)] == ["v1:run:42:open"]


async def _until(true: Any) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


# --- setting up


async def test_with_a_public_address_the_webhook_sets_itself(database: Database, fake: TelegramFake) -> None:
    public = {"TELEGRAM_WEBHOOK_SECRET": SECRET, "LOOPKEEPER_PUBLIC_URL": "https://loop.acme.org/"}
    async with running(database, fake, **public) as app:
        fake.fail("setWebhook", 429, retry_after=0)
        await app.links[0].run()
        findings = await app.links[0].examine()
    assert (fake.webhook["url"], fake.webhook["secret_token"]) == ("https://loop.acme.org/telegram/webhook", SECRET)
    assert set(fake.allowed) == {"message", "edited_message", "callback_query", "my_chat_member", "chat_member"}
    assert all(it.ok for it in findings)


async def test_the_menu_is_offered_in_both_languages(app: App, fake: TelegramFake) -> None:
    await app.links[0].run()
    assert set(fake.commands) == {"", "zh"}
    assert [it["command"] for it in fake.commands[""]] == [it["command"] for it in fake.commands["zh"]]
    assert "report" in [it["command"] for it in fake.commands[""]]
    assert fake.menu_button == {"type": "commands"}


async def test_a_menu_that_cannot_be_set_stops_nothing(app: App, fake: TelegramFake) -> None:
    fake.fail("setMyCommands", 500, times=9)
    await app.links[0].run()


async def test_doctor_says_what_is_wrong_and_how_to_mend_it(database: Database, fake: TelegramFake) -> None:
    async with running(database, fake) as app:
        polled = await app.links[0].examine()
        fake.webhook = {"url": "https://old.acme.org/hook", "last_error_message": "Wrong response: 502 Bad Gateway"}
        hooked = await app.links[0].examine()
        fake.fail("getMe", "reset_before")
        silent = await app.links[0].examine()
    assert [it.ok for it in polled] == [True, True]
    assert "/setprivacy" in str(polled[0])
    assert [it.ok for it in hooked] == [True, False, False]
    assert "Wrong response: 502" in str(hooked[2])
    assert [it.ok for it in silent] == [False]


async def test_doctor_knows_a_wrong_token(database: Database, fake: TelegramFake) -> None:
    settings = Settings.model_validate({"TELEGRAM_BOT_TOKEN": "7000000001:wrong", "TELEGRAM_API_URL": fake.url})
    link = connect("telegram", settings, App(Settings(), database, Clock()).rim)
    (finding,) = await link.examine()
    await link.outbound.close()
    assert (finding.ok, "BotFather" in finding.mend) == (False, True)
