"""Setting up in chat: the wizard and the settings. Only buttons and answers make these; nobody says them as such."""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class SetUp:
    """A step of the wizard. `plan`: what was chosen so far (services/set_up.py: Plan); `said`: the answer to `step`."""

    name: ClassVar[str] = "set_up"
    step: str = "team"
    plan: dict[str, Any] = field(default_factory=dict)
    said: str | None = None


@dataclass(frozen=True)
class ChangeSetting:
    """`what` is changed of a team, or of one of its check-ins, to what was `said`.

    `version`: of the row when the question was asked, so that somebody else's change in between is noticed; `sure`: it
    was, and is to be overruled.
    """

    name: ClassVar[str] = "setting"
    team_id: int = 0
    check_in_id: int | None = None
    what: str | None = None
    said: str | None = None
    version: int | None = None
    sure: str | None = None


@dataclass(frozen=True)
class SetOwners:
    """Who owns the organization: names to add, or to remove."""

    name: ClassVar[str] = "owners"
    said: str | None = None
