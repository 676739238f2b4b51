"""Home pages: who looked at his own lately, and the newest of each, promised once."""

from datetime import datetime

from sqlmodel import Session, col

from models.conversation import RateBucket
from models.messages import Delivery, Message
from services import outbox
from services.limits import HOME_STAYS_FRESH


def looked_at(session: Session, page: outbox.Address, now: datetime) -> None:
    session.merge(RateBucket(key=_key(page), window_at=now, count=1))


def is_looked_at(session: Session, page: outbox.Address, now: datetime) -> bool:
    """A look-up by key: it is asked for whatever anybody does."""
    bucket = session.get(RateBucket, _key(page))
    return bucket is not None and now - bucket.window_at < HOME_STAYS_FRESH


def _key(page: outbox.Address) -> str:
    return f"home:{page.platform}:{page.connection}:{page.place.id}"


def show(session: Session, now: datetime, page: outbox.Address, message: Message, key: str) -> None:
    """Only the newest page is worth sending: one that still waits is taken back."""
    where = (
        col(Delivery.platform) == page.platform,
        col(Delivery.connection) == page.connection,
        col(Delivery.place_kind) == page.place.kind,
        col(Delivery.place_id) == page.place.id,
    )
    outbox.take_back(session, *where)
    outbox.post(session, now, page, message, key)
