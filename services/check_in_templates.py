"""The check-ins to begin with: templates/check_ins.toml, each a valid part of a programme."""

import tomllib
from functools import cache
from typing import Any

from services.programme_parts import CheckInPart
from services.render import TEMPLATES

NAMES = ("weekly_progress", "daily_standup", "one_on_one", "project_retrospective", "quarterly_review")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / "check_ins.toml").read_text("utf-8"))


def name_of(template: str, locale: str) -> str:
    return str(_table()[template]["name"][locale])


def about(template: str, locale: str) -> str:
    return str(_table()[template]["about"][locale])


def part_of(template: str, locale: str) -> CheckInPart:
    """The check-in, named in that language; its questions stand in both."""
    stated = {key: value for key, value in _table()[template].items() if key != "about"}
    return CheckInPart.model_validate({**stated, "name": name_of(template, locale)})
