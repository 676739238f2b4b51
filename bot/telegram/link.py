"""Telegram's way in: a webhook if TELEGRAM_WEBHOOK_SECRET is set, else polling. Stored first, confirmed then."""

import asyncio
import hmac
import json
import logging
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from telegram import User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.platform import Finding, Rim
from bot.settings import Settings
from bot.telegram import menu
from bot.telegram.account import Account
from bot.telegram.client import Client
from bot.telegram.inbound import Json, Me, envelope, to_incoming
from bot.telegram.outbound import TelegramOutbound
from bot.telegram.polling import UPDATES, Patience, Poller, patiently

log = logging.getLogger(__name__)
MOST_BYTES = 1_000_000
PATH = "/telegram/webhook"
ONLY_WORKSPACE = ""
MENDS_TOKEN = "Check TELEGRAM_BOT_TOKEN: BotFather shows it under /mybots, API Token."


def connect(settings: Settings, rim: Rim) -> "TelegramLink":
    token, secret = settings.telegram_bot_token, settings.telegram_webhook_secret
    assert token is not None
    client = Client(token.get_secret_value(), settings.telegram_api_url)
    return TelegramLink(client, secret.get_secret_value() if secret else None, settings.public_url, rim)


class TelegramLink:
    """One bot by its token."""

    platform = "telegram"

    def __init__(
        self, client: Client, secret: str | None, public_url: str | None, rim: Rim, patience: Patience | None = None
    ) -> None:
        self.outbound = TelegramOutbound(client)
        self._bot, self._rim, self._secret = client.bot, rim, secret
        self._url = f"{public_url}{PATH}" if public_url and secret else None
        self._patience = patience or Patience()
        self._poller = Poller(client, rim, self.keep, self._patience)
        self._account = Account(client, rim)
        self._answering: set[asyncio.Task[None]] = set()
        self.routes: Sequence[BaseRoute] = [Route(PATH, self._webhook, methods=["POST"])] if secret else []

    def workspaces(self) -> Sequence[str]:
        return (ONLY_WORKSPACE,)

    async def run(self) -> None:
        await self._account.me()
        await menu.offer(self._bot)
        if self._secret is None:
            await self._poller.run()
        elif self._url is not None:
            await patiently(self._set_webhook, self._patience)

    async def _set_webhook(self) -> None:
        assert self._url is not None
        await self._bot.set_webhook(self._url, secret_token=self._secret, allowed_updates=UPDATES)

    # --- what arrives

    async def _webhook(self, request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), (self._secret or "").encode()):
            log.warning(
                "A request to /telegram/webhook was refused: is TELEGRAM_WEBHOOK_SECRET what the webhook was set with?",
                extra={"action": "secret_refused"},
            )
            return PlainTextResponse("not sent by Telegram", 401)
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", 413)
        update = _update(body)
        if update is None:
            return PlainTextResponse("not an update", 400)
        try:
            await self.keep([update])
        except Exception as fault:
            log.warning("An update could not be stored", extra={"action": "not_stored", "fault": type(fault).__name__})
            return PlainTextResponse("come again", 503)
        return PlainTextResponse("")

    async def keep(self, updates: Sequence[Json]) -> None:
        """Returns after the commit; Telegram delivers again what was not stored. Raises what the receiver raises.

        All are put before the receiver in their order, and it commits them together.
        """
        me = await self._account.me()
        await asyncio.gather(*(self._store(update, me) for update in updates))
        for update in updates:
            self._stop_the_spinning(update)

    async def _store(self, update: Json, me: Me) -> None:
        """Nothing may be awaited before the receiver: it would change the order."""
        incomings = to_incoming(update, me, self._rim.now())
        if not incomings:
            raw = json.dumps(envelope(update))
            await self._rim.receiver.keep_unread(self.platform, ONLY_WORKSPACE, str(update["update_id"]), raw)
        for incoming in incomings:
            # What people say to each other in a group, under no message of ours, is not even stored.
            if incoming.addressed or incoming.thread_of:
                await self._rim.receiver.receive(json.dumps(update), incoming)

    def _stop_the_spinning(self, update: Json) -> None:
        """A pressed button spins until it is answered; nothing waits for that, and nobody is told if it fails."""
        query = update.get("callback_query")
        if isinstance(query, dict) and query.get("id"):
            task = asyncio.create_task(self._answer(str(query["id"])))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id)
        except TelegramError as error:
            log.debug("A press was not answered", extra={"action": "press_spins", "fault": type(error).__name__})

    # --- doctor

    async def examine(self) -> list[Finding]:
        try:
            me, webhook = await self._bot.get_me(), await self._bot.get_webhook_info()
        except InvalidToken:
            return [Finding(False, "Telegram refuses the token.", MENDS_TOKEN)]
        except TelegramError as error:
            mend = "Check the network, a proxy, and TELEGRAM_API_URL if it is set."
            return [Finding(False, f"Telegram does not answer: {type(error).__name__}.", mend)]
        return [*_account(me), self._mode(webhook), *_trouble(webhook)]

    def _mode(self, webhook: WebhookInfo) -> Finding:
        if self._secret is None:
            mend = "The bot takes it off when it starts to poll. Set TELEGRAM_WEBHOOK_SECRET if you want the webhook."
            return Finding(not webhook.url, "Updates are polled.", mend if webhook.url else "")
        if self._url is None:
            mend = "LOOPKEEPER_PUBLIC_URL is not set, so the webhook is yours to set: docs/telegram.md."
            return Finding(bool(webhook.url), "Updates come to a webhook.", mend)
        right = webhook.url == self._url
        mend = "" if right else "It is set when the bot starts: python -m bot serve"
        return Finding(right, f"Updates come to {self._url}.", mend)


def _account(me: User) -> list[Finding]:
    sees = "every message of its groups" if me.can_read_all_group_messages else "commands and replies to it"
    known = (
        "" if me.can_read_all_group_messages else "Mentions in groups need privacy mode off: BotFather, /setprivacy."
    )
    return [Finding(True, f"Telegram accepts the token of @{me.username}. In groups it sees {sees}.", known)]


def _trouble(webhook: WebhookInfo) -> list[Finding]:
    if not webhook.url or not webhook.last_error_message:
        return []
    what = f"Telegram could not deliver to the webhook: {webhook.last_error_message}."
    mend = (
        f"{webhook.pending_update_count} updates wait. Check address, certificate (port 443, 80, 88 or 8443) and proxy."
    )
    return [Finding(False, what, mend)]


def _update(body: bytes) -> Json | None:
    try:
        update = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    known = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if known else None


async def _body(request: Request) -> bytes | None:
    """The raw body, or None when it is larger than anything Telegram sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return body
