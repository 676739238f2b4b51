"""The migrations lead to exactly the tables the models speak of, step by step, forth and back, on both engines."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot import migrate
from models.db import Database
from models.organization import Organization
from models.tables import metadata

Shape = dict[str, Any]


def shape(database: Database) -> Shape:
    """Everything the database itself will enforce, table by table."""
    with database.engine.connect() as connection:
        found = inspect(connection)
        return {
            table: {
                "columns": {it["name"]: (str(it["type"]), it["nullable"]) for it in found.get_columns(table)},
                "checks": {it["name"]: it["sqltext"] for it in found.get_check_constraints(table)},
                "uniques": {it["name"]: it["column_names"] for it in found.get_unique_constraints(table)},
                "indexes": {it["name"]: (it["column_names"], it["unique"]) for it in found.get_indexes(table)},
                "foreign": {
                    it["name"]: (it["referred_table"], *it["constrained_columns"]) for it in _foreign(found, table)
                },
                "primary": found.get_pk_constraint(table)["constrained_columns"],
            }
            for table in sorted(found.get_table_names())
            if table != "alembic_version"
        }


def _foreign(found: Any, table: str) -> Any:
    return found.get_foreign_keys(table)


def revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def test_a_migrated_database_differs_in_nothing_from_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_database_enforces_the_same_as_one_made_from_the_models(database: Database) -> None:
    migrated = shape(database)
    migrate.downgrade(database, "base")
    with database.engine.execution_options(writing=True).begin() as connection:
        metadata.create_all(connection)
    assert migrated == shape(database)
    assert set(migrated) == set(metadata.tables)


def test_one_step_back_and_up_again_is_where_one_was(database: Database) -> None:
    before = shape(database)
    assert revision(database) == migrate.newest_revision()
    migrate.downgrade(database, "-1")
    assert revision(database) != migrate.newest_revision()
    assert shape(database) != before
    migrate.upgrade(database)
    assert (shape(database), revision(database)) == (before, migrate.newest_revision())


def test_migrating_again_changes_nothing_and_keeps_what_is_there(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organization(name="Acme", time_zone="UTC", locale="en"))
    before = shape(database)
    migrate.upgrade(database)
    with database.reading() as session:
        names = session.connection().execute(text("SELECT name FROM organization")).scalars().all()
    assert (shape(database), names) == (before, ["Acme"])


def test_the_whole_way_down_leaves_no_table_behind(database: Database) -> None:
    migrate.downgrade(database, "base")
    assert shape(database) == {}
