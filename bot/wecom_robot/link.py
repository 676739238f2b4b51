"""Group robots: nothing comes in, so that there is no route and nothing to hold open."""

import asyncio
from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.platform import Finding, Rim
from bot.settings import Settings
from bot.wecom_robot.outbound import RobotOutbound
from models.db import Database
from services import vault
from services.programme import ROBOT_KEY


def connect(settings: Settings, rim: Rim) -> "RobotLink":
    assert settings.secret_key is not None
    return RobotLink(settings.wecom_api_url, rim.database, vault.Sealer(settings.secret_key.get_secret_value()))


class RobotLink:
    """Every group robot whose key stands in the programme file."""

    platform = "wecom_robot"
    routes: Sequence[BaseRoute] = ()

    def __init__(self, base: str, database: Database, sealer: vault.Sealer) -> None:
        self.outbound = RobotOutbound(base, database, sealer)
        self._database, self._sealer = database, sealer

    def workspaces(self) -> Sequence[str]:
        return ("",)

    async def run(self) -> None:
        """Nothing is held open."""

    async def examine(self) -> list[Finding]:
        """A webhook can only be tried by posting, which doctor does not; whether its key can be read is seen here."""
        return await asyncio.to_thread(self._keys)

    def _keys(self) -> list[Finding]:
        with self._database.reading() as session:
            names = vault.names(session, ROBOT_KEY)
            try:
                for name in names:
                    vault.read(session, self._sealer, name)
            except vault.WrongKey:
                mend = "LOOPKEEPER_SECRET_KEY was changed. Run: python -m bot apply programme.yaml"
                return [Finding(False, "A group robot's key cannot be read.", mend)]
        return [Finding(True, f"The keys of WeCom group robots can be read: {len(names)}.")] if names else []
