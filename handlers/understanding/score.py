"""How well the parser reads lines whose meaning is known: right, asked back, or wrong without asking.

A line is one of `understand`, with the reading a person would give it under `expected`. Candidates count only where
the line names them.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from handlers.understanding.understand import understand

Verdict = Literal["right", "asked_back", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("right", "asked_back", "wrong")


def read(line: dict[str, Any]) -> dict[str, Any]:
    """ValueError says what is wrong with the line."""
    result = understand(line)
    for wanted, got in zip(_expected(line)["intents"], result["intents"], strict=False):
        if wanted["intent"] == "unclear" and "candidates" not in wanted:
            got.pop("candidates", None)
    return result


def verdict(line: dict[str, Any]) -> Verdict:
    """Wrong is a wrong intent or a wrong slot without asking: what hurts."""
    result = read(line)
    if result == _expected(line):
        return "right"
    return "asked_back" if result["asked_back"] else "wrong"


def score(lines: Iterable[dict[str, Any]]) -> Counter[Verdict]:
    return Counter(verdict(line) for line in lines)


def _expected(line: Any) -> dict[str, Any]:
    expected = line.get("expected") if isinstance(line, dict) else None
    intents = expected.get("intents") if isinstance(expected, dict) else None
    named = isinstance(intents, list) and all(isinstance(each, dict) and "intent" in each for each in intents)
    if not named or not isinstance(expected, dict):
        raise ValueError('expected: {"intents": [{"intent": ...}], "asked_back": ...} is needed')
    return expected
