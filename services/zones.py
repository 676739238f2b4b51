"""Time zones as people write them: the zone itself, or the nearest real ones to choose from."""

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

CITIES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent.parent / "templates" / "zones.toml").read_text("utf-8")
)["cities"]
MOST = 3


@cache
def _by_last_word() -> dict[str, list[str]]:
    """ "new york" -> ["America/New_York"], whole names too, and what people call them."""
    table: dict[str, list[str]] = {}
    for key in sorted(available_timezones()):
        for word in {key, key.rpartition("/")[2]}:
            table.setdefault(_plain(word), []).append(key)
    for key, words in CITIES.items():
        for word in words:
            table.setdefault(_plain(word), []).insert(0, key)
    return table


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").strip()


def exact(written: str) -> str | None:
    """The IANA zone of that name, whatever its capitals; None where no zone is called so."""
    wanted = _plain(written)
    return next((key for key in _by_last_word().get(wanted, []) if _plain(key) == wanted), None)


def near(written: str) -> list[str]:
    """At most three zones that may be meant by a name that is no zone: "Asia/Beijing" -> Asia/Shanghai."""
    table = _by_last_word()
    wanted = [_plain(written), _plain(written.rpartition("/")[2])]
    found = [key for word in wanted for key in table.get(word, [])]
    for word in wanted:
        found += [key for close in get_close_matches(word, table, n=MOST, cutoff=0.8) for key in table[close]]
    return list(dict.fromkeys(found))[:MOST]
