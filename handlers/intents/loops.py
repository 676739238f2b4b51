"""The improvement loop."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Suggest:
    name: ClassVar[str] = "suggest"
    text: str | None = None


@dataclass(frozen=True)
class Gap:
    name: ClassVar[str] = "gap"
    metric: str | None = None


@dataclass(frozen=True)
class Why:
    name: ClassVar[str] = "why"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Sign:
    name: ClassVar[str] = "sign"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Practice:
    name: ClassVar[str] = "practice"
    number: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Loop:
    name: ClassVar[str] = "loop"
    number: int | None = None
    text: str | None = None
