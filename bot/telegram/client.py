"""The Bot API's client: python-telegram-bot's `Bot` alone, and what its refusals mean for a delivery."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import httpx
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from services.outbox import SendError

CALL_SECONDS = 5.0
TOKEN_PAUSE_SECONDS = 300.0
"""A wrong token is mended by hand; asking more often earns nothing but a block of the address."""
LOST_BY_A_PERSON = (
    ("bot was blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("can't initiate conversation", "never_started"),
    ("chat not found", "never_started"),
)
LOST_BY_A_GROUP = (
    "bot was kicked", "bot is not a member", "chat not found", "group chat was deactivated",
    "not enough rights to send", "have no rights to send",
)  # fmt: skip
"""Only the descriptions tell Telegram's refusals apart (github.com/tdlib/telegram-bot-api, Client.cpp)."""
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Flood(TelegramError):
    """429. The library's own RetryAfter warns of a deprecation whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__("Too Many Requests")
        self.seconds = seconds


class _Request(HTTPXRequest):
    """The library's, but a flood is told as ours."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, body = await super().do_request(*args, **kwargs)
        if status == 429:
            raise Flood(_retry_after(body))
        return status, body


def _retry_after(body: bytes) -> float:
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, TypeError, KeyError):
        return 1.0


class Client:
    """`bot` needs no start: nothing is asked before the first call. Long polls have connections of their own."""

    def __init__(self, token: str, api_url: str, seconds: float = CALL_SECONDS) -> None:
        # The library would log people's words and whole answers; what an operator must know is logged by this folder.
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
        self._requests = [
            _Request(
                connection_pool_size=size,
                read_timeout=seconds,
                write_timeout=seconds,
                connect_timeout=seconds,
                pool_timeout=seconds,
                media_write_timeout=seconds,
            )
            for size in (1, 32)
        ]
        polls, calls = self._requests
        self.id = int(token.partition(":")[0])
        self.bot, self._polling = (
            Bot(token, f"{api_url}/bot", f"{api_url}/file/bot", request=each, get_updates_request=polls)
            for each in (calls, polls)
        )
        self._seconds = seconds

    async def updates(self, offset: int | None, seconds: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """getUpdates, raw: the library's own refuses the whole batch for one update newer than itself, for ever.

        In small letters, for Telegram minds none and the library warns of calling by name what it has a method for.
        """
        wanted = {"timeout": seconds, "allowed_updates": list(kinds), **({} if offset is None else {"offset": offset})}
        updates: list[dict[str, Any]] = await self._polling.do_api_request(
            "getupdates", wanted, read_timeout=seconds + self._seconds
        )
        return updates

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()


def classified(error: TelegramError, place_kind: str) -> SendError:
    """BadRequest is a NetworkError to the library, so it comes first. A cut or silent connection may have arrived."""
    if isinstance(error, Flood):
        return SendError("flood", retry_after=error.seconds)
    if isinstance(error, ChatMigrated):
        return SendError("moved", moved_to=str(error.new_chat_id))
    if isinstance(error, InvalidToken):
        return SendError("invalid_token", retry_after=TOKEN_PAUSE_SECONDS)
    if isinstance(error, (Forbidden, BadRequest)):
        return SendError(_code(error.message), permanent=True, lost=_lost(error.message.casefold(), place_kind))
    if isinstance(error, NetworkError) and isinstance(error.__cause__, NEVER_LEFT):
        return SendError("not_connected")
    return SendError("timed_out" if isinstance(error, TimedOut) else "no_answer", ambiguous=True)


def _code(description: str) -> str:
    """The description's first words: they say what is wrong, and never quote a person."""
    return "_".join(description.casefold().replace("forbidden: ", "").split(":")[0].split()[:8])


def _lost(description: str, place_kind: str) -> str:
    if place_kind == "dm":
        return next((reach for sign, reach in LOST_BY_A_PERSON if sign in description), "")
    return "gone" if any(sign in description for sign in LOST_BY_A_GROUP) else ""
