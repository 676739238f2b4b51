"""`understand`: what the bot reads in each line of a file, and how often that is what the line expects."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from handlers.understanding.score import VERDICTS, verdict
from handlers.understanding.understand import understand


class Unreadable(Exception):
    """The sentence for the operator; `code` is the exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def readings(file: Path, as_json: bool) -> Iterator[str]:
    for answer in _each_line(file, understand):
        yield json.dumps(answer, ensure_ascii=False) if as_json else _in_words(answer)


def scores(place: Path, as_json: bool) -> Iterator[str]:
    """One line per file and one for all: right, asked back, wrong, and how many a second."""
    total, began = Counter[str](), perf_counter()
    for file in sorted(place.glob("*.jsonl")) if place.is_dir() else [place]:
        counted = Counter(_each_line(file, verdict))
        total += counted
        yield _figures(file.stem, counted, as_json)
    yield _figures("all", total, as_json, per_second=round(total.total() / (perf_counter() - began)))


def _figures(name: str, counted: Counter[str], as_json: bool, **more: int) -> str:
    figures: dict[str, int] = {"utterances": counted.total(), **{str(name): counted[name] for name in VERDICTS}, **more}
    if as_json:
        return json.dumps({"file": name, **figures})
    return f"{name:<12}" + "".join(f"  {value:>5} {figure.replace('_', ' ')}" for figure, value in figures.items())


def _each_line(file: Path, read: Callable[[Any], Any]) -> Iterator[Any]:
    """What `read` makes of each line; blank ones are passed over. Raises Unreadable, naming the line."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Unreadable(f"{file} cannot be read ({type(wrong).__name__}).", code=2) from None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield read(json.loads(line))
        except ValueError as wrong:
            raise Unreadable(f"{file} line {number}: {wrong}", code=1) from None


def _in_words(answer: dict[str, Any]) -> str:
    said = ", ".join(" ".join(f"{name}={value}" for name, value in intent.items()) for intent in answer["intents"])
    return f"{said}{' (asked back)' if answer['asked_back'] else ''}"
