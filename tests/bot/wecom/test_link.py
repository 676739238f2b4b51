"""The door WeCom comes through: only WeCom gets in, what came in is on disk before it is acknowledged, and once."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from httpx import Response

from bot.app import App
from bot.clock import Clock
from bot.receiver import Overloaded
from bot.wecom.crypto import Seal
from models.db import Database
from tests.bot.bench import broken, receipts
from tests.bot.wecom.bench import NOW, Hands, settings_of
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_state import AES_KEY
from tests.fakes.wecom_user import SEAL, WecomUser, query_of, sealed, to_app, xml_of

pytestmark = pytest.mark.anyio
FOLDER = Path(__file__).parent.parent / "payloads" / "wecom"
AT = NOW.timestamp()
SAMPLES = {file.stem: file.read_text("utf-8") for file in sorted(FOLDER.glob("*.xml"))}
TEXT = SAMPLES["text_dm"]
OTHER_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
Sealed = tuple[dict[str, str], bytes]


class Still(Clock):
    def __init__(self, hands: Hands) -> None:
        super().__init__()
        self.now = hands.now  # type: ignore[method-assign]


@pytest.fixture
async def app(database: Database, fake: WecomFake, clock: Hands) -> AsyncIterator[App]:
    """The whole app with only its receiver at work: what arrives is stored and nothing reads it yet."""
    app = App(settings_of(fake), database, Still(clock))
    receiving = asyncio.create_task(app.receiver.run())
    yield app
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    for link in app.links:
        await link.outbound.close()


@pytest.fixture
def zhang(app: App, fake: WecomFake) -> WecomUser:
    return WecomUser(to_app(app.web), fake, "ZhangSan")


async def deliver(app: App, call: Sealed) -> Response:
    return await to_app(app.web)(*call)


async def look(app: App, query: str) -> Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app.web), base_url="http://bot") as client:
        return await client.get(f"/wecom/callback{query}")


def wrapped(encrypted: str) -> bytes:
    return xml_of({"ToUserName": "wx5823bf96d3bd56c7", "Encrypt": encrypted}).encode()


# --- the console's check


async def test_the_consoles_check_is_answered_with_the_bare_echo(app: App, clock: Hands) -> None:
    asked = json.loads((FOLDER / "http_query.json").read_text("utf-8"))
    clock.at = clock.at.fromtimestamp(int(dict(parse_qsl(asked["GET_verify"][1:]))["timestamp"]), clock.at.tzinfo)
    answer = await look(app, asked["GET_verify"])
    assert (answer.status_code, answer.content) == (200, asked["GET_response_body"].encode())


async def test_a_check_without_one_of_its_parts_is_refused(app: App) -> None:
    echo = SEAL.close(b"42", secrets.token_bytes(16))
    query = {**query_of(echo, AT), "echostr": echo}
    assert (await look(app, f"?{httpx.QueryParams(query)}")).content == b"42"
    for missing in query:
        less = {name: value for name, value in query.items() if name != missing}
        assert (await look(app, f"?{httpx.QueryParams(less)}")).status_code == 400, missing


async def test_the_echo_is_told_to_nobody_else(app: App) -> None:
    echo = SEAL.close(b"42", secrets.token_bytes(16))
    query = {**query_of(echo, AT), "echostr": echo, "nonce": "another"}
    answer = await look(app, f"?{httpx.QueryParams(query)}")
    assert (answer.status_code, b"42" in answer.content) == (401, False)


# --- who gets in


async def test_what_wecom_sealed_gets_in(app: App) -> None:
    answer = await deliver(app, sealed(TEXT, AT))
    assert (answer.status_code, answer.content) == (200, b"")
    (receipt,) = receipts(app.database)
    assert (receipt.state, receipt.incoming["sender"], receipt.event_key) == (
        "waiting",
        "zhangsan",
        "7400000000000000001",
    )


async def test_a_redelivery_is_there_already(app: App) -> None:
    for call in (sealed(TEXT, AT), sealed(TEXT, AT + 5)):
        assert (await deliver(app, call)).status_code == 200
    assert len(receipts(app.database)) == 1


def forgeries() -> Iterator[tuple[str, Sealed, int]]:
    query, body = sealed(TEXT, AT)
    encrypted = body.decode().split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    for name in query:
        yield f"no {name}", ({key: value for key, value in query.items() if key != name}, body), 400
    yield "another signature", ({**query, "msg_signature": "0" * 40}, body), 401
    yield "a signature that is no hex", ({**query, "msg_signature": "\u00e9\u6c49"}, body), 401
    yield "another nonce", ({**query, "nonce": "1"}, body), 401
    yield "another timestamp", ({**query, "timestamp": str(int(AT) + 1)}, body), 401
    yield "another token", sealed(TEXT, AT, Seal("another", AES_KEY, "wx5823bf96d3bd56c7")), 401
    yield "another key", sealed(TEXT, AT, Seal("QDG6eK", OTHER_KEY, "wx5823bf96d3bd56c7")), 400
    yield "another receiver", sealed(TEXT, AT, Seal("QDG6eK", AES_KEY, "wwOTHERCORP")), 401
    yield "another enterprise", sealed(TEXT.replace("wx5823bf96d3bd56c7", "wwOTHERCORP"), AT), 401
    yield "another app", sealed(TEXT.replace("1000002", "1000003"), AT), 400
    yield "an old call", sealed(TEXT, AT - 601), 401
    yield "a call to come", sealed(TEXT, AT + 601), 401
    for stamp in ("soon", "-1", "1.5", "\u00b2", "9" * 400):
        yield f"the timestamp {stamp[:5]!r}", ({**query, "timestamp": stamp}, body), 400
    for place in (0, len(encrypted) // 2, len(encrypted) - 3):
        damaged = encrypted[:place] + ("A" if encrypted[place] != "A" else "B") + encrypted[place + 1 :]
        yield f"a sign changed at {place}", (query, wrapped(damaged)), 401
    short = encrypted[:-4]
    yield "cut short, and signed", (query_of(short, AT), wrapped(short)), 400
    yield "no base64, and signed", (query_of("\u00e9\u00e9", AT), wrapped("\u00e9\u00e9")), 400
    yield "nothing sealed", (query_of("", AT), wrapped("")), 400
    yield "ten megabytes", (query, b"<xml>" + b"x" * 10_000_000), 413
    yield "no body", (query, b""), 400
    yield "no XML", (query, b"hello"), 400
    yield "no XML inside", sealed("hello", AT), 400
    yield "JSON", (query, json.dumps({"encrypt": encrypted}).encode()), 400
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    yield "a bomb outside", (query, f"{bomb}<xml><Encrypt>&b;</Encrypt></xml>".encode()), 400
    yield "a bomb inside", sealed(f"{bomb}<xml><Content>&b;</Content></xml>", AT), 400
    file = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
    yield "somebody's file", (query, file.encode()), 400


async def test_what_wecom_did_not_seal_stays_outside_and_leaves_no_trace(app: App) -> None:
    for name, call, status in forgeries():
        assert (await deliver(app, call)).status_code == status, name
    assert receipts(app.database) == []


async def test_an_old_call_played_again_is_refused_and_a_fresh_one_is_stored_once(app: App, clock: Hands) -> None:
    call = sealed(TEXT, AT)
    assert [(await deliver(app, call)).status_code for _ in range(3)] == [200, 200, 200]
    clock.passes(minutes=11)
    assert (await deliver(app, call)).status_code == 401
    assert len(receipts(app.database)) == 1


# --- what becomes of it


async def test_every_sample_is_stored_and_acknowledged(app: App) -> None:
    for name, xml in SAMPLES.items():
        assert (await deliver(app, sealed(xml, AT))).status_code == 200, name
    assert len(receipts(app.database)) == len(SAMPLES) - 1  # one of them is a redelivery


async def test_of_a_picture_nothing_is_kept_that_shows_it(app: App) -> None:
    await deliver(app, sealed(SAMPLES["image_dm"], AT))
    (receipt,) = receipts(app.database)
    assert (receipt.state, "PicUrl" in receipt.raw, "MEDIA" in receipt.raw) == ("ignored", False, False)


async def test_without_a_database_wecom_is_told_to_come_again(app: App, zhang: WecomUser, database: Database) -> None:
    with broken(database):
        assert (await zhang.says("shipped the rig")).status_code == 503
    assert (await zhang.says("shipped the rig")).status_code == 200
    assert len(receipts(database)) == 1


async def test_when_too_much_waits_wecom_is_told_to_come_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(raw: str, incoming: object) -> None:
        raise Overloaded

    monkeypatch.setattr(app.receiver, "receive", full)
    assert (await deliver(app, sealed(TEXT, AT))).status_code == 503


async def test_no_log_line_holds_what_was_said_or_a_secret(
    app: App, zhang: WecomUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await zhang.says("a confession")
    for _, call, _ in list(forgeries())[:12]:
        await deliver(app, call)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bot."))
    assert "confession" not in ours
    assert not [secret for secret in ("QDG6eK", AES_KEY, "app-secret") if secret in ours]
