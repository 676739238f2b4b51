"""`doctor`: what is wrong and how to mend it. Nothing is changed, and no secret is shown."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlmodel import col, func, select

from bot import migrate
from bot.links import connect
from bot.people_found import people_and_channels
from bot.platform import Finding, Link, Rim
from bot.receiver import Receiver
from bot.settings import Settings
from models.db import Database, DatabaseFault
from models.messages import Delivery, Receipt
from models.organization import CompanyDay, Organization, Person, Team
from services import owners, statutory

STUCK_AFTER = timedelta(minutes=10)
REMEMBER_DOUBTS = timedelta(days=7)
LOOK_AHEAD = timedelta(days=60)
ENOUGH = 2
"""Owners: the only one can leave."""


def without_database(settings: Settings) -> list[Finding]:
    """What can be said without opening a database, which would make an empty SQLite file."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return [Finding(False, "There is no database file yet.", "Run: python -m bot migrate")]
    return []


def examine(settings: Settings, database: Database, clock: Callable[[], datetime]) -> list[Finding]:
    now = clock()
    try:
        schema = _schema(database)
    except DatabaseFault as fault:
        mend = "Check LOOPKEEPER_DATABASE_URL, and that the server runs and the disk has room."
        return [Finding(False, f"The database does not answer ({type(fault).__name__}).", mend)]
    findings = [schema]
    if schema.ok:
        findings += [_programme(database), *_owners(database)]
        findings += people_and_channels(settings.platforms(), database)
        findings += [_failed(database), _stuck(database, now), *_uncertain(database, now), *_holidays(database, now)]
    return [*findings, *_platforms(settings, database, clock)]


def _schema(database: Database) -> Finding:
    newest = migrate.newest_revision()
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return Finding(False, "The database is empty.", "Run: python -m bot migrate")
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    mend = "" if current == newest else "Run: python -m bot migrate"
    return Finding(current == newest, f"The schema is at {current}, this version needs {newest}.", mend)


def _programme(database: Database) -> Finding:
    with database.reading() as session:
        organization = session.exec(select(Organization)).first()
    if organization is None:
        mend = "Run: python -m bot start, or python -m bot apply programme.yaml"
        return Finding(False, "There is no organization yet.", mend)
    return Finding(True, "There is an organization.")


def _owners(database: Database) -> list[Finding]:
    """Nothing is broken without a second owner, until the only one leaves."""
    with database.reading() as session:
        organizations = session.exec(select(Organization)).all()
        counts = [(each.name, len(owners.owners_of(session, each.id))) for each in organizations]
    mend = "Name another: “setup”, Owners in chat, or: python -m bot owner NAME"
    return [Finding(True, f"{name} has {count} of two owners.", mend) for name, count in counts if count < ENOUGH]


def _failed(database: Database) -> Finding:
    with database.reading() as session:
        count = session.exec(select(func.count()).where(col(Receipt.state) == "failed")).one()
    mend = "See the log for receipt_failed; after the fix run: python -m bot replay" if count else ""
    return Finding(count == 0, f"{count} messages met a bug and are kept.", mend)


def _stuck(database: Database, now: datetime) -> Finding:
    late = col(Delivery.due_at) < now - STUCK_AFTER
    with database.reading() as session:
        count = session.exec(select(func.count()).where(col(Delivery.state) == "pending", late)).one()
    mend = "Is `python -m bot serve` running, and its platform reachable?" if count else ""
    return Finding(count == 0, f"{count} messages wait longer than ten minutes to be sent.", mend)


def _uncertain(database: Database, now: datetime) -> list[Finding]:
    """Nothing to mend, but to know: docs/adr/0015."""
    lately = col(Delivery.created_at) > now - REMEMBER_DOUBTS
    with database.reading() as session:
        count = session.exec(select(func.count()).where(col(Delivery.state) == "uncertain", lately)).one()
    known = "The platform cannot say whether they arrived, so they were not sent again. Ask, if one is missed."
    return [Finding(True, f"{count} messages of this week ended without an answer.", known)] if count else []


def _holidays(database: Database, now: datetime) -> list[Finding]:
    """China's make-up workdays of a year are known once the library has its arrangement; company days fill the gap."""
    years = {(now + LOOK_AHEAD * half).year for half in (0, 1)}
    with database.reading() as session:
        columns = (Organization.country, Team.country, Person.country)
        countries = {country for each in columns for country in session.exec(select(each).distinct()).all() if country}
        named = {day.on_date.year for day in session.exec(select(CompanyDay)).all()}
    missing = sorted(
        year for year in years - named if any(statutory.lacks_arrangement(country, year) for country in countries)
    )
    mend = "Upgrade `holidays`, or name the days off and the make-up workdays under days: of the programme file."
    return [Finding(False, f"China's make-up workdays of {year} are not known yet.", mend) for year in missing]


def _platforms(settings: Settings, database: Database, clock: Callable[[], datetime]) -> list[Finding]:
    rim = Rim(database, Receiver(database, clock, lambda: None), clock)
    if settings.is_deaf():
        return [Finding(False, "No platform is configured.", "Set the variables of one: README.md, Settings.")]
    return [
        finding
        for platform in settings.platforms()
        for finding in asyncio.run(_examined(connect(platform, settings, rim)))
    ]


async def _examined(link: Link) -> list[Finding]:
    try:
        return await link.examine()
    finally:
        await link.outbound.close()
