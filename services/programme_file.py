"""The programme file: what HR writes as YAML, read into checked values, every mistake with its line."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services import programme_questions
from services.programme_parts import Programme, TeamPart

MOST_BYTES = 1_000_000


class ProgrammeError(Exception):
    """`problems` are (line, sentence), in the order of the file."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(f"line {line}: {sentence}" for line, sentence in self.problems))


def read(text: str) -> Programme:
    """Raises ProgrammeError with every mistake there is."""
    root = _compose(text)
    problems = list(_twice(root))
    lines = dict(_lines(root, ()))
    try:
        programme = Programme.model_validate(_plain(root))
    except ValidationError as wrong:
        problems += [(_line_of(lines, error["loc"]), _sentence(error)) for error in wrong.errors()]
        raise ProgrammeError(problems) from None
    for number, person in enumerate(programme.people):
        person.stands_at(_line_of(lines, ("people", number)))
    problems += [(_line_of(lines, path), sentence) for path, sentence in _contradictions(programme)]
    if problems:
        raise ProgrammeError(problems)
    return programme


def _compose(text: str) -> Node:
    if len(text.encode()) > MOST_BYTES:
        raise ProgrammeError([(1, "the file is larger than 1 MB")])
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if getattr(event, "anchor", None):  # a few lines of aliases can stand for gigabytes
                raise ProgrammeError(
                    [(_line(event.start_mark), "anchors and aliases (&name, *name) are not supported")]
                )
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        raise ProgrammeError([(1, "brackets are nested too deeply")]) from None
    except YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        problem = getattr(wrong, "problem", None) or "this cannot be read"
        raise ProgrammeError([(_line(mark), f"not valid YAML: {problem}")]) from None
    if root is None:
        raise ProgrammeError([(1, "the file is empty")])
    return root


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _plain(node: Node) -> Any:
    """Every scalar as it is written: an account id 1001 is a name, not a number."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    return None if str(node.tag) == "tag:yaml.org,2002:null" else node.value


def _lines(node: Node, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            yield from _lines(item, (*path, position))


def _line_of(lines: dict[tuple[Any, ...], int], path: tuple[Any, ...]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines[path]


def _twice(node: Node) -> Iterator[tuple[int, str]]:
    """YAML lets a key stand twice and keeps the last; that is never what was meant."""
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise ProgrammeError([(_line(key.start_mark), "a key must be a plain word")])
            if key.value in seen:
                yield key.start_mark.line + 1, f"{key.value!r} stands here twice"
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _sentence(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"] if isinstance(step, str))
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such key"
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _contradictions(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    yield from _people_twice(programme)
    yield from _teams_twice(programme)
    yield from _days_twice(programme)
    known = {person.label() for person in programme.people}
    for number, team in enumerate(programme.teams):
        for part in ("leads", "members", "observers"):
            for position, name in enumerate(getattr(team, part)):
                if name not in known:
                    yield ("teams", number, part, position), f"{name!r} is not among the people"
        yield from _check_ins_wrong(team, number)


def _check_ins_wrong(team: TeamPart, number: int) -> Iterator[tuple[tuple[Any, ...], str]]:
    names = [check_in.name for check_in in team.check_ins]
    for position, check_in in enumerate(team.check_ins):
        path = ("teams", number, "check_ins", position)
        if check_in.name in names[:position]:
            yield path, f"the check-in {check_in.name!r} stands here twice"
        if check_in.reminder_before and check_in.reminder_before >= check_in.closes_after:
            yield (
                (*path, "reminder_before"),
                "the reminder would come before the question: it must be shorter than closes_after",
            )
        for where, wrong in programme_questions.contradictions(check_in.questions, check_in.anonymous):
            yield (*path, *where), wrong


def _people_twice(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    seen: set[tuple[str, str]] = set()
    for number, person in enumerate(programme.people):
        if not person.label():
            yield ("people", number), "a person needs a name or an account id"
        accounts = [(platform, f"{place}/{id_}" if place else id_) for platform, place, id_ in person.accounts()]
        for kind, value in (("name", person.label()), *accounts):
            if (kind, value) in seen:
                yield ("people", number, kind), f"{kind} {value!r} belongs to two people"
            seen.add((kind, value))


def _days_twice(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    seen: set[date] = set()
    for number, part in enumerate(programme.organization.days):
        twice = [on for on in part.dates() if on in seen]
        if twice:
            yield ("organization", "days", number), f"the day {twice[0]} stands here twice"
        seen.update(part.dates())


def _teams_twice(programme: Programme) -> Iterator[tuple[tuple[Any, ...], str]]:
    names = [team.name for team in programme.teams]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield ("teams", number, "name"), f"the team {name!r} stands here twice"
