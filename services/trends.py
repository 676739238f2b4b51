"""How the ledger stood week by week, read back from what moved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from models.ledger import Action, ActionUpdate
from models.organization import Team
from services import calendar
from services.ledger import standing

WEEKS = 8


@dataclass(frozen=True)
class Week:
    """`done` were finished in that week; the others stood so at its end."""

    week: str
    done: int
    in_progress: int
    behind: int


@dataclass(frozen=True)
class _Then:
    """An action as it stood at some instant."""

    state: str
    progress: int
    starts_on: date
    due_on: date


def weeks_until(session: Session, team: Team, week: str, now: datetime) -> list[Week]:
    """The last eight ISO weeks up to this one, oldest first; this one as it stands now."""
    last, _ = calendar.week_bounds(week, team.time_zone)
    midweeks = [last + timedelta(days=3 - 7 * ago) for ago in reversed(range(WEEKS))]
    names = [calendar.iso_week(moment, team.time_zone) for moment in midweeks]
    since, _ = calendar.week_bounds(names[0], team.time_zone)
    alive = col(Action.state).in_(("in_progress", "blocked")) | (col(Action.moved_at) >= since)
    actions = session.exec(select(Action).where(Action.team_id == team.id, alive)).all()
    steps = _steps(session, team, since)
    return [_week(actions, steps, name, team.time_zone, now) for name in names]


def _steps(session: Session, team: Team, since: datetime) -> dict[int, list[ActionUpdate]]:
    moved = (
        select(ActionUpdate)
        .join(Action, col(ActionUpdate.action_id) == Action.id)
        .where(Action.team_id == team.id, ActionUpdate.at >= since)
        .order_by(col(ActionUpdate.id))
    )
    steps: dict[int, list[ActionUpdate]] = {}
    for step in session.exec(moved).all():
        steps.setdefault(step.action_id, []).append(step)
    return steps


def _week(actions: Sequence[Action], steps: dict[int, list[ActionUpdate]], week: str, zone: str, now: datetime) -> Week:
    begins, ends = calendar.week_bounds(week, zone)
    ends = min(ends, now)
    on = calendar.local_date(ends - timedelta(microseconds=1), zone)
    counts = {"done": 0, "in_progress": 0, "behind": 0, "dropped": 0}
    for action in actions:
        then, before = (_stood(action, steps.get(action.id, []), at) for at in (ends, begins))
        if then is None or (then.state == "done" and before is not None and before.state == "done"):
            continue
        counts[standing(then, on)] += 1
    return Week(week, counts["done"], counts["in_progress"], counts["behind"])


def _stood(action: Action, steps: Sequence[ActionUpdate], at: datetime) -> _Then | None:
    """What the first step after that instant found there; without one, what stands now. None: not added yet."""
    if action.created_at > at:
        return None
    step = next((step for step in steps if step.at > at), None)
    if step is None:
        return _Then(action.state, action.progress, action.starts_on, action.due_on)
    return _Then(step.old_state, step.old_progress, action.starts_on, step.old_due_on)
