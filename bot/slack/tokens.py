"""Which token for which workspace: the one the operator copied, or those of the workspaces that installed the app."""

import asyncio
import json
import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from bot.platform import Profile
from bot.slack.outbound import MENDABLE_AFTER, SlackOutbound
from models.db import Database
from models.messages import Delivery
from services import vault
from services.outbox import SendError
from services.vault import Sealer, WrongKey

log = logging.getLogger(__name__)
ONLY_WORKSPACE = ""
"""A workspace known by its token alone has no name among the connections."""
INSTALLED = "slack:"
ADVICE = {
    **dict.fromkeys(
        ("invalid_auth", "token_revoked", "account_inactive", "not_authed"),
        "Slack takes the token no more: install the app again. Until then the messages wait",
    ),
    "messages_tab_disabled": "Nobody can be written to: switch on the Messages tab in the app's settings, App Home",
    "workspace_not_installed": "A workspace of the programme file has not installed the app: open /slack/install there",
}
"""What only the operator can mend, by the code of the failure."""


class Tokens(Protocol):
    """Workspace -> token. Both are called in a thread and may read the database."""

    def of(self, workspace: str) -> str | None: ...

    def workspaces(self) -> Collection[str]: ...


class OneToken:
    """The only workspace, by the token its operator copied from Slack."""

    def __init__(self, token: str) -> None:
        self._token = token

    def of(self, workspace: str) -> str | None:
        return self._token

    def workspaces(self) -> Collection[str]:
        return (ONLY_WORKSPACE,)


class Installed:
    """The workspaces that installed the app, by their ids (T…). Their tokens stand sealed in the database."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def of(self, workspace: str) -> str | None:
        """None where the app is not installed, or where LOOPKEEPER_SECRET_KEY was changed since."""
        found = self._read(workspace)
        return str(found["token"]) if found else None

    def workspaces(self) -> Collection[str]:
        with self._database.reading() as session:
            return [name.removeprefix(INSTALLED) for name in vault.names(session, INSTALLED)]

    def keep(self, workspace: str, token: str, now: datetime) -> None:
        """The newest installation counts."""
        sealed = json.dumps({"token": token, "since": now.timestamp()})
        with self._database.transaction() as session:
            vault.keep(session, self._sealer, INSTALLED + workspace, sealed)

    def forget(self, workspace: str, at: float) -> None:
        """The app was uninstalled at that time (seconds, Slack's): late news, if it has been installed again since."""
        found = self._read(workspace)
        if found and at < float(found["since"]):
            return
        with self._database.transaction() as session:
            vault.forget(session, INSTALLED + workspace)

    def _read(self, workspace: str) -> dict[str, Any] | None:
        try:
            with self._database.reading() as session:
                found = vault.read(session, self._sealer, INSTALLED + workspace)
        except WrongKey:
            return None
        return dict(json.loads(found[0])) if found else None


class SlackWorkspaces:
    """The way out to all workspaces: each has its own token, and its own ids of private chats."""

    def __init__(self, tokens: Tokens, api_url: str) -> None:
        self._tokens = tokens
        self._api_url = api_url
        self._outbounds: dict[str, tuple[str, SlackOutbound]] = {}
        self._advised: set[tuple[str, str]] = set()

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        with self._advising(delivery.connection):
            return await (await self._at(delivery.connection)).send(delivery, original)

    async def find(self, delivery: Delivery) -> str | None:
        with self._advising(delivery.connection):
            return await (await self._at(delivery.connection)).find(delivery)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        with self._advising(workspace):
            return await (await self._at(workspace)).profile(user_id, workspace)

    async def close(self) -> None:
        for _, outbound in self._outbounds.values():
            await outbound.close()

    async def _at(self, workspace: str) -> SlackOutbound:
        token = await asyncio.to_thread(self._tokens.of, workspace)
        if token is None:
            self._outbounds.pop(workspace, None)
            raise SendError("workspace_not_installed", retry_after=MENDABLE_AFTER)
        known = self._outbounds.get(workspace)
        if known is None or known[0] != token:
            known = self._outbounds[workspace] = (token, SlackOutbound(token, self._api_url))
        return known[1]

    @contextmanager
    def _advising(self, workspace: str) -> Iterator[None]:
        """Said once in the life of a process, however many messages wait."""
        try:
            yield
        except SendError as error:
            if error.code in ADVICE and (workspace, error.code) not in self._advised:
                self._advised.add((workspace, error.code))
                log.error(ADVICE[error.code], extra={"action": "token_refused", "code": error.code})
            raise
