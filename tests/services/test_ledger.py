"""Done, in progress or behind is computed from dates and progress, so that nobody can hide it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger import TOLERANCE_POINTS, Standing, expected_progress, standing

START, DUE = date(2026, 11, 1), date(2026, 11, 21)
STATES = ["in_progress", "blocked", "done", "dropped"]


@dataclass(frozen=True)
class Action:
    state: str = "in_progress"
    progress: int = 0
    starts_on: date = START
    due_on: date = DUE


def day(number: int) -> date:
    return START + timedelta(days=number)


@pytest.mark.parametrize(
    ("action", "on", "expected"),
    [
        (Action(), 0, "in_progress"),
        (Action(), 5, "in_progress"),
        (Action(), 6, "behind"),
        (Action(progress=25), 10, "in_progress"),
        (Action(progress=24), 10, "behind"),
        (Action(progress=74), 20, "behind"),
        (Action(progress=75), 20, "in_progress"),
        (Action(progress=99), 20, "in_progress"),
        (Action(progress=99), 21, "behind"),
        (Action("blocked", 25), 10, "in_progress"),
        (Action("blocked", 0), 10, "behind"),
        (Action("blocked", 99), 21, "behind"),
        (Action("done", 100), 999, "done"),
        (Action("done", 0), 999, "done"),
        (Action("dropped", 0), 999, "dropped"),
        (Action(due_on=START), 0, "in_progress"),
        (Action(due_on=START), 1, "behind"),
        (Action(due_on=START - timedelta(days=3)), 0, "behind"),
        (Action(), -30, "in_progress"),
    ],
)
def test_an_action_stands_where_its_dates_and_progress_put_it(action: Action, on: int, expected: Standing) -> None:
    assert standing(action, day(on)) == expected


ACTIONS = st.builds(
    Action,
    state=st.sampled_from(STATES),
    progress=st.integers(0, 100),
    starts_on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    due_on=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
TODAY = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@given(ACTIONS, TODAY, st.integers(0, 400))
def test_who_is_behind_stays_behind_until_something_moves(action: Action, today: date, days: int) -> None:
    if standing(action, today) == "behind":
        assert standing(action, today + timedelta(days=days)) == "behind"


@given(ACTIONS, TODAY, st.integers(0, 100))
def test_more_progress_never_makes_it_worse(action: Action, today: date, more: int) -> None:
    further = replace(action, progress=min(100, action.progress + more))
    if standing(action, today) == "in_progress":
        assert standing(further, today) == "in_progress"


@given(ACTIONS, TODAY)
def test_what_is_expected_grows_from_nothing_to_everything(action: Action, today: date) -> None:
    assert 0 <= expected_progress(action, today) <= expected_progress(action, today + timedelta(days=1)) <= 100
    assert expected_progress(action, action.starts_on) == 0
    if action.due_on > action.starts_on:
        assert expected_progress(action, action.due_on) == 100


@given(ACTIONS, TODAY)
def test_past_its_date_only_what_is_finished_is_not_behind(action: Action, today: date) -> None:
    finished = action.state in ("done", "dropped")
    assert (standing(action, max(today, action.due_on + timedelta(days=1))) == "behind") is not finished


@given(ACTIONS, TODAY)
def test_before_its_date_nobody_is_behind_for_a_little(action: Action, today: date) -> None:
    short = expected_progress(action, today) - action.progress
    if today <= action.due_on and short <= TOLERANCE_POINTS:
        assert standing(action, today) != "behind"
