"""A small organization with promised messages, and a look at what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from models.db import Database
from models.messages import Delivery, Message, Place, Receipt
from models.organization import Organization
from services import outbox


def organize(database: Database) -> int:
    with database.transaction() as session:
        organization = Organization(name="Acme", time_zone="UTC", locale="en")
        session.add(organization)
        session.flush()
        return organization.id


class Bench:
    """`promise` puts a message into the outbox; `row` reads it back."""

    def __init__(self, database: Database, now: datetime, platform: str = "slack") -> None:
        self.database, self.now, self.platform = database, now, platform
        self._organization = organize(database)
        self._count = 0

    def promise(self, place: str, markup: str = "hello", thread_of: str | None = None, **more: Any) -> int:
        self._count += 1
        to = self._address(place, thread_of)
        with self.database.transaction() as session:
            row = outbox.post(session, self.now, to, Message(markup=markup), f"test:{self._count}", **more)
            assert row is not None
            return row.id

    def promise_edit(self, of: int, markup: str) -> int:
        self._count += 1
        with self.database.transaction() as session:
            original = session.get_one(Delivery, of)
            row = outbox.edit(session, self.now, original, Message(markup=markup), f"test:{self._count}")
            assert row is not None
            return row.id

    def promise_many(self, place: str, count: int) -> None:
        to = self._address(place, None)
        with self.database.transaction() as session:
            for number in range(count):
                outbox.post(session, self.now, to, Message(markup=f"{number}"), f"many:{place}:{number}")

    def row(self, delivery_id: int) -> Delivery:
        with self.database.reading() as session:
            return session.get_one(Delivery, delivery_id)

    def rows(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.exec(select(Delivery).order_by(col(Delivery.id))).all())

    def _address(self, place: str, thread_of: str | None) -> outbox.Address:
        where = Place.model_validate({"kind": "channel" if place.startswith("C") else "dm", "id": place})
        return outbox.Address(self._organization, self.platform, "", where, thread_of)


def receipts(database: Database) -> list[Receipt]:
    with database.reading() as session:
        return list(session.exec(select(Receipt).order_by(col(Receipt.id))).all())


@contextmanager
def broken(database: Database, table: str = "receipt") -> Iterator[None]:
    """For a while that table cannot be written to."""
    with database.transaction() as session:
        session.connection().execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    yield
    with database.transaction() as session:
        session.connection().execute(text(f"ALTER TABLE {table}_away RENAME TO {table}"))
