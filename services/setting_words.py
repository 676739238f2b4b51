"""Settings in words: what was changed, from what, to what, in the reader's language."""

from datetime import date
from typing import Any

from sqlmodel import Session

from models.audit import AuditEntry
from models.check_ins import CheckIn
from models.organization import WEEKDAYS, Person
from services import rhythms
from services.render import day, words

NOTHING = "\u2013"
HIDDEN = ("version", "reminder_before_minutes")
"""Columns that change with others and say nothing by themselves."""


def line_of(session: Session, locale: str, entry: AuditEntry) -> dict[str, Any]:
    """{"about": whom or what it is about, "pairs": [(what, from, to)]} of one audit entry."""
    if entry.verb == "setup.person":
        person = session.get_one(Person, entry.new["person"])
        return {"about": person.name, "pairs": [("role", _part(locale, entry.old), _part(locale, entry.new))]}
    if entry.subject == Person.__tablename__:
        roles = [words(locale)["roles"][values["role"]] for values in (entry.old, entry.new)]
        return {"about": session.get_one(Person, entry.subject_id).name, "pairs": [("role", *roles)]}
    about = session.get_one(CheckIn, entry.subject_id).name if entry.subject == CheckIn.__tablename__ else ""
    if entry.verb == "setup.created":
        return {"about": about, "pairs": [("check_in", NOTHING, words(locale)["settings"]["new"])]}
    changed = [name for name in entry.old if name not in HIDDEN]
    pairs = [
        (name, in_words(locale, name, entry.old[name]), in_words(locale, name, entry.new[name])) for name in changed
    ]
    return {"about": about, "pairs": pairs}


def _part(locale: str, values: dict[str, Any]) -> str:
    if values["role"] is None:
        return NOTHING
    table = words(locale)["roles"]
    also = values["asked"] and values["role"] != "member"
    return table[values["role"]] + (f" ({table['asked_too']})" if also else "")


def in_words(locale: str, name: str, value: Any) -> str:
    """One column's value; None is a dash."""
    if name == "reflect_due_at":
        return words(locale)["settings"]["on" if value else "off"]
    if value is None or value == "":
        return NOTHING
    if name == "rhythm":
        return rhythms.in_words(locale, value)
    if name == "digest_day":
        return words(locale)["weekdays"][WEEKDAYS[value]]
    if name == "paused_until":
        return day(locale, value if isinstance(value, date) else date.fromisoformat(value))
    if name == "closes_after_minutes":
        return duration(locale, value)
    if name == "off_day":
        return words(locale)["settings"][f"off_day_{value}"]
    if name == "active":
        return words(locale)["settings"]["on" if value else "off"]
    if name == "questions":
        return str(len(value))
    return str(value)


def duration(locale: str, minutes: int) -> str:
    """ "7 h", "1 h 30 min", "3 d"."""
    units = words(locale)["units"]
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "day"), (rest // 60, "hour"), (rest % 60, "minute")]
    return " ".join(f"{count} {units[unit]}" for count, unit in parts if count)
