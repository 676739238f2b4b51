"""What the first version wrote is all there after the way up, with what newer versions add; and after the way back."""

from typing import Any

import pytest
from sqlalchemy import MetaData, Table, text
from sqlmodel import col, select

from bot import migrate
from models.db import Database
from models.ledger import Blocker
from models.organization import Channel, Identity, Organization, Person, Workspace

AT = "2026-11-23 01:30:00.000000"
Rows = dict[str, list[dict[str, Any]]]
PARENTS_FIRST = (
    "organization", "person", "team", "workspace", "identity", "membership", "channel", "absence", "auditentry",
    "checkin", "round", "response", "answer", "coachingnote", "action", "actionupdate", "recognition", "honoured",
    "digest", "openquestion", "ratebucket", "receipt", "delivery",
)  # fmt: skip
WORDS = {"time_zone": "Asia/Shanghai", "locale": "en", "at": "09:30", "digest_at": "17:00", "rhythm": "FREQ=DAILY"}


@pytest.fixture
def first_version(database: Database) -> Database:
    migrate.downgrade(database, "0001")
    return database


def tables(database: Database) -> dict[str, Table]:
    metadata = MetaData()
    metadata.reflect(database.engine)
    return {name: table for name, table in metadata.tables.items() if name != "alembic_version"}


def one_of(table: Table, column: str) -> str | None:
    """The first word a check constraint of this table allows there."""
    for constraint in table.constraints:
        source = str(getattr(constraint, "sqltext", ""))
        if source.replace('"', "").replace("(", "").startswith(f"{column} IN") or f"{column}::text = ANY" in source:
            return source.split("'")[1]
    return None


def value_of(table: Table, column: Any, number: int) -> Any:
    """Something that fits: an id of a row that is there, a known word, a date, or a number."""
    kind = str(column.type).upper()
    if column.foreign_keys or (column.primary_key and "INT" in kind):
        return number
    if "JSON" in kind:
        return []
    if "BOOL" in kind:
        return True
    if "TIME" in kind:
        return AT
    if "DATE" in kind:
        return "2026-11-23"
    if "INT" in kind:
        return number
    return one_of(table, column.name) or WORDS.get(column.name) or f"{table.name}.{column.name} {number}"


def fill(database: Database) -> None:
    """Two rows in every table, each column of them with something in it."""
    known = tables(database)
    assert set(known) == set(PARENTS_FIRST)
    with database.transaction() as session:
        for number in (1, 2):
            for name in PARENTS_FIRST:
                table = known[name]
                row = {column.name: value_of(table, column, number) for column in table.columns}
                names = ", ".join(f'"{column}"' for column in row)
                values = {f"v{place}": _plain(value) for place, value in enumerate(row.values())}
                slots = ", ".join(f":{slot}" for slot in values)
                session.connection().execute(text(f'INSERT INTO "{name}" ({names}) VALUES ({slots})'), values)


def _plain(value: Any) -> Any:
    return "[]" if value == [] else value


def rows(database: Database, only: Rows | None = None) -> Rows:
    """Everything stored, or of it what stands in `only`'s columns."""
    with database.engine.connect() as connection:
        found = {}
        for name, table in tables(database).items():
            columns = [column for column in table.columns if only is None or column.name in only.get(name, [{}])[0]]
            if columns:
                lines = connection.execute(table.select().with_only_columns(*columns)).mappings().all()
                found[name] = sorted((dict(line) for line in lines), key=str)
    return found if only is None else {name: found[name] for name in only}


def test_nothing_of_the_first_version_is_lost_on_the_way_up(first_version: Database) -> None:
    fill(first_version)
    before = rows(first_version)
    assert all(len(lines) == 2 for lines in before.values())
    migrate.upgrade(first_version)
    assert rows(first_version, before) == before


def test_what_is_new_is_filled_in_as_it_was_then(first_version: Database) -> None:
    fill(first_version)
    migrate.upgrade(first_version)
    with first_version.reading() as session:
        identity, channel = session.exec(select(Identity)).first(), session.exec(select(Channel)).first()
        person, workspace = session.exec(select(Person)).first(), session.exec(select(Workspace)).first()
    assert identity is not None
    assert (identity.reach, identity.reach_at, identity.source) == ("reachable", None, "file")
    assert channel is not None
    assert (channel.source, channel.lost_at, channel.lost_why) == ("file", None, "")
    assert person is not None
    assert (person.prefers, person.prefers_source, person.quiet_from) == (None, "organization", None)
    assert workspace is not None
    assert workspace.bot_name is None


def test_the_way_back_keeps_what_the_first_version_knew(first_version: Database) -> None:
    fill(first_version)
    before = rows(first_version)
    migrate.upgrade(first_version)
    migrate.downgrade(first_version, "0001")
    assert rows(first_version) == before


def test_what_the_first_version_cannot_say_is_forgotten_on_the_way_back_and_the_rest_stays(
    first_version: Database,
) -> None:
    fill(first_version)
    migrate.upgrade(first_version)
    with first_version.transaction() as session:
        connection = session.connection()
        connection.execute(text("UPDATE delivery SET state = 'kept' WHERE id = 1"))
        connection.execute(text("UPDATE identity SET platform = 'wecom_aibot' WHERE id = 1"))
        connection.execute(text("UPDATE channel SET platform = 'wecom_robot' WHERE id = 1"))
        connection.execute(text("UPDATE workspace SET platform = 'wecom_aibot' WHERE id = 1"))
        connection.execute(
            text(
                "INSERT INTO invitation (organization_id, person_id, made_by_id, code_hash, expires_at)"
                f" VALUES (1, 1, 1, 'x', '{AT}')"
            )
        )
    migrate.downgrade(first_version, "0001")
    stored = rows(first_version)

    assert [len(stored[name]) for name in ("identity", "channel", "workspace")] == [1, 1, 1]
    assert [line["state"] for line in stored["delivery"] if line["id"] == 1] == ["failed"]
    assert len(stored["person"]) == 2
    assert "invitation" not in stored


def test_what_stood_in_the_way_before_the_upgrade_has_a_number_after_it(first_version: Database) -> None:
    fill(first_version)
    with first_version.transaction() as session:
        session.connection().execute(text("UPDATE action SET state = 'blocked', last_note = 'no test rig'"))
    migrate.upgrade(first_version)

    with first_version.reading() as session:
        blockers = session.exec(select(Blocker).order_by(col(Blocker.id))).all()
        counted = dict(session.exec(select(Organization.id, Organization.next_blocker)).all())
    assert [(each.organization_id, each.number, each.text, each.state) for each in blockers] == [
        (1, 1, "no test rig", "raised"),
        (2, 1, "no test rig", "raised"),
    ]
    assert counted == {1: 2, 2: 2}
