"""One programme being applied: what becomes new or different is noted, and audited."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from services import audit


@dataclass(frozen=True)
class Change:
    """`sign`: + new, ~ changed, - switched off, = left alone, because it was set up in chat."""

    sign: str
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}" + (f": {self.detail}" if self.detail else "")


@dataclass
class Applying:
    """`left_alone`: what the file does not know and may not end. `audited`: changes made in chat are audited there."""

    session: Session
    now: datetime
    changes: list[Change] = field(default_factory=list)
    left_alone: list[Change] = field(default_factory=list)
    audited: bool = True

    def put(self, row: Any, what: str, **values: Any) -> Any:
        """Store a row with these values; note and audit what is new or different."""
        new = row.id is None
        old = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        if not new and not old:
            return row
        for name, value in values.items():
            setattr(row, name, value)
        self.session.add(row)
        self.session.flush()
        detail = "" if new else ", ".join(f"{name} {_short(old[name])} -> {_short(values[name])}" for name in old)
        self.note("+" if new else "~", what, detail, row)
        return row

    def note(self, sign: str, what: str, detail: str, row: Any) -> None:
        self.changes.append(Change(sign, what, detail))
        if not self.audited:
            return
        verb = {"+": "programme.added", "~": "programme.changed", "-": "programme.ended"}[sign]
        audit.write(self.session, self.now, audit.OPERATOR, verb, row, new={"detail": detail})

    def leave_alone(self, things: Iterable[str], why: str = "set up in chat, left alone") -> None:
        self.left_alone += [Change("=", what, why) for what in things]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
