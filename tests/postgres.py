"""Postgres databases for tests: made from a template, and afterwards emptied and filled again, which is much faster."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Integer

from models.tables import metadata

TABLES = [table.name for table in metadata.sorted_tables]
NUMBERED = [
    table.name
    for table in metadata.sorted_tables
    if "id" in table.columns and isinstance(table.columns["id"].type, Integer)
]


class Reused:
    """One database of this test process. `as_new` ends whatever a test left in it, connections included."""

    def __init__(self, admin_url: str, template: str, fill: Callable[[str], None] | None) -> None:
        self._admin_url, self._template, self._fill = admin_url, template, fill
        self._name = f"test_{uuid.uuid4().hex[:12]}"
        self.url = url_of(admin_url, self._name)
        self._make()

    def as_new(self) -> str:
        """Its URL. A database whose tables a test broke is made again."""
        try:
            with psycopg.connect(self.url) as connection:
                connection.execute(END_OTHERS)
                for statement in RESET:
                    connection.execute(statement)
        except psycopg.Error:
            self.close()
            self._make()
        return self.url

    def close(self) -> None:
        drop(self._admin_url, self._name)

    def _make(self) -> None:
        create(self._admin_url, self._name, self._template)
        if self._fill is not None:
            self._fill(self.url)
        with psycopg.connect(self.url) as connection:
            connection.execute("CREATE SCHEMA kept")
            for table in TABLES:
                connection.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')


END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
BEGIN_AT = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {0}), false)"
RESET = [
    *(f'DELETE FROM public."{table}"' for table in reversed(TABLES)),
    *(f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"' for table in TABLES),
    *(BEGIN_AT.format(table) for table in NUMBERED),
]


@contextmanager
def reused(admin_url: str, template: str, fill: Callable[[str], None] | None = None) -> Iterator[Reused]:
    database = Reused(admin_url, template, fill)
    try:
        yield database
    finally:
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
