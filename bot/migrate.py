"""Bringing a database to the schema this version needs; safe to run by any number of processes at once."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError as CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from models.db import Database

ROOT = Path(__file__).parent.parent
LOCK = 7_105_335_662
"""An arbitrary number, the same for every process: the name of Postgres' migration lock."""


def upgrade(database: Database, revision: str = "head") -> None:
    with _alone(database) as config:
        command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    with _alone(database) as config:
        command.downgrade(config, revision)


def write_revision(message: str) -> None:
    """Write the migration from the newest revision to the tables as they are in models/ now."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/scratch.db")
        upgrade(database)
        number = len(list((ROOT / "migrations" / "versions").glob("*.py"))) + 1
        with _alone(database) as config:
            command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")
        database.close()


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def make_room(url: str) -> None:
    """The folder of an SQLite file is made; everything else is the operator's."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _alone(database: Database) -> Iterator[Config]:
    engine = database.engine.execution_options(writing=True)
    with engine.connect() as connection, _free_to_rebuild(connection), connection.begin():
        _wait_for_others(connection)
        config = _config()
        config.attributes["connection"] = connection
        yield config


@contextmanager
def _free_to_rebuild(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one, which others' foreign keys would forbid."""
    sqlite: Any = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if sqlite is None:
        yield
        return
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


def _wait_for_others(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


if __name__ == "__main__":
    write_revision(sys.argv[1])
