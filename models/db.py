"""The only room that touches a connection: engines, transactions, and the two dialects' few differences."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, func, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel, select

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

DatabaseFault = OperationalError
"""The database is locked, full, read-only or gone: nobody's bug, to be tried again."""

DatabaseRefused = DBAPIError
"""Anything the database's driver raises, such as for a file that is no database."""


class Database:
    """One database. SQLite has a single writer, so writers of one process queue on a lock instead of on SQLITE_BUSY."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(_with_driver(url), pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
        self._writers = threading.Lock() if self.is_sqlite else None
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Everything inside is committed together, or nothing is."""
        with self._one_writer(), Session(_writing(self.engine), expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if self._writers is None:
            yield
            return
        with self._writers:
            yield

    def close(self) -> None:
        self.engine.dispose()


def _with_driver(url: str) -> str:
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _writing(engine: Engine) -> Engine:
    return engine.execution_options(writing=True)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: _begin_sqlite does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts as a reader and then writes can fail with SQLITE_BUSY at once, whatever the timeout.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows, silently passing over those a unique constraint already holds.

    Returns 0 when the only row was there already; of many rows no driver says how many were new.
    """
    if not rows:
        return 0
    insert = postgresql.insert if _is_postgres(session) else sqlite.insert
    statement = insert(table).on_conflict_do_nothing()
    if len(rows) == 1:
        return len(session.connection().execute(statement.returning(literal(1)), rows[0]).all())
    session.connection().execute(statement, list(rows))
    return len(rows)


def locked_for_me(session: Session, statement: Any) -> Any:
    """Rows another process holds are passed over on Postgres; SQLite has one writer and needs no row locks."""
    return statement.with_for_update(skip_locked=True) if _is_postgres(session) else statement


def try_lock(session: Session, key: str) -> bool:
    """A named lock until the end of the transaction, so that one sender's messages stay in order across processes."""
    if not _is_postgres(session):
        return True
    return bool(session.exec(select(func.pg_try_advisory_xact_lock(func.hashtextextended(key, 0)))).one())


def is_ready(session: Session) -> Literal[True]:
    session.exec(select(1)).one()
    return True


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
