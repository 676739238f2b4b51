"""The words of the bot: the only importer of jinja2. Out comes neutral markup with people's text already inert.

Templates are templates/<locale>/*.j2, labels of buttons and states templates/<locale>/words.toml.
"""

import tomllib
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_skeleton, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services import calendar
from services.limits import QUOTE_CHARACTERS

TEMPLATES = Path(__file__).parent.parent / "templates"
BABEL_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}
FORMER = "(former member)"
"""The name of who asked to be forgotten, which every message says in its own language."""
DAY = "yMMMEd"
"""CLDR skeleton: weekday, day, month and year in the order of the language."""


def render(locale: str, template: str, **values: Any) -> str:
    """One message as neutral markup: tags b, i, a, at, br; everything people wrote is escaped."""
    text = _environment(locale).get_template(f"{template}.j2").render(locale=locale, **values)
    whole = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return whole.replace(FORMER, label(locale, "former_member"))


@cache
def words(locale: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((TEMPLATES / locale / "words.toml").read_text("utf-8"))


def label(locale: str, key: str) -> str:
    return words(locale)["labels"][key]


def day(locale: str, value: date) -> str:
    return format_skeleton(DAY, datetime.combine(value, time()), locale=BABEL_LOCALES[locale])


def clock_time(locale: str, moment: datetime, zone_key: str) -> str:
    """ "Fri, Dec 4, 2026 17:30 (Asia/Shanghai)": every time shown carries its zone."""
    there = calendar.local(moment, zone_key)
    return f"{day(locale, there.date())} {format_time(there, 'HH:mm', locale=BABEL_LOCALES[locale])} ({zone_key})"


def quote(text: str, most: int = QUOTE_CHARACTERS) -> str:
    """People's text on few lines: what is cut is cut visibly."""
    flat = "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def mention(name: str, user_id: str | None) -> Markup:
    """The one way a post may call somebody: a person chosen by id, never a text somebody typed."""
    if user_id is None:
        return Markup("<b>{}</b>").format(name)
    return Markup('<at id="{}">{}</at>').format(user_id, name)


@cache
def _environment(locale: str) -> Environment:
    loader = FileSystemLoader(TEMPLATES / locale)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["quote"] = quote
    environment.filters["day"] = lambda value: day(locale, value)
    environment.globals["word"] = lambda group, key: words(locale)[group][key]
    environment.globals["clock"] = lambda moment, zone_key: clock_time(locale, moment, zone_key)
    return environment


def plain_line(text: str) -> str:
    """A bare text as neutral markup."""
    return str(escape(text))
