"""Delivery -> the page. The outbox row itself is the message the page shows, so sending is naming it."""

from bot.platform import Profile
from models.messages import Delivery


class PlaygroundOutbound:
    """Nothing leaves the process: a sent row appears on the page with the next state it fetches."""

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        return original.external_id if original is not None else f"out-{delivery.id}"

    async def find(self, delivery: Delivery) -> str | None:
        return None

    async def profile(self, user_id: str, workspace: str) -> Profile:
        return Profile()

    async def close(self) -> None: ...
