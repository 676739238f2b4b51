"""The doctor knows for which year China's make-up workdays are still missing."""

from datetime import UTC, date, datetime

from bot import doctor
from models.db import Database
from models.organization import CompanyDay, Organization

NOVEMBER, MARCH = datetime(2031, 11, 22, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def findings(database: Database, now: datetime) -> list[str]:
    return [finding.what for finding in doctor._holidays(database, now)]


def test_a_year_without_an_arrangement_is_said_until_company_days_fill_it(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organization(id=1, name="Acme", time_zone="Asia/Shanghai", locale="zh", country="CN"))
    assert findings(database, NOVEMBER) == [
        f"China's make-up workdays of {year} are not known yet." for year in (2031, 2032)
    ]
    assert findings(database, MARCH) == []
    with database.transaction() as session:
        session.add_all(CompanyDay(organization_id=1, on_date=date(year, 10, 8), working=True) for year in (2031, 2032))
    assert findings(database, NOVEMBER) == []


def test_where_no_chinese_calendar_counts_nothing_is_missing(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organization(id=1, name="Acme", time_zone="UTC", locale="en", country="DE-BY"))
    assert findings(database, NOVEMBER) == []
