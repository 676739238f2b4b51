"""Socket Mode: events over a connection we open ourselves, so that Slack need not reach this machine.

docs.slack.dev/apis/events-api/using-socket-mode. Slack's own client acknowledges on whatever connection is the newest,
and closes the old one before the next is open; this one answers where the envelope came from, once it is stored.
"""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.inbound import Body

log = logging.getLogger(__name__)
Take = Callable[[Body], Awaitable[Body | None]]
"""Stores a body; returns what the acknowledgement is to carry, if anything."""
CALL_SECONDS = 5
HEARTBEAT_SECONDS = 20
LAST_WORDS_SECONDS = 3
LONGEST_PAUSE_SECONDS = 60
STEADY_SECONDS = 60
"""A connection that held that long was a good one: the next pause is a short one again."""
FAULTS = (SlackApiError, SlackRequestError, aiohttp.ClientError, TimeoutError, OSError)


class Refused(aiohttp.ClientError):
    """Slack took the connection and then did not greet."""


async def open_url(app_token: str, api_url: str) -> str:
    """Where to connect to, once. Raises one of FAULTS."""
    slack = AsyncWebClient(token=app_token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])
    return str((await slack.api_call("apps.connections.open"))["url"])


class Socket:
    """Any number of processes may each hold one; Slack takes ten for an app and sends an event to one of them."""

    def __init__(self, app_token: str, api_url: str, take: Take) -> None:
        self._app_token = app_token
        self._api_url = api_url
        self._take = take

    async def hold(self) -> None:
        """For ever. The next connection is open before the last one is closed."""
        loop, line, failures = asyncio.get_running_loop(), None, 0
        async with aiohttp.ClientSession(trust_env=True) as session:
            try:
                while True:
                    following = await self._following(session, failures)
                    if line is not None:
                        await line.finish()
                    line, began = following, loop.time()
                    await line.leaving.wait()
                    failures = 0 if loop.time() - began > STEADY_SECONDS else failures + 1
            finally:
                if line is not None:
                    await line.close()

    async def _following(self, session: aiohttp.ClientSession, failures: int) -> "_Line":
        """However long it takes."""
        while True:
            await asyncio.sleep(_pause(failures))
            try:
                return await self._connect(session)
            except FAULTS as fault:
                failures += 1
                _say_why(fault)
                await asyncio.sleep(_asked_to_wait(fault))

    async def _connect(self, session: aiohttp.ClientSession) -> "_Line":
        url = await open_url(self._app_token, self._api_url)
        websocket = await session.ws_connect(url, heartbeat=HEARTBEAT_SECONDS)
        try:
            greeting = _read(await websocket.receive(timeout=CALL_SECONDS))
            if greeting.get("type") != "hello":
                raise Refused(_why(greeting))
        except BaseException:
            await websocket.close()
            raise
        return _Line(websocket, self._take)


class _Line:
    """One connection. `leaving` is set when Slack asked us to change over, or hung up."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse, take: Take) -> None:
        self.leaving = asyncio.Event()
        self._websocket = websocket
        self._take = take
        self._in_hand: set[asyncio.Task[None]] = set()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for frame in self._websocket:
                self._hear(_read(frame))
        finally:
            self.leaving.set()

    def _hear(self, envelope: Body) -> None:
        """Many are stored at once, in the order they came."""
        if envelope.get("type") == "disconnect":
            log.info("Slack asks for another connection", extra={"action": "socket_changes", "why": _why(envelope)})
            self.leaving.set()
        elif isinstance(envelope.get("envelope_id"), str):
            answering = asyncio.create_task(self._answer(envelope["envelope_id"], envelope.get("payload")))
            self._in_hand.add(answering)
            answering.add_done_callback(self._in_hand.discard)

    async def _answer(self, envelope_id: str, body: Any) -> None:
        """What is not acknowledged, Slack sends again, and it is known by its key."""
        try:
            answer = await self._take(body) if isinstance(body, dict) else None
        except Exception as fault:
            log.warning("An event could not be stored", extra={"action": "not_stored", "fault": type(fault).__name__})
            return
        with suppress(OSError, aiohttp.ClientError):
            await self._websocket.send_json({"envelope_id": envelope_id, **({"payload": answer} if answer else {})})

    async def finish(self) -> None:
        """What is in hand is stored and acknowledged first."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=LAST_WORDS_SECONDS)
        await self.close()

    async def close(self) -> None:
        tasks = [self._listening, *self._in_hand]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._websocket.close()


def _read(frame: aiohttp.WSMessage) -> Body:
    try:
        envelope = json.loads(frame.data) if frame.type is aiohttp.WSMsgType.TEXT else None
    except ValueError:
        return {}
    return envelope if isinstance(envelope, dict) else {}


def _why(envelope: Body) -> str:
    """One of Slack's own words: warning, refresh_requested, link_disabled, too_many_websockets."""
    return str(envelope.get("reason"))[:40]


def _pause(failures: int) -> float:
    """Seconds: none at first, then doubling, and never in step with other processes."""
    longest = min(LONGEST_PAUSE_SECONDS, 2 ** min(failures, 10) / 2)
    return random.uniform(longest / 2, longest) if failures else 0


def _say_why(fault: Exception) -> None:
    log.warning(
        "No connection to Slack; tried again soon. If it stays so, run doctor: is SLACK_APP_TOKEN right?",
        extra={"action": "socket_refused", "code": code_of(fault)},
    )


def code_of(fault: Exception) -> str:
    """Slack's word for it, or else the kind of the failure."""
    answer = fault.response.data if isinstance(fault, SlackApiError) else None
    return str(answer.get("error")) if isinstance(answer, dict) else type(fault).__name__


def _asked_to_wait(fault: Exception) -> float:
    """Slack's Retry-After, in seconds."""
    headers = fault.response.headers if isinstance(fault, SlackApiError) else {}
    return float(headers.get("Retry-After", 0))
