"""Slack over HTTP: /slack/events takes events, interactivity and slash commands; stored first, acknowledged then.

The signature is verified here, on the raw bytes: Bolt parses a body before it trusts it, and fails on a timestamp that
is no number. Bolt reads the three kinds of requests and answers url_verification; its listeners, which it acknowledges
before they run, are not used: a global middleware ends every request.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.platform import Finding, Rim
from bot.receiver import Receiver
from bot.settings import Settings
from bot.slack.inbound import Body, envelope, event_key, to_incoming
from bot.slack.outbound import SlackOutbound
from services.outbox import SendError

log = logging.getLogger(__name__)
MOST_BYTES = 1_000_000
ONLY_WORKSPACE = ""
"""A workspace known by its token alone has no name among the connections."""


def connect(settings: Settings, rim: Rim) -> "SlackLink":
    token, secret = settings.slack_bot_token, settings.slack_signing_secret
    assert token is not None
    assert secret is not None
    return SlackLink(token.get_secret_value(), secret.get_secret_value(), settings.slack_api_url, rim.receiver, rim.now)


class SlackLink:
    """One workspace by tokens."""

    platform = "slack"

    def workspaces(self) -> Sequence[str]:
        return (ONLY_WORKSPACE,)

    async def run(self) -> None:
        """Slack calls us."""

    async def examine(self) -> list[Finding]:
        try:
            await self.outbound.check()
        except SendError as error:
            mend = "Check SLACK_BOT_TOKEN (it begins with xoxb-), that the app is installed, and the network."
            return [Finding(False, f"Slack refuses the token or does not answer: {error.code}.", mend)]
        return [Finding(True, "Slack accepts the token.")]

    def __init__(
        self, token: str, signing_secret: str, api_url: str, receiver: Receiver, now: Callable[[], datetime]
    ) -> None:
        self.outbound = SlackOutbound(token, api_url)
        self._receiver = receiver
        self._now = now
        self._verifier = SignatureVerifier(signing_secret)
        self._bolt = AsyncApp(
            signing_secret=signing_secret,
            request_verification_enabled=False,
            authorize=_authorize(token),
            process_before_response=True,
            ignoring_self_events_enabled=False,
            logger=_silent(),
        )
        self._bolt.middleware(self._keep)
        self._handler = AsyncSlackRequestHandler(self._bolt)
        self.routes: Sequence[BaseRoute] = (Route("/slack/events", self._events, methods=["POST"]),)

    async def _events(self, request: Request) -> Response:
        refusal = self._refusal(request.headers, await _body(request))
        if refusal is not None:
            return refusal
        try:
            return await self._handler.handle(request)
        except Exception as fault:
            log.warning("Slack sent what cannot be read", extra={"action": "unreadable", "fault": type(fault).__name__})
            return PlainTextResponse("this cannot be read", 400)

    def _refusal(self, headers: Headers, body: bytes | None) -> Response | None:
        if body is None:
            return PlainTextResponse("too large", 413)
        if not _is_text(body):
            return PlainTextResponse("not UTF-8", 400)
        timestamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        shaped = re.fullmatch("[0-9]{1,12}", timestamp) and re.fullmatch("v0=[0-9a-f]{64}", signature)
        if shaped and self._verifier.is_valid(body, timestamp, signature):
            return None
        log.warning(
            "A request to /slack/events was refused: is SLACK_SIGNING_SECRET right, and this machine's clock?",
            extra={"action": "signature_refused"},
        )
        return PlainTextResponse("not signed by Slack", 401)

    async def _keep(self, req: AsyncBoltRequest, next: Callable[[], Awaitable[None]]) -> BoltResponse:
        """Runs after the signature was verified. Without a 200, Slack delivers again."""
        try:
            await self._store({name: value for name, value in req.body.items() if name != "token"})
        except Exception as fault:
            log.warning("An event could not be stored", extra={"action": "not_stored", "fault": type(fault).__name__})
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body="")

    async def _store(self, body: Body) -> None:
        incoming = to_incoming(body, ONLY_WORKSPACE, self._now())
        if incoming is None:
            raw = json.dumps(envelope(body))
            await self._receiver.keep_unread(self.platform, ONLY_WORKSPACE, event_key(body), raw)
        elif incoming.addressed or incoming.thread_of:
            await self._receiver.receive(json.dumps(body), incoming)
        # What people say to each other in a channel, under no post of ours, is not even stored.


def _silent() -> logging.Logger:
    """Bolt would log the whole body of a request it refuses; what an operator must know is logged here."""
    logger = logging.getLogger("slack_bolt.silent")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def _authorize(token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Bolt wants to know whose token it is; ours is fixed, and asking Slack at each event would cost the 3 s."""

    async def authorize(enterprise_id: str | None, team_id: str | None, logger: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _body(request: Request) -> bytes | None:
    """The raw body, or None when it is larger than anything Slack sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    request._body = body  # what Starlette itself keeps once the body was read
    return body
