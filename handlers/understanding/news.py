"""What a sentence says about an action: status, progress, a new date; the rest is the person's own note.

A sentence is read clause by clause. Only what opens a clause is news about the action itself (`done, rig works`);
a status word about something else (`the quote is done`) stays in the note.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from handlers.intents import Status
from handlers.understanding.dates import Day, read_day
from handlers.understanding.due import Due, due_at, due_within, finished_by, open_due
from handlers.understanding.folded import Piece
from handlers.understanding.wording import (
    PUNCTUATION,
    TABLE,
    Meanings,
    any_of,
    bounded,
    chain,
    compile_shape,
    number,
    swapped_letters,
)

_STATUS = TABLE["status"]
_NOT_YET = TABLE["not_yet"]
_PROGRESS = TABLE["progress"]
_ENDS = re.escape(PUNCTUATION["clause"] + PUNCTUATION["sentence"] + "()[]")
_CLAUSE_END = re.compile(rf"(?!(?<=\d)(?:[.:]\d|,\d{{3}}(?!\d)))[{_ENDS}]| [-\u2013\u2014~] ")
_WIDE_SPACE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")

_STATUS_OF = Meanings[Status](
    {word: status for status in get_args(Status) for word in _STATUS[status]["whole"] + _STATUS[status]["verbs"]}
)
_WHOLE = frozenset(word for status in get_args(Status) for word in _STATUS[status]["whole"])
_SWAPPED = swapped_letters(_STATUS_OF)
_LATIN = re.compile("[a-z]+")
_ANY_STATUS = rf"(?P<word>{bounded(any_of(_STATUS_OF))})"
_LEAD = chain(_STATUS["lead"], 4)
_ONLY_LEAD = re.compile(_LEAD)
_SAID = re.compile(rf"{_LEAD}{_ANY_STATUS}(?P<particle>(?:{any_of(_STATUS['particles'])}){{0,2}})")
_NEGATED = re.compile(rf"{_LEAD}{chain(_NOT_YET['words'], 3, 1)}{chain(_STATUS['lead'], 2)}{_ANY_STATUS}")
_MERELY = re.compile(
    rf"{_LEAD}{chain(_NOT_YET['mere'], 3, 1)}{chain(_STATUS['lead'], 2)}{_ANY_STATUS}"
    rf"(?:{any_of(_STATUS['particles'])}){{0,2}}(?: ?{bounded(any_of(_NOT_YET['mere_tail']))}){{0,2}} ?"
)
_NEARLY = re.compile(rf"{_LEAD}{bounded(any_of(_NOT_YET['nearly']))}(?:{any_of(_STATUS['particles'])})? ?$")
_WAS = re.compile(
    rf"{_LEAD}{chain(_NOT_YET['past'], 1, 1)}{chain(_STATUS['lead'], 1)}"
    rf"(?P<word>{bounded(any_of(_STATUS['blocked']['whole'] + _STATUS['blocked']['verbs']))})"
)
_CONDITION = re.compile(rf"{_LEAD}{bounded(any_of(_NOT_YET['conditions']))}")
_NOT_AFTER = re.compile(rf" ?{bounded(any_of(_NOT_YET['after']))}")
_HEDGE = re.compile(rf" ?,? ?{bounded(any_of(TABLE['after_verb']['hedges']))}")
_CIRCUMSTANCE = re.compile(rf" {bounded(any_of(TABLE['after_verb']['words']))}")
_HEADED = re.compile(rf"{bounded(any_of(_STATUS['blocked']['headed']))} ?:")
_NOTHING = re.compile(rf" ?{bounded(any_of(_STATUS['blocked']['nothing']))} ?[{_ENDS}]?$")

_FIGURES = _PROGRESS["shapes"] + _PROGRESS["tenths"] + _PROGRESS["from_to"]
_FIGURE = rf"(?P<figure>{bounded(any_of(_FIGURES + _PROGRESS['half']))})"
_PERCENT = re.compile(
    rf"{chain(_PROGRESS['lead'], 3)}{_FIGURE}(?P<tail>(?: ?{bounded(any_of(_PROGRESS['tail']))}){{0,2}})"
)
_HALF_ALONE = re.compile(rf"{chain(_PROGRESS['lead'], 3)}{bounded(any_of(_PROGRESS['half_alone']))} ?$")
_BARE_FIGURE = re.compile(rf"{bounded(any_of(_PROGRESS['bare_lead']))} ?(\d{{1,3}}) ?$")
_PART = re.compile(
    rf"{chain(_PROGRESS['lead'], 3)}(?P<part>\d) ?/ ?(?P<whole>\d|10) ?{bounded(any_of(_PROGRESS['of_a_whole']))}"
)
_RANGE = re.compile(rf"{chain(_PROGRESS['lead'], 3)}{bounded(any_of(_PROGRESS['range']))}")
_HALF = re.compile(any_of(_PROGRESS["half"]))
_SHARE_OF = re.compile(rf" ?{bounded(any_of(_PROGRESS['not_after']))}")
_ABOUT_A_FIGURE = re.compile(bounded(any_of(_PROGRESS["about_a_figure"])))
_AT_THE_END = re.compile(rf" {_FIGURE} ?$")
_ON = re.compile(bounded(any_of(TABLE["due"]["past_on"])))
_FRACTION = re.compile(r" ?\d{1,4} ?/ ?\d")
_LONE_NUMBER = re.compile(r" ?(\d{1,3}) ?")


# A clause longer than this is a story; its news stood at its start.
LONGEST_CLAUSE = 400


@dataclass(frozen=True)
class News:
    """`taken` stretches became a slot, `read` ones were understood; `doubtful` is asked about before it is saved."""

    status: Status | None = None
    progress: int | None = None
    due: Day | None = None
    shift: str | None = None
    doubtful: bool = False
    taken: tuple[tuple[int, int], ...] = ()
    read: tuple[tuple[int, int], ...] = ()

    @property
    def empty(self) -> bool:
        return self.status is None and self.progress is None and self.due is None and self.shift is None


@dataclass(frozen=True)
class Step:
    """One thing read: what it adds, and where it stands. `kept` words stay in the note."""

    start: int
    end: int
    news: News
    kept: bool = False


def spelled(piece: Piece) -> Piece:
    """A status with two letters swapped reads as the status; the person's own words stay as typed."""
    return replace(piece, text=_LATIN.sub(lambda word: _SWAPPED.get(word[0], word[0]), piece.text))


def read_news(piece: Piece, today: date) -> News:
    """Everything the sentence says about the action it is about."""
    lone = _LONE_NUMBER.fullmatch(piece.text)
    if lone and int(lone[1]) <= 100:
        return News(progress=int(lone[1]), doubtful=True, taken=((0, len(piece.text)),))
    news = News()
    for start, end in clauses(piece.text):
        for step in _read_clause(piece.text[start : min(end, start + LONGEST_CLAUSE)], _rest(piece.text, end), today):
            news = _add(news, step, start)
    return _settle(news, today)


def says_something(text: str, at: int, today: date) -> bool:
    """Is there news right here, rather than somewhere later in the text?"""
    start, end = next(clauses(text[at : at + 80]), (0, 0))
    clause = text[at + start : at + end].lstrip()
    return _at_lead(clause, 0, False, "", today) is not None or due_within(clause, 0, today) is not None


def clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for sign in _CLAUSE_END.finditer(text):
        if text[start : sign.start()].strip():
            yield start, sign.start()
        start = sign.end()
    if text[start:].strip():
        yield start, len(text)


def _rest(text: str, end: int) -> str:
    return text[end : end + 40]


def _read_clause(clause: str, rest: str, today: date) -> Iterator[Step]:
    at, words_before = _blank(clause, 0), False
    within = due_within(clause, at, today)
    if within is None and open_due(clause.strip()):
        yield Step(0, len(clause), News(doubtful=True), kept=True)
        return
    while at < len(clause):
        if within and within.start < at:
            within = due_within(clause, at, today)
        step = _at_lead(clause, at, words_before, rest, today) or _take_due(within, at)
        if step is None:
            words_before = True
            at = _next_place(clause, at, within)
            continue
        yield step
        at = _blank(clause, step.end)
        if step.news.status == "done" and (told := _told_when(clause, at, today)):
            yield told
            at = _blank(clause, told.end)
    yield from _at_the_end(clause)


def _told_when(clause: str, at: int, today: date) -> Step | None:
    """`finished on Friday` tells when it was finished; `done Friday` may be either."""
    due = due_at(clause, at, today)
    return Step(due.start, due.end, News(doubtful=not _ON.match(clause, at)), kept=True) if due else None


def _next_place(clause: str, at: int, within: Due | None) -> int:
    """Where news may start next: behind a space between Chinese words, or at a word for a new date."""
    space = _WIDE_SPACE.search(clause, at)
    place = space.end() if space else len(clause)
    return min(place, within.start) if within and within.start > at else place


def _take_due(due: Due | None, at: int) -> Step | None:
    if due is None or due.start != at:
        return None
    return Step(due.start, due.end, News(due=due.day, shift=due.shift, doubtful=due.doubtful))


def _at_lead(clause: str, at: int, words_before: bool, rest: str, today: date) -> Step | None:
    due = finished_by(clause, at, today) if words_before else due_at(clause, at, today)
    return (
        _progress(clause, at, words_before)
        or _take_due(due, at)
        or _blocked_by(clause, at, rest)
        or _not_yet(clause, at)
        or _status(clause, at, words_before, rest, today)
    )


def _progress(clause: str, at: int, words_before: bool) -> Step | None:
    if doubtful := _RANGE.match(clause, at):
        return Step(at, doubtful.end(), News(doubtful=True), kept=True)
    if not words_before and (told := _without_percent(clause, at)):
        return told
    match = _PERCENT.match(clause, at)
    if match is None or (_SHARE_OF.match(clause, match.end("figure")) and not match["tail"]):
        return None
    if words_before and _ABOUT_A_FIGURE.search(clause, 0, at):
        return None
    figure = _percent(match["figure"])
    if figure > 100:
        return Step(at, match.end(), News(doubtful=True), kept=True)
    return Step(at, match.end(), News(progress=figure))


def _without_percent(clause: str, at: int) -> Step | None:
    """`half` by itself; `progress 60` and `3/4 done` are asked about."""
    if half := _HALF_ALONE.match(clause, at):
        return Step(at, half.end(), News(progress=50))
    bare = _BARE_FIGURE.match(clause, at)
    if bare and int(bare[1]) <= 100:
        return Step(at, bare.end(), News(progress=int(bare[1]), doubtful=True))
    part = _PART.match(clause, at)
    if part and int(part["part"]) < int(part["whole"]):
        return Step(at, len(clause), News(doubtful=True), kept=True)
    return None


def _percent(figure: str) -> int:
    if _HALF.fullmatch(figure):
        return 50
    for shape in _FIGURES:
        if match := compile_shape(shape).fullmatch(figure):
            groups = match.groupdict()
            tenfold = 10 if shape in _PROGRESS["tenths"] else 1
            return int(number(groups.get("goal") or groups.get("percent") or groups["n"]) * tenfold)
    raise AssertionError(figure)


def _at_the_end(clause: str) -> Iterator[Step]:
    """`waiting for supplier 60%`: a figure may close a clause, unless the clause is about a figure."""
    match = _AT_THE_END.search(clause)
    if match is None or not clause[: match.start()].strip() or _ABOUT_A_FIGURE.search(clause, 0, match.start()):
        return
    figure = _percent(match["figure"])
    if figure <= 100:
        yield Step(match.start("figure"), match.end(), News(progress=figure))


def _blocked_by(clause: str, at: int, rest: str) -> Step | None:
    """`blocker: no rig` is blocked; `blocker: none` is not."""
    match = _HEADED.match(clause + rest, at)
    if match is None or _NOTHING.match(clause + rest, match.end()):
        return None
    return Step(at, len(clause), News(status="blocked"))


def _not_yet(clause: str, at: int) -> Step | None:
    """Negation and nearly: in progress at most. The words stay where they say more than the status does."""
    if nearly := _NEARLY.match(clause, at):
        return Step(at, nearly.end(), News(status="in_progress"))
    condition = _CONDITION.match(clause, at)
    if condition:
        return Step(at, len(clause), News(), kept=True)
    match = _NEGATED.match(clause, at) or _WAS.match(clause, at)
    if match is None:
        return None
    begun: Status | None = "in_progress" if _STATUS_OF[match["word"]] in ("done", "blocked") else None
    end = _up_to_a_figure(clause, match.end())
    return Step(at, end, News(status=begun), kept=begun is None or not _MERELY.fullmatch(clause, at, end))


def is_not_yet(text: str) -> bool:
    """`almost done`, which without an action's number is talk."""
    return _not_yet(text, 0) is not None


def _up_to_a_figure(clause: str, at: int) -> int:
    figure = re.compile(_FIGURE).search(clause, at)
    return figure.start() if figure else len(clause)


def _status(clause: str, at: int, words_before: bool, rest: str, today: date) -> Step | None:
    start = _behind_a_past_date(clause, at, today)
    match = _SAID.match(clause, start)
    if match is None:
        return None
    status = _STATUS_OF[match["word"]]
    following = clause[match.end() :]
    if _NOT_AFTER.match(following):
        return Step(at, len(clause), News(status="in_progress"), kept=True)
    if status == "in_progress" and _has_object(match["word"], following):
        return Step(at, len(clause), News(status=status), kept=True)
    if status in ("done", "dropped"):
        if _HEDGE.match(following + rest) or _FRACTION.match(following):
            return Step(at, len(clause), News(doubtful=True), kept=True)
        if _has_object(match["word"], following):
            return None
        if words_before:
            return Step(at, match.end(), News(doubtful=True), kept=True)
    return Step(start, match.end(), News(status=status))


def _has_object(word: str, following: str) -> bool:
    """`finished the draft`: the object is finished, not the action."""
    if not any(char.isalnum() for char in following) or word in _WHOLE or _CIRCUMSTANCE.match(following):
        return False
    if word.isascii():
        return True
    return following[0].isalnum()


def _behind_a_past_date(clause: str, at: int, today: date) -> int:
    """`yesterday finished`: the day is part of the story, not a date to come."""
    lead = _ONLY_LEAD.match(clause, at)
    day = read_day(clause, at, today) or (read_day(clause, lead.end(), today) if lead else None)
    past = day is not None and (day.day <= today or day.weekday or day.month_day)
    return _blank(clause, day.end) if day and past else at


def _blank(clause: str, at: int) -> int:
    return at + 1 if clause[at : at + 1] == " " else at


def _add(news: News, step: Step, offset: int) -> News:
    """Two statuses that exclude each other are asked about; the later one is the newer."""
    said = step.news
    if step.news == News(status=news.status) and news.status:
        return news
    contradiction = news.status and said.status and news.status != said.status
    place = (step.start + offset, step.end + offset)
    return News(
        said.status or news.status,
        news.progress if said.progress is None else said.progress,
        said.due or news.due,
        said.shift or news.shift,
        news.doubtful or said.doubtful or bool(contradiction),
        news.taken if step.kept else (*news.taken, place),
        (*news.read, place),
    )


def _settle(news: News, today: date) -> News:
    """100 % is done; done at 60 %, or done and due, cannot be both."""
    if news.progress == 100 and news.status in (None, "in_progress"):
        news = replace(news, status="done", doubtful=news.doubtful or news.status is not None)
    elif news.status == "done" and news.progress is not None and news.progress < 100:
        news = replace(news, status=None, doubtful=True)
    if news.status == "done" and (news.due or news.shift):
        news = replace(news, status=None, doubtful=True)
    if news.due and (news.due.options or news.due.day < today):
        return replace(news, doubtful=True)
    return replace(news, shift=None) if news.due else news
