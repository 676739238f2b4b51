"""The sender: takes promised messages from the outbox, sends them, marks what became of them. Never blindly twice."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlmodel import Session

from bot.platform import Outbound
from models.db import Database
from models.messages import Delivery
from services import outbox, reach
from services.outbox import SendError

log = logging.getLogger(__name__)
MOST_IN_FLIGHT = 16
LOOK_AGAIN_SECONDS = 0.2


class Sender:
    """One message in flight for each place; what was in flight when a process died is looked up, not sent again."""

    def __init__(self, database: Database, now: Callable[[], datetime], outbounds: Mapping[str, Outbound]) -> None:
        self._database = database
        self._now = now
        self._outbounds = outbounds

    async def drain(self) -> bool:
        """Send everything that is due. Returns whether there was anything. A place that stalls holds up no other."""
        worked = False
        in_flight: set[asyncio.Task[None]] = set()
        try:
            while True:
                for promised in await asyncio.to_thread(self._claim, MOST_IN_FLIGHT - len(in_flight)):
                    in_flight.add(asyncio.create_task(self._deliver(*promised)))
                if not in_flight:
                    return worked
                worked = True
                _, in_flight = await asyncio.wait(
                    in_flight, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
        finally:
            await asyncio.gather(*in_flight, return_exceptions=True)

    def _claim(self, most: int) -> list[tuple[Delivery, Delivery | None, Delivery | None]]:
        """Each with the message it changes and the one it hangs under, if any."""
        if most <= 0:
            return []
        with self._database.transaction() as session:
            mine = outbox.claim(session, self._now(), most)
            return [(each, outbox.original_of(session, each), outbox.parent_of(session, each)) for each in mine]

    async def _deliver(self, delivery: Delivery, original: Delivery | None, parent: Delivery | None) -> None:
        try:
            external_id = await self._send(delivery, original, parent)
        except SendError as error:
            await asyncio.to_thread(self._mark_not_sent, delivery, error)
        except Exception:
            log.exception("A send met a bug", extra={"action": "send_failed", "delivery": delivery.id})
            await asyncio.to_thread(self._mark_not_sent, delivery, SendError("bug", ambiguous=True))
        else:
            await asyncio.to_thread(self._mark_sent, delivery, external_id)

    async def _send(self, delivery: Delivery, original: Delivery | None, parent: Delivery | None) -> str | None:
        outbound = self._outbounds.get(delivery.platform)
        if outbound is None:
            raise SendError("platform_not_connected", retry_after=60)
        if delivery.kind == "edit" and (original is None or original.external_id is None):
            raise _original_is_missing(original)
        if parent is not None:
            delivery.thread_of = parent.external_id
        if delivery.in_doubt:
            arrived = await outbound.find(delivery)
            if arrived is not None:
                return arrived
        return await outbound.send(delivery, original)

    def _mark_sent(self, delivery: Delivery, external_id: str | None) -> None:
        with self._database.transaction() as session:
            outbox.sent(session, delivery.id, external_id, self._now())

    def _mark_not_sent(self, delivery: Delivery, error: SendError) -> None:
        with self._database.transaction() as session:
            decision = outbox.not_sent(session, delivery.id, error, self._now())
            _learn(session, delivery.id, error, self._now())
        log.warning(
            "A message was not sent",
            extra={"action": f"delivery_{decision.state}", "delivery": delivery.id, "code": error.code},
        )


def _learn(session: Session, delivery_id: int, error: SendError, now: datetime) -> None:
    """What the refusal says about the place, for every later message."""
    delivery = session.get_one(Delivery, delivery_id)
    if error.moved_to:
        reach.moved(session, delivery.platform, delivery.connection, delivery.place_id, error.moved_to, now)
    elif error.lost:
        reach.refused(session, delivery, error.lost, now)


def _original_is_missing(original: Delivery | None) -> SendError:
    """An edit waits for its message; of a message that will never be there, there is nothing to change."""
    gone = original is None or original.state in ("failed", "uncertain")
    return SendError("original_not_sent", permanent=gone, retry_after=None if gone else 1)
