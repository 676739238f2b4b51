"""One file decides who works on which day: the company's word first, then the country's, then the person's own days."""

import time
from datetime import date, timedelta
from itertools import pairwise

import pytest

from models.db import Database
from models.organization import WEEKDAYS, CompanyDay, Organization, Person, Team
from services import calendar, statutory
from services.calendar import Day
from tests.services.official_days import OFFICIAL

FULL, PART_TIME, SHOP = list(WEEKDAYS[:5]), ["mo", "tu", "we", "th"], ["tu", "we", "th", "fr", "sa", "su"]
NATIONAL_DAY, MAKE_UP_SUNDAY, SATURDAY = date(2026, 10, 1), date(2026, 9, 20), date(2026, 10, 10)


def decided(work_days: list[str], on: date, country: str | None = "CN", company: CompanyDay | None = None) -> Day:
    return calendar.decide(work_days, company, country, on, "en")


def company(on: date, working: bool, name: str = "") -> CompanyDay:
    return CompanyDay(organization_id=1, on_date=on, working=working, name=name)


def test_a_statutory_holiday_is_off_and_has_a_name_in_the_readers_language() -> None:
    assert decided(FULL, NATIONAL_DAY) == Day(False, "holiday", "National Day")
    assert calendar.decide(FULL, None, "CN", NATIONAL_DAY, "zh").name == "\u56fd\u5e86\u8282"
    assert calendar.decide(FULL, None, "DE", date(2026, 10, 3), "zh").name == "German Unity Day"
    assert decided(FULL, NATIONAL_DAY, "US") == decided(FULL, NATIONAL_DAY, None) == Day(True)


def test_a_day_swapped_for_a_weekend_bears_the_name_of_its_holiday() -> None:
    assert decided(FULL, date(2026, 10, 7)).name == "National Day"
    assert decided(FULL, date(2026, 2, 23)).name == "Chinese New Year (Spring Festival)"
    assert statutory.holiday("CN", date(2026, 1, 2), "zh") == "\u5143\u65e6"


def test_a_make_up_sunday_is_worked_by_who_works_monday_to_friday() -> None:
    assert decided(FULL, MAKE_UP_SUNDAY) == Day(True)
    assert decided(PART_TIME, MAKE_UP_SUNDAY) == Day(False, "day_off")
    assert decided(SHOP, MAKE_UP_SUNDAY) == Day(True)
    assert decided(FULL, MAKE_UP_SUNDAY, "US") == Day(False, "day_off")


def test_the_companys_word_wins_over_the_countrys_both_ways() -> None:
    assert decided(FULL, NATIONAL_DAY, company=company(NATIONAL_DAY, True)) == Day(True)
    assert decided(FULL, MAKE_UP_SUNDAY, company=company(MAKE_UP_SUNDAY, False, "Outing")) == Day(
        False, "company_day", "Outing"
    )
    assert decided(FULL, date(2026, 11, 7), company=company(date(2026, 11, 7), True)) == Day(True)
    assert decided(PART_TIME, date(2026, 11, 7), company=company(date(2026, 11, 7), True)) == Day(False, "day_off")


def test_a_part_of_a_country_has_its_own_days() -> None:
    epiphany = date(2026, 1, 6)
    assert decided(FULL, epiphany, "DE-BY") == Day(False, "holiday", "Epiphany")
    assert decided(FULL, epiphany, "DE") == Day(True)


def test_the_country_is_the_persons_else_the_teams_else_the_organizations(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organization(id=1, name="Acme", time_zone="UTC", locale="en", country="CN"))
        session.flush()
        team = Team(id=1, organization_id=1, name="Product", time_zone="UTC", locale="en", country="DE")
        person = Person(organization_id=1, name="Ana", time_zone="UTC", locale="en", work_days=FULL)
        session.add_all([team, person])
        session.flush()
        unity, fourth = date(2025, 10, 3), date(2025, 7, 4)
        assert calendar.day_of(session, person, NATIONAL_DAY).name == "National Day"
        assert calendar.day_of(session, person, NATIONAL_DAY, team).working
        assert calendar.day_of(session, person, unity, team).name == "German Unity Day"
        assert calendar.day_of_team(session, team, [person], unity).name == "German Unity Day"
        person.country = "US"
        assert calendar.day_of(session, person, unity, team).working
        assert calendar.day_of(session, person, fourth, team).name == "Independence Day"


def test_a_team_works_when_anybody_of_it_does(database: Database) -> None:
    with database.transaction() as session:
        session.add(Organization(id=1, name="Acme", time_zone="UTC", locale="en"))
        session.flush()
        team = Team(organization_id=1, name="Product", time_zone="UTC", locale="en")
        people = [
            Person(organization_id=1, name=name, time_zone="UTC", locale="en", work_days=work_days)
            for name, work_days in (("Ana", FULL), ("Bob", SHOP))
        ]
        session.add_all([team, *people])
        session.flush()
        saturday = date(2026, 11, 28)
        assert calendar.day_of_team(session, team, people, saturday).working
        assert calendar.day_of_team(session, team, people[:1], saturday) == Day(False, "day_off")


@pytest.mark.parametrize("year", sorted(OFFICIAL))
def test_the_chinese_years_are_those_the_state_council_arranged(year: int) -> None:
    """Against a table typed by hand from its notices; see tests/services/official_days.py."""
    off, worked = OFFICIAL[year]
    every_day = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    found = {on for on in every_day if on.year == year and not decided(FULL, on).working}
    weekends = {on for on in every_day if on.year == year and on.weekday() > 4}
    assert found == (weekends - worked) | off


def test_a_year_without_an_arrangement_is_known_as_one() -> None:
    assert not statutory.lacks_arrangement("CN", 2026)
    assert statutory.lacks_arrangement("CN", 2032)
    assert not statutory.lacks_arrangement("DE-BY", 2032)


@pytest.mark.parametrize("written", ["XX", "", "CHN", "china", "DE-XX", "CN-11", "../etc", "C\u00e9N"])
def test_what_is_no_country_is_refused_with_examples(written: str) -> None:
    with pytest.raises(ValueError, match=r"such as CN|there are DE-|write CN"):
        statutory.check_country(written)


def test_a_country_is_kept_as_one_writes_it() -> None:
    assert [statutory.check_country(each) for each in ("cn", "de-by", " US ")] == ["CN", "DE-BY", "US"]


def test_a_year_is_read_once_and_then_costs_nothing() -> None:
    decided(FULL, NATIONAL_DAY)
    began = time.perf_counter()
    for one, _ in pairwise(NATIONAL_DAY + timedelta(days=number % 90) for number in range(1000)):
        decided(FULL, one)
    assert time.perf_counter() - began < 0.5
