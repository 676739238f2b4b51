"""Statutory holidays by country, and the weekend days worked in their place, from the library `holidays`.

A country is an ISO code, "CN", or one with a part of it, "DE-BY". The library is large, so it is read only where a
country is given (its import about 0.2 s, China once about 0.25 s more, then about 1 ms a year).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

LANGUAGES = {"zh": "zh_CN", "en": "en_US"}
NEAREST_HOLIDAY = 10
"""How many days away the holiday may be that gives a swapped day off its name."""


@dataclass(frozen=True)
class Year:
    """The statutory days of one year: `off` with their names, and `worked`, the weekend days worked in exchange."""

    off: dict[date, str]
    worked: frozenset[date]


def check_country(written: str) -> str:
    """The country as it is kept. Raises ValueError, with examples, for one that is not known."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    country, _, part = written.strip().partition("-")
    country = country.upper()
    if country not in known:
        raise ValueError(f"{written!r} is not a country whose holidays are known, such as CN, US or DE-BY")
    found = next((each for each in known[country] if each.upper() == part.upper()), None)
    if part and found is None:
        parts = ", ".join(f"{country}-{each}" for each in known[country][:5])
        raise ValueError(
            f"{written!r}: {country} has no such part" + (f"; there are {parts} …" if parts else f": write {country}")
        )
    return f"{country}-{found}" if found else country


def holiday(country: str, on: date, locale: str) -> str | None:
    """The name of the statutory day off, in the reader's language where the library has it; None for another day."""
    return _year(country, on.year, locale).off.get(on)


def is_worked_in_exchange(country: str, on: date) -> bool:
    """A weekend day that is worked because another day is off."""
    return on in _year(country, on.year, "en").worked


def lacks_arrangement(country: str, year: int) -> bool:
    """China decides each year anew, about November, which weekends are worked: a year may not be in the library yet."""
    return country.partition("-")[0] == "CN" and not _year(country, year, "en").worked


@cache
def _year(country: str, year: int, locale: str) -> Year:
    import holidays

    code, _, part = country.partition("-")
    found = holidays.country_holidays(code, subdiv=part or None, years=year, language=_language(code, locale))
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return Year(dict(_named(found)), worked)


def _language(code: str, locale: str) -> str | None:
    """The reader's, else English, else the country's own."""
    import holidays

    spoken = getattr(getattr(holidays, code), "supported_languages", ())
    wanted = (LANGUAGES[locale], "en_US", "en_GB")
    return next((language for language in wanted if language in spoken), None)


def _named(found: Any) -> Iterator[tuple[date, str]]:
    """A day off that was swapped for a weekend bears the name of the holiday it belongs to."""
    swapped = _shape(found, "substituted_label")
    observed = _shape(found, "observed_label")
    days = dict(found)  # the library's own kind of dictionary grows when it is asked for a day of another year
    for day, name in days.items():
        if swapped is None or not swapped.fullmatch(name):
            yield day, name
            continue
        near = (day + timedelta(days=step * sign) for step in range(1, NEAREST_HOLIDAY) for sign in (-1, 1))
        names = (days[other] for other in near if other in days and not swapped.fullmatch(days[other]))
        nearest = next(names, name)
        inner = observed.fullmatch(nearest) if observed else None
        yield day, inner[1] if inner else nearest


def _shape(found: Any, label: str) -> re.Pattern[str] | None:
    """The library's label, "%s (observed)", in the language of these holidays, as a pattern."""
    text = getattr(found, label, None)
    return re.compile(re.escape(found.tr(text)).replace("%s", "(.+)")) if isinstance(text, str) else None
