"""The inbox: what arrived is stored before it is acknowledged, and read afterwards, one person's messages in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.db import insert_new, locked_for_me, try_lock
from models.messages import Incoming, Receipt


def row(platform: str, connection: str, raw: str, incoming: Incoming, now: datetime) -> dict[str, Any]:
    """One arrived event, as `store` takes it."""
    return {
        **unread_row(platform, connection, incoming.event_key, raw, now),
        "sender": f"{platform}:{connection}:{incoming.sender}",
        "incoming": incoming.model_dump(mode="json"),
        "state": "waiting",
    }


def unread_row(platform: str, connection: str, event_key: str, raw: str, now: datetime) -> dict[str, Any]:
    """One arrived event that means nothing to the bot: kept raw, never read."""
    return {
        "platform": platform,
        "connection": connection,
        "event_key": event_key,
        "sender": "",
        "raw": raw,
        "incoming": {},
        "state": "ignored",
        "error": "",
        "received_at": now,
    }


def store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what arrived; a redelivery is already there and changes nothing."""
    insert_new(session, Receipt, rows)


def claim(session: Session, most: int = 100) -> list[Receipt]:
    """The oldest waiting receipts of senders nobody else is serving, in order of arrival."""
    waiting = select(Receipt.sender).where(Receipt.state == "waiting").order_by(col(Receipt.id)).limit(most)
    senders = {sender for sender in session.exec(waiting).all() if try_lock(session, f"sender:{sender}")}
    mine = select(Receipt).where(Receipt.state == "waiting", col(Receipt.sender).in_(senders))
    return list(session.exec(locked_for_me(session, mine.order_by(col(Receipt.id)).limit(most))).all())


def finish(session: Session, receipt: Receipt, state: str, error: str = "") -> None:
    receipt.state, receipt.error = state, error
    session.add(receipt)


def forget(session: Session, receipt: Receipt) -> None:
    """It was not said to the bot: only that something arrived is kept, so that a redelivery is known."""
    receipt.raw, receipt.incoming = "", {}
    session.add(receipt)


def blank(session: Session, receipt_id: int) -> None:
    """What was said in it is nobody's to read: that it came, and from where, is kept."""
    receipt = session.get_one(Receipt, receipt_id)
    receipt.raw, receipt.incoming = "", {**receipt.incoming, "text": "", "action": "", "form": {}}
    session.add(receipt)


def failed(session: Session) -> Sequence[Receipt]:
    return session.exec(select(Receipt).where(Receipt.state == "failed").order_by(col(Receipt.id))).all()


def replay(session: Session) -> int:
    """Let everything that met a bug be read again. Returns how many."""
    receipts = failed(session)
    for receipt in receipts:
        finish(session, receipt, "waiting")
    return len(receipts)
