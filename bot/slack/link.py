"""Slack's link: over HTTP, by Socket Mode without a public address, or for several workspaces that install the app.

Whatever way an event takes, `take` stores it first; the acknowledgement comes then.
"""

import asyncio
import json
import logging
from collections.abc import Collection, Sequence

from starlette.routing import BaseRoute

from bot.platform import Finding, Rim
from bot.settings import Settings
from bot.slack import checks
from bot.slack.door import Door
from bot.slack.forms import answer_to
from bot.slack.inbound import Body, envelope, event_key, is_worth_keeping, team_of, to_incoming
from bot.slack.oauth import Client, Installing
from bot.slack.socket import Socket
from bot.slack.tokens import ONLY_WORKSPACE, Installed, OneToken, SlackWorkspaces
from models.db import DatabaseRefused
from models.messages import Incoming
from services.vault import Sealer

log = logging.getLogger(__name__)


def connect(settings: Settings, rim: Rim) -> "SlackLink":
    return SlackLink(settings, rim)


class SlackLink:
    """`installed` are the workspaces that installed the app; None where one token is the only one."""

    platform = "slack"

    def __init__(self, settings: Settings, rim: Rim) -> None:
        self._settings = settings
        self._rim = rim
        self.installed = _installed(settings, rim)
        token = settings.slack_bot_token
        self._tokens = self.installed or OneToken(token.get_secret_value() if token else "")
        self.outbound = SlackWorkspaces(self._tokens, settings.slack_api_url)
        self.routes: Sequence[BaseRoute] = self._routes()

    def _routes(self) -> list[BaseRoute]:
        settings, routes = self._settings, list[BaseRoute]()
        if settings.slack_signing_secret is not None:
            routes += Door(settings.slack_signing_secret.get_secret_value(), self.take).routes
        if self.installed is not None and settings.secret_key is not None:
            key = settings.secret_key.get_secret_value()
            routes += Installing(_client(settings), key, self.installed, self._rim.now).routes
        return routes

    def workspaces(self) -> Collection[str]:
        return self._tokens.workspaces()

    async def run(self) -> None:
        """Over HTTP, Slack calls us."""
        token = self._settings.slack_app_token
        if token is not None and self.installed is None:
            await Socket(token.get_secret_value(), self._settings.slack_api_url, self.take).hold()

    async def take(self, body: Body) -> Body | None:
        """Store what arrived, on whatever way; returns what its acknowledgement is to carry. Raises: deliver again."""
        body = {name: value for name, value in body.items() if name != "token"}
        answer = answer_to(body)
        if answer is not None:
            return answer
        if body.get("type") == "app_rate_limited":
            minute = str(body.get("minute_rate_limited"))[:12]
            log.warning("Slack held events back in a minute", extra={"action": "app_rate_limited", "minute": minute})
        connection = ONLY_WORKSPACE if self.installed is None else team_of(body)
        if self.installed is not None and connection not in await asyncio.to_thread(self.installed.workspaces):
            log.warning("An event of a workspace without the app was left", extra={"action": "not_installed"})
            return None
        await self._store(body, connection)
        return None

    async def _store(self, body: Body, connection: str) -> None:
        incoming = to_incoming(body, connection, self._rim.now(), self._settings.slack_thanks_emoji)
        if incoming is None and is_worth_keeping(body):
            raw = json.dumps(envelope(body))
            await self._rim.receiver.keep_unread(self.platform, connection, event_key(body), raw)
        elif incoming is not None and not _is_between_people(incoming):
            raw = json.dumps(envelope(body) if incoming.kind == "notice" else body)
            await self._rim.receiver.receive(raw, incoming)
            await self._heed(incoming, body)

    async def _heed(self, notice: Incoming, body: Body) -> None:
        """The app was uninstalled: its token is forgotten at once, and only after that is it acknowledged."""
        if (notice.kind, notice.action) == ("notice", "workspace:lost") and self.installed is not None:
            told = body.get("event_time")
            at = told if isinstance(told, int) else int(self._rim.now().timestamp())
            await asyncio.to_thread(self.installed.forget, notice.connection, at)

    async def examine(self) -> list[Finding]:
        settings, found = self._settings, list[Finding]()
        if self.installed is not None:
            found += await self._examine_installations(self.installed)
        elif settings.slack_bot_token is not None:
            mend = "Check SLACK_BOT_TOKEN (it begins with xoxb-), that the app is installed, and the network."
            token = settings.slack_bot_token.get_secret_value()
            found += await checks.of_token(token, settings.slack_api_url, self._rim.now, mend)
        if settings.slack_app_token is not None and self.installed is None:
            token = settings.slack_app_token.get_secret_value()
            found.append(await checks.of_socket(token, settings.slack_api_url))
        if settings.slack_signing_secret is not None and settings.public_url is not None:
            secret = settings.slack_signing_secret.get_secret_value()
            found.append(await checks.of_door(settings.public_url, secret, self._rim.now()))
        return found

    async def _examine_installations(self, installed: Installed) -> list[Finding]:
        try:
            workspaces = sorted(await asyncio.to_thread(installed.workspaces))
        except DatabaseRefused:
            return [Finding(False, "The installed workspaces cannot be read.", "Run: python -m bot migrate")]
        begin = f"Open {self._settings.public_url}/slack/install in a browser."
        found = [Finding(bool(workspaces), f"{len(workspaces)} workspaces installed the app.", begin)]
        if self._settings.slack_bot_token is not None:
            mend = "Take it away, or SLACK_CLIENT_ID: several workspaces bring their own tokens."
            found.append(Finding(False, "SLACK_BOT_TOKEN is not used while SLACK_CLIENT_ID is set.", mend))
        for workspace in workspaces:
            token = await asyncio.to_thread(installed.of, workspace)
            found += await checks.of_token(token, self._settings.slack_api_url, self._rim.now, begin)
        return found


def _is_between_people(incoming: Incoming) -> bool:
    """What people say to each other in a channel, under no post of ours, is not even stored."""
    spoken = incoming.kind == "text" and incoming.place.kind == "channel"
    return spoken and not (incoming.addressed or incoming.thread_of)


def _installed(settings: Settings, rim: Rim) -> Installed | None:
    if settings.slack_client_id is None or settings.secret_key is None:
        return None
    return Installed(rim.database, Sealer(settings.secret_key.get_secret_value()))


def _client(settings: Settings) -> Client:
    secret = settings.slack_client_secret
    return Client(
        id=settings.slack_client_id or "",
        secret=secret.get_secret_value() if secret else "",
        api_url=settings.slack_api_url,
        public_url=settings.public_url or "",
    )
