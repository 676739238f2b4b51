"""How long everything is kept: one list, which `privacy` shows and the clock keeps to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """One kind of data. `days`: how long by default, None as long as the person is there; an organization may set
    anything from `least` to `most`."""

    key: str
    days: int | None = None
    least: int = 0
    most: int = 0


EVERYTHING: tuple[Kept, ...] = (
    Kept("account"),
    Kept("raw", 30, 1, 90),
    Kept("messages", 90, 7, 365),
    Kept("answers", 730, 30, 3650),
    Kept("items"),
    Kept("notes"),
    Kept("reflections"),
    Kept("thanks"),
    Kept("absences", 365, 30, 1825),
    Kept("codes", 30, 1, 90),
    Kept("audit", 1825, 365, 3650),
)


def days_of(kept: Kept, overrides: Mapping[str, int]) -> int | None:
    """How long an organization keeps that kind."""
    return overrides.get(kept.key, kept.days)


def check(overrides: dict[str, int]) -> dict[str, int]:
    """Raises ValueError that names what may be said."""
    limits = {kept.key: kept for kept in EVERYTHING if kept.days is not None}
    for key, days in overrides.items():
        if key not in limits:
            raise ValueError(f"{key!r} is none of {', '.join(limits)}")
        if not limits[key].least <= days <= limits[key].most:
            raise ValueError(f"{key} may be kept from {limits[key].least} to {limits[key].most} days, not {days}")
    return overrides
