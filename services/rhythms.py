"""A rhythm in words, and the dates it comes next."""

from datetime import date, datetime, timedelta

from models.organization import WEEKDAYS
from services import calendar
from services.render import render, words

WORKING = list(WEEKDAYS[:5])


def in_words(locale: str, rule: str) -> str:
    """ "every Monday and Thursday"; a rule of a shape this does not know stands as it is."""
    parts = dict(part.split("=", 1) for part in rule.upper().split(";") if "=" in part)
    days = [code.lower() for code in parts.get("BYDAY", "").split(",") if code]
    months = [month for month in parts.get("BYMONTH", "").split(",") if month]
    known = set(parts) <= {"FREQ", "INTERVAL", "BYDAY", "BYSETPOS", "BYMONTHDAY", "BYMONTH"}
    return render(
        locale,
        "rhythm",
        rule=rule,
        known=known and set(days) <= set(WEEKDAYS),
        unit=parts.get("FREQ", "").lower(),
        every=int(parts.get("INTERVAL", "1")),
        names=[words(locale)["weekdays"].get(day, day) for day in days],
        working=days == WORKING,
        place=parts.get("BYSETPOS", ""),
        month_days=parts.get("BYMONTHDAY", "").split(",") if "BYMONTHDAY" in parts else [],
        months=months,
        month_names=[words(locale)["months"].get(month, month) for month in months],
    )


def next_dates(rule: str, at: str, zone_key: str, now: datetime, count: int = 3) -> list[date]:
    """The next dates of the rhythm there, today only while its hour is ahead."""
    today = calendar.local_date(now, zone_key)
    after = today if calendar.instant(today, at, zone_key) <= now else today - timedelta(days=1)
    found: list[date] = []
    while len(found) < count:
        day = calendar.next_occurrence(rule, today, found[-1] if found else after)
        if day is None:
            break
        found.append(day)
    return found
