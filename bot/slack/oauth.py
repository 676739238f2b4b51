"""Several workspaces: /slack/install sends a browser to Slack, /slack/oauth receives it back with a code for a token.

docs.slack.dev/authentication/installing-with-oauth. Nothing is stored between the two: `state` is signed with the
installation's key, runs out, and is worth nothing in another browser than the one that began.
"""

import asyncio
import hmac
import logging
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin

from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.slack.scopes import SCOPES
from bot.slack.socket import CALL_SECONDS, FAULTS, code_of
from bot.slack.tokens import Installed
from models.db import DatabaseFault
from models.organization import LOCALES
from services.render import render

log = logging.getLogger(__name__)
CALLBACK = "/slack/oauth"
COOKIE = "loopkeeper_install"
STATE_SECONDS = 600


@dataclass(frozen=True)
class Client:
    """The app as Slack's console names it, and where Slack and this server are reached."""

    id: str
    secret: str
    api_url: str
    public_url: str

    @property
    def credentials(self) -> str:
        """RFC 7617. The SDK's own way of it is deprecated by aiohttp."""
        return b64encode(f"{self.id}:{self.secret}".encode()).decode()

    @property
    def redirect_uri(self) -> str:
        return self.public_url + CALLBACK


class NotInstalled(Exception):
    """`why`: denied, state, code, enterprise or later; with the status of the page that says so."""

    def __init__(self, why: str, status: int, code: str = "") -> None:
        super().__init__(why)
        self.why, self.status, self.code = why, status, code


class Installing:
    """The two pages."""

    def __init__(self, client: Client, secret_key: str, installed: Installed, now: Callable[[], datetime]) -> None:
        self._client = client
        self._key = secret_key.encode()
        self._installed = installed
        self._now = now
        self.routes: Sequence[BaseRoute] = (Route("/slack/install", self._begin), Route(CALLBACK, self._end))

    async def _begin(self, _request: Request) -> Response:
        browser = secrets.token_urlsafe(24)
        asked = {
            "client_id": self._client.id,
            "scope": ",".join(SCOPES),
            "redirect_uri": self._client.redirect_uri,
            "state": self._state(browser, int(self._now().timestamp())),
        }
        there = urljoin(self._client.api_url, "../oauth/v2/authorize")
        response = RedirectResponse(f"{there}?{urlencode(asked)}", 302, {"cache-control": "no-store"})
        secure = self._client.public_url.startswith("https://")
        response.set_cookie(COOKIE, browser, STATE_SECONDS, path=CALLBACK, secure=secure, httponly=True, samesite="lax")
        return response

    async def _end(self, request: Request) -> Response:
        locale = _locale(request.headers.get("accept-language", ""))
        try:
            team = await self._install(request)
        except NotInstalled as refusal:
            log.warning("An installation did not end", extra={"action": f"install_{refusal.why}", "code": refusal.code})
            return _page(locale, render(locale, "slack_not_installed", why=refusal.why), refusal.status)
        log.info("A workspace installed the app", extra={"action": "installed"})
        text = render(locale, "slack_installed", name=str(team.get("name") or team["id"]), workspace=team["id"])
        page = _page(locale, text, 200)
        page.delete_cookie(COOKIE, path=CALLBACK)
        return page

    async def _install(self, request: Request) -> dict[str, Any]:
        """The workspace, its token kept. Raises NotInstalled."""
        self._check_state(request.query_params.get("state", ""), request.cookies.get(COOKIE, ""))
        if request.query_params.get("error"):
            raise NotInstalled("denied", 403)
        answer = await self._exchange(request.query_params.get("code", ""))
        token, team = answer.get("access_token"), answer.get("team")
        if answer.get("is_enterprise_install") or not isinstance(team, dict):
            raise NotInstalled("enterprise", 400)
        if not (isinstance(token, str) and re.fullmatch("[TE][A-Z0-9]+", str(team.get("id")))):
            raise NotInstalled("later", 502, "unreadable")
        try:
            await asyncio.to_thread(self._installed.keep, team["id"], token, self._now())
        except DatabaseFault as fault:
            raise NotInstalled("later", 503, type(fault).__name__) from fault
        return team

    async def _exchange(self, code: str) -> dict[str, Any]:
        if not code:
            raise NotInstalled("code", 400, "no_code")
        slack = AsyncWebClient(base_url=self._client.api_url, timeout=CALL_SECONDS, retry_handlers=[])
        try:
            answer = await slack.api_call(
                "oauth.v2.access",
                data={"code": code, "redirect_uri": self._client.redirect_uri},
                headers={"Authorization": f"Basic {self._client.credentials}"},
            )
        except FAULTS as fault:
            said = code_of(fault)
            expected = said.startswith(("invalid_code", "code_"))
            raise NotInstalled("code" if expected else "later", 400 if expected else 502, said) from fault
        return answer.data if isinstance(answer.data, dict) else {}

    def _state(self, browser: str, began: int) -> str:
        mac = hmac.digest(self._key, f"slack install {began} {browser}".encode(), "sha256").hex()
        return f"{began}.{mac}"

    def _check_state(self, state: str, browser: str) -> None:
        shaped = re.fullmatch(r"([0-9]{1,12})\.[0-9a-f]{64}", state)
        if not shaped or not browser:
            raise NotInstalled("state", 400)
        began = int(shaped[1])
        genuine = hmac.compare_digest(state, self._state(browser, began))
        if not genuine or not 0 <= self._now().timestamp() - began <= STATE_SECONDS:
            raise NotInstalled("state", 400)


def _locale(accepted: str) -> str:
    """The first of ours that the browser lists; browsers list them in the order of preference."""
    listed = [each.strip()[:2].lower() for each in accepted.split(",")]
    return next((locale for locale in listed if locale in LOCALES), LOCALES[0])


def _page(locale: str, text: str, status: int) -> HTMLResponse:
    """`text` is neutral markup, which is HTML."""
    page = f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>Loopkeeper</title><body>{text}</body>'
    return HTMLResponse(page, status, {"cache-control": "no-store"})
