"""What `doctor` asks Slack: are the tokens good, may they do enough, and does what Slack sends arrive."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.platform import Finding
from bot.slack.scopes import SCOPES
from bot.slack.socket import CALL_SECONDS, FAULTS, code_of, open_url

MOST_SKEW_SECONDS = 60


async def of_token(token: str | None, api_url: str, now: Callable[[], datetime], mend: str) -> list[Finding]:
    """One workspace's token: whose it is and what it may. `mend` says how to get another."""
    if token is None:
        reason = "A token cannot be opened: LOOPKEEPER_SECRET_KEY was changed since."
        return [Finding(False, reason, "Set the old key again, or install the app again: /slack/install")]
    slack = AsyncWebClient(token=token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])
    try:
        answer = await slack.auth_test()
    except FAULTS as fault:
        return [Finding(False, f"Slack refuses the token or does not answer: {code_of(fault)}.", mend)]
    name, workspace = answer.get("team"), answer.get("team_id")
    accepted = Finding(True, f"Slack accepts the token of {name} ({workspace}); the bot is {answer.get('user_id')}.")
    return [accepted, *_missing(answer.headers), *_skew(answer.headers, now())]


def _missing(headers: Mapping[str, str]) -> Iterator[Finding]:
    """Slack names what a token may do in each answer."""
    granted = headers.get("x-oauth-scopes")
    lacking = set(SCOPES) - {each.strip() for each in granted.split(",")} if granted else set()
    for scope in sorted(lacking):
        mend = "Add it under OAuth & Permissions (deploy/slack-manifest.yaml lists all), then install the app again."
        yield Finding(False, f"The scope {scope} is missing: {SCOPES[scope]}.", mend)


def _skew(headers: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    try:
        skew = abs((parsedate_to_datetime(headers.get("Date", "")) - now).total_seconds())
    except ValueError:
        return
    if skew > MOST_SKEW_SECONDS:
        mend = "Let the machine set its clock (NTP). What Slack signed more than five minutes ago is refused."
        yield Finding(False, f"This machine's clock is {skew:.0f} seconds off Slack's.", mend)


async def of_socket(app_token: str, api_url: str) -> Finding:
    try:
        await open_url(app_token, api_url)
    except FAULTS as fault:
        mend = "Check SLACK_APP_TOKEN (xapp-…, with connections:write), and that Socket Mode is switched on in the app."
        return Finding(False, f"Slack opens no socket: {code_of(fault)}.", mend)
    return Finding(True, "Slack opens a socket: events arrive without a public address.")


async def of_door(public_url: str, secret: str, now: datetime) -> Finding:
    """Our own challenge, signed as Slack signs, through the public address: as Slack would, so does it arrive?"""
    url, challenge, stamp = f"{public_url}/slack/events", secrets.token_hex(8), str(int(now.timestamp()))
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or ""
    headers = {
        "Content-Type": "application/json", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature,
    }  # fmt: skip
    try:
        status, answer = await _post(url, body, headers)
    except (aiohttp.ClientError, TimeoutError, OSError) as fault:
        mend = "Start `python -m bot serve`; check LOOPKEEPER_PUBLIC_URL, its DNS name, certificate and reverse proxy."
        return Finding(False, f"{url} does not answer: {type(fault).__name__}.", mend)
    if status == 200 and answer.get("challenge") == challenge:
        return Finding(True, f"{url} answers a signed challenge. It is the app's Request URL.")
    mend = "401: the running bot has another SLACK_SIGNING_SECRET or clock. Else: the proxy leads somewhere else."
    return Finding(False, f"{url} answers {status} to a signed challenge.", mend)


async def _post(url: str, body: str, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS), trust_env=True) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        try:
            said = json.loads(await answer.text())
        except ValueError:
            said = None
        return answer.status, said if isinstance(said, dict) else {}
