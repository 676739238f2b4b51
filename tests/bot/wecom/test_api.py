"""The access token's life, and what each of WeCom's refusals means for a message."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.wecom import directory
from bot.wecom.api import WecomApi
from bot.wecom.menu import menu
from models.connection import Secret
from models.db import Database
from services.outbox import SendError
from services.programme_file import read
from tests.bot.wecom.bench import Hands, client
from tests.fakes import wecom_rules
from tests.fakes.wecom import WecomFake

pytestmark = pytest.mark.anyio
ERRORS = Path(__file__).parent.parent / "payloads" / "wecom" / "api"


async def ask(api: WecomApi) -> dict[str, Any]:
    return await api.get("user/get", userid="zhangsan")


async def refused(api: WecomApi) -> SendError:
    with pytest.raises(SendError) as caught:
        await ask(api)
    return caught.value


# --- the token


async def test_many_calls_ask_for_one_token(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with client(fake, database, clock) as api:
        await asyncio.gather(*(ask(api) for _ in range(10)))
    assert len(fake.called("gettoken")) == 1


async def test_processes_share_one_token(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with client(fake, database, clock) as one, client(fake, database, clock) as other:
        await asyncio.gather(*(ask(api) for api in (one, other) for _ in range(5)))
    async with client(fake, database, clock) as later:
        await ask(later)
    assert len(fake.called("gettoken")) == 1


async def test_a_token_is_renewed_five_minutes_before_it_ends(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    async with client(fake, database, clock) as api:
        await ask(api)
        clock.passes(minutes=114)
        await ask(api)
        assert len(fake.called("gettoken")) == 1
        clock.passes(minutes=2)
        fake.kill_token()
        await ask(api)
    assert len(fake.called("gettoken")) == 2
    assert [call.errcode for call in fake.called("user/get")] == [0, 0, 0]


async def test_a_token_that_dies_early_is_renewed_once_for_all_processes(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    async with client(fake, database, clock) as one, client(fake, database, clock) as other:
        await ask(one)
        await ask(other)
        fake.kill_token()
        assert (await ask(one))["name"] == "Zhang San"
        assert (await ask(other))["name"] == "Zhang San"
    assert len(fake.called("gettoken")) == 2


async def test_a_token_refused_again_and_again_is_not_asked_for_again_and_again(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    fake.fail("user/get", 40014, times=9)
    async with client(fake, database, clock) as api:
        error = await refused(api)
    assert (error.permanent, error.retry_after) == (False, 300)
    assert (len(fake.called("user/get")), len(fake.called("gettoken"))) == (2, 2)


async def test_a_wrong_secret_keeps_messages_waiting_and_the_next_asks_again(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    async with client(fake, database, clock, secret="another") as api:
        error = await refused(api)
        assert (error.code, error.permanent, error.retry_after) == ("wecom_40001", False, 300)
        fake.secret = "another"
        assert (await ask(api))["name"] == "Zhang San"


async def test_the_token_is_sealed_and_worthless_to_another_app(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    async with client(fake, database, clock) as api:
        await ask(api)
    with database.reading() as session:
        (row,) = session.exec(select(Secret)).all()
    assert (row.name, "accesstoken" in row.sealed) == (f"wecom:{fake.corp}:{fake.agent}", False)
    fake.secret = "another"
    async with client(fake, database, clock) as api:
        await ask(api)
    assert len(fake.called("gettoken")) == 2


async def test_neither_a_log_line_nor_an_error_holds_the_token(
    fake: WecomFake, database: Database, clock: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")  # what bot/logs.py leaves of the HTTP library
    fake.fail("user/get", 60020)
    fake.fail("user/get", "reset_before")
    async with client(fake, database, clock) as api:
        errors = [await refused(api), await refused(api)]
    said = caplog.text + "".join(f"{error!r} {error.__cause__!r}" for error in errors)
    assert "trusted IPs" in said
    assert not [secret for secret in ("accesstoken", fake.secret, "203.0.113.7") if secret in said]


# --- refusals

MEANINGS: dict[int, dict[str, Any]] = {
    -1: {"retry_after": 10},
    45009: {"retry_after": 60},
    45033: {"retry_after": 10},
    60020: {"retry_after": 300},
    **{code: {"retry_after": 300} for code in (40001, 40014, 41001, 42001)},
    **{code: {"lost": "out_of_scope"} for code in (40003, 60111, 81013, 82001)},
    **{code: {"permanent": True} for code in (60011, 48002, 301002, 40056, 40058, 45002, 40008, 99999)},
}


async def test_each_refusal_has_its_consequence(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with client(fake, database, clock) as api:
        for code, meaning in MEANINGS.items():
            fake.fail("user/get", code, times=2 if code in (40001, 40014, 41001, 42001) else 1)
            error = await refused(api)
            seen = {"permanent": error.permanent, "retry_after": error.retry_after, "lost": error.lost}
            assert seen == {"permanent": False, "retry_after": None, "lost": "", **meaning}, code
            assert (error.code, error.ambiguous) == (f"wecom_{code}", False)


def test_every_sample_of_a_refusal_has_a_meaning_here() -> None:
    codes = {json.loads(file.read_text("utf-8"))["errcode"] for file in ERRORS.glob("error_*.json")}
    assert codes - {93000} <= set(MEANINGS)


@pytest.mark.parametrize("how", ["http_500", "reset_before", "reset_after", "garbage"])
async def test_an_answer_nobody_can_read_may_have_arrived(
    how: str, fake: WecomFake, database: Database, clock: Hands
) -> None:
    fake.fail("user/get", how)
    async with client(fake, database, clock) as api:
        error = await refused(api)
    assert (error.ambiguous, error.permanent) == (True, False)


async def test_where_nobody_listens_nothing_arrived(database: Database, clock: Hands) -> None:
    api = WecomApi("http://127.0.0.1:9/cgi-bin", "ww1", 1, "secret", database, clock.now)
    error = await refused(api)
    await api.close()
    assert (error.code, error.ambiguous, error.permanent) == ("not_connected", False, False)


# --- the menu


async def test_the_menu_fits_wecoms_limits_in_both_languages(fake: WecomFake, database: Database, clock: Hands) -> None:
    async with client(fake, database, clock) as api:
        for locale in ("en", "zh"):
            assert list(wecom_rules.wrong_menu(menu(locale))) == []
            await api.post("menu/create", menu(locale), agentid=fake.agent)
            assert fake.menu == menu(locale)
    assert fake.problems == []


# --- the directory


async def test_everybody_in_sight_is_a_line_of_the_programme_file(
    fake: WecomFake, database: Database, clock: Hands
) -> None:
    fake.add_member("Ana", 'Ana "the" Ruiz: x')
    async with client(fake, database, clock) as api:
        lines = await directory.lines(api)
    programme = read("\n".join(["organization: {name: Acme}", "people:", *lines]))
    assert [(person.name, person.wecom) for person in programme.people] == [
        ('Ana "the" Ruiz: x', "Ana"),
        ("Zhang San", "ZhangSan"),
    ]


async def test_a_missing_permission_is_named(fake: WecomFake, database: Database, clock: Hands) -> None:
    fake.fail("user/simplelist", 60011)
    async with client(fake, database, clock) as api:
        with pytest.raises(SendError, match="widen its visible range"):
            await directory.lines(api)
