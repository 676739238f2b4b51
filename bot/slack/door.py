"""Slack over HTTP: /slack/events takes events, interactivity and slash commands, verified before anything reads them.

The signature is verified here, on the raw bytes: Bolt parses a body before it trusts it, and fails on a timestamp that
is no number. Bolt reads the three kinds of requests and answers url_verification; its listeners, which it acknowledges
before they run, are not used: a global middleware ends every request, so that whatever type it has gets its 200.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence

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

from bot.slack.socket import Take

log = logging.getLogger(__name__)
MOST_BYTES = 1_000_000


class Door:
    """`take` is handed what Slack signed; what it raises makes Slack deliver again."""

    def __init__(self, signing_secret: str, take: Take) -> None:
        self._take = take
        self._verifier = SignatureVerifier(signing_secret)
        bolt = AsyncApp(
            signing_secret=signing_secret,
            request_verification_enabled=False,
            authorize=_authorize,
            process_before_response=True,
            ignoring_self_events_enabled=False,
            logger=_silent(),
        )
        bolt.middleware(self._keep)
        self._handler = AsyncSlackRequestHandler(bolt)
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
            answer = await self._take(dict(req.body))
        except Exception as fault:
            log.warning("An event could not be stored", extra={"action": "not_stored", "fault": type(fault).__name__})
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body=answer or "")


def _silent() -> logging.Logger:
    """Bolt would log the whole body of a request it refuses; what an operator must know is logged here."""
    logger = logging.getLogger("slack_bolt.silent")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Bolt wants to know whose token it is, but its client is not used, and asking Slack costs the 3 s."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


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
