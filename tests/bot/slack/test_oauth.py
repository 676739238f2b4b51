"""Installing: who begins it ends it, in the same browser, and a code is worth one sealed token."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from bot.app import App
from bot.slack.scopes import SCOPES
from models.db import Database
from tests.bot.bench import broken
from tests.bot.slack.installations import HOME, Hands, a_browser, begin, connected, install, secrets_of
from tests.fakes.slack import SlackFake
from tests.fakes.slack_oauth import SlackOAuth

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


async def test_slack_is_asked_for_what_the_app_needs(browser: httpx.AsyncClient, oauth: SlackOAuth) -> None:
    asked = dict(parse_qsl(urlsplit(await begin(browser)).query))
    assert asked["scope"].split(",") == list(SCOPES)
    assert (asked["client_id"], asked["redirect_uri"]) == (oauth.client_id, f"{HOME}/slack/oauth")
    assert "hush" not in str(asked)


async def test_an_installed_workspace_is_connected_and_its_token_is_sealed(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]
) -> None:
    assert connected(several.database) == {"T0ONE": False, "T0TWO": False}
    answer = await install(several, oauth, "T0ONE")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "&lt;T0ONE&gt;" in answer.text
    assert "T0ONE/U" in answer.text
    assert "set-cookie" in answer.headers, "the browser forgets what bound it to the installation"
    ((name, sealed),) = secrets_of(several.database).items()
    assert name == "slack:T0ONE"
    assert slacks["T0ONE"].token.startswith("xoxb-T0ONE-")
    assert "xoxb" not in sealed
    assert slacks["T0ONE"].token not in answer.text
    assert connected(several.database) == {"T0ONE": True, "T0TWO": False}


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-US,en;q=0.9", "en"), ("fr, zh;q=0.5", "zh"), ("", "en"), ("xx", "en")],
)
async def test_the_pages_speak_the_browsers_language(several: App, accepted: str, lang: str) -> None:
    async with a_browser(several, **{"accept-language": accepted}) as browser:
        page = await browser.get("/slack/oauth")
    assert f'lang="{lang}"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


async def refused(browser: httpx.AsyncClient, address: str, status: int = 400) -> str:
    answer = await browser.get(address)
    assert answer.status_code == status
    assert "not installed" in answer.text
    assert "/slack/install" in answer.text
    return answer.text


async def test_who_declines_installs_nothing(several: App, browser: httpx.AsyncClient, oauth: SlackOAuth) -> None:
    assert "declined" in await refused(browser, oauth.declines(await begin(browser)), 403)
    assert secrets_of(several.database) == {}


async def test_another_browser_cannot_end_what_this_one_began(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth
) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    async with a_browser(several) as other:
        await refused(other, address)
        await begin(other)
        await refused(other, address)
    assert secrets_of(several.database) == {}
    assert (await browser.get(address)).status_code == 200


@pytest.mark.parametrize(
    "state", ["", "x", "1764000000", "1764000000." + "0" * 64, "\u00e9", "9" * 400, "-1." + "a" * 64]
)
async def test_a_state_we_did_not_sign_installs_nothing(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth, state: str
) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    code = dict(parse_qsl(urlsplit(address).query))["code"]
    await refused(browser, str(httpx.URL("/slack/oauth", params={"code": code, "state": state})))
    assert secrets_of(several.database) == {}


async def test_a_state_runs_out_after_ten_minutes(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth, hands: Hands
) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    hands.later(601)
    assert "ten minutes ago" in await refused(browser, address)
    assert secrets_of(several.database) == {}


async def test_a_code_is_worth_a_token_once(several: App, browser: httpx.AsyncClient, oauth: SlackOAuth) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    cookie = dict(browser.cookies)
    assert (await browser.get(address)).status_code == 200
    before = secrets_of(several.database)
    await refused(browser, address)  # the cookie is gone
    browser.cookies.update(cookie)
    assert "no more" in await refused(browser, address)
    await refused(browser, address.partition("code=")[0] + "state=" + address.rpartition("state=")[2])
    assert secrets_of(several.database) == before


@pytest.mark.parametrize("how", ["internal_error", 500, "garbage", "reset_before", 429, "bad_client_secret"])
async def test_when_slack_fails_the_page_says_so(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth, slacks: dict[str, SlackFake], how: str | int
) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    slacks["T0ONE"].fail("oauth.v2.access", how=how)
    await refused(browser, address, 502)
    assert (await browser.get(address)).status_code == 200, "the same page loaded again"


async def test_when_the_database_fails_the_page_says_so(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth, database: Database
) -> None:
    if not database.is_sqlite:
        return
    address = oauth.allows(await begin(browser), "T0ONE")
    with broken(database, "secret"):
        await refused(browser, address, 503)


@pytest.mark.parametrize("more", [{"is_enterprise_install": True, "team": None}, {"team": {"id": "../x"}}, {"team": 1}])
async def test_an_answer_of_another_shape_installs_nothing(
    several: App, browser: httpx.AsyncClient, oauth: SlackOAuth, slacks: dict[str, SlackFake], more: Json
) -> None:
    address = oauth.allows(await begin(browser), "T0ONE")
    given = {"access_token": "xoxb-1", "team": {"id": "T0ONE"}}
    slacks["T0ONE"].others["oauth.v2.access"] = lambda _args, _token: {**given, **more}
    answer = await browser.get(address)
    assert answer.status_code in (400, 502)
    assert secrets_of(several.database) == {}
