"""The weekly digest: collected as plain facts in one place, posted once per team and ISO week."""

import base64
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from models.check_ins import CheckIn, Response, Round
from models.db import insert_new, locked_for_me
from models.digests import Digest
from models.ledger import Action
from models.messages import Message, Picture
from models.organization import Channel, Person, Team
from models.recognition import Honoured, Recognition
from services import audit, blocker_words, blockers, calendar, pictures, posts, trends
from services.ledger import Standing, standing
from services.markup import plain
from services.render import render
from services.trends import Week

BATCH = 50
NEXT_DATES_WITHIN = timedelta(days=14)
MOST_LINES = 10


@dataclass(frozen=True)
class Line:
    """One action as the digest shows it; what Judged needs, and the owner's own last words."""

    number: int
    title: str
    owner: str
    state: str
    progress: int
    starts_on: date
    due_on: date
    note: str
    done_at: datetime | None


@dataclass(frozen=True)
class Figures:
    """Counts only, so that next week's digest can say what changed."""

    done: int
    in_progress: int
    behind: int
    blocked: int
    answered: int
    asked: int


def post_next(session: Session, now: datetime) -> int:
    """Post the digests that are due. A second process, or a second tick, finds the week already taken."""
    due = select(Team).where(col(Team.digest_due_at) <= now, Team.active).order_by(col(Team.digest_due_at)).limit(BATCH)
    teams = session.exec(locked_for_me(session, due)).all()
    for team in teams:
        post(session, team, team.digest_due_at or now, now)
        schedule(team, now)
        session.add(team)
    return len(teams)


def schedule(team: Team, after: datetime) -> None:
    """Set the next instant (UTC) of this team's digest; no day means no digest."""
    if team.digest_day is None or team.digest_at is None:
        team.digest_due_at = None
        return
    team.digest_due_at = calendar.next_weekly(team.digest_day, team.digest_at, team.time_zone, after)


def post(session: Session, team: Team, due_at: datetime, now: datetime) -> None:
    """Post the digest of the week in which it was due, however late it is by now."""
    week = calendar.iso_week(due_at, team.time_zone)
    facts = collect(session, team, week, now)
    row = {
        "organization_id": team.organization_id,
        "team_id": team.id,
        "week": week,
        "figures": asdict(facts["figures"]),
        "posted_at": now,
    }
    if not insert_new(session, Digest, [row]):
        return
    message_for = message_of(facts, trends.weeks_until(session, team, week, now))
    posts.publish(session, now, team, f"digest:{team.id}:{week}", message_for)
    posted = session.exec(select(Digest).where(Digest.team_id == team.id, Digest.week == week)).one()
    audit.write(session, now, audit.CLOCK, "digest.posted", posted, new={"week": week})


def message_of(facts: dict[str, Any], weeks: list[Week]) -> posts.MessageFor:
    drawn = _drawn(weeks)

    def message_for(locale: str, _channel: Channel | None) -> Message:
        alt = plain(render(locale, "trend_alt", weeks=weeks))
        picture = Picture(png=drawn, alt=alt) if drawn else None
        return Message(markup=render(locale, "digest", **facts), picture=picture)

    return message_for


def _drawn(weeks: list[Week]) -> str | None:
    """A picture of nothing is none."""
    counts = [(week.done, week.in_progress, week.behind) for week in weeks]
    return base64.b64encode(pictures.trend(counts)).decode() if any(map(any, counts)) else None


def collect(session: Session, team: Team, week: str, now: datetime) -> dict[str, Any]:
    """The facts of one team's week, nothing private among them; the same for the post and for `digest` in chat."""
    begins, ends = calendar.week_bounds(week, team.time_zone)
    today = calendar.local_date(now, team.time_zone)
    lines = _lines(session, team, begins)
    by_standing: dict[Standing, list[Line]] = {"done": [], "in_progress": [], "behind": [], "dropped": []}
    for line in lines:
        by_standing[standing(line, today)].append(line)
    answered, asked = _answered(session, team, begins, ends)
    blocked = [each for each in blockers.open_of_teams(session, [team.id]) if blockers.is_for_all(session, each)]
    figures = Figures(
        done=len(by_standing["done"]),
        in_progress=len(by_standing["in_progress"]),
        behind=len(by_standing["behind"]),
        blocked=len(blocked),
        answered=answered,
        asked=asked,
    )
    return {
        "team": team.name,
        "week": week,
        "figures": figures,
        "before": _figures_before(session, team, week),
        "behind": by_standing["behind"][:MOST_LINES],
        "done": by_standing["done"][:MOST_LINES],
        "blocked": [blocker_words.facts(session, each, now) for each in blocked[:MOST_LINES]],
        "thanks": _thanks(session, team, begins, ends),
        "next_dates": _next_dates(session, team, lines, today),
    }


def _next_dates(session: Session, team: Team, lines: list[Line], today: date) -> list[tuple[date, str]]:
    """What comes in the next two weeks: items due and check-ins, by date."""
    last = today + NEXT_DATES_WITHIN
    running = session.exec(select(CheckIn).where(CheckIn.team_id == team.id, CheckIn.active)).all()
    coming = ((_next_round(session, check_in, today), check_in.name) for check_in in running)
    dates = [(on, name) for on, name in coming if on is not None and on <= last]
    dates += [
        (line.due_on, f"#{line.number} {line.title} · {line.owner}")
        for line in lines
        if line.state in ("in_progress", "blocked") and today <= line.due_on <= last
    ]
    return sorted(dates)[:MOST_LINES]


def _next_round(session: Session, check_in: CheckIn, today: date) -> date | None:
    """A Round is laid out before its day, so the rhythm alone would miss tomorrow's."""
    laid_out = select(func.min(Round.on_date)).where(Round.check_in_id == check_in.id, Round.on_date > today)
    laid_out = laid_out.where(Round.not_held == "")
    return session.exec(laid_out).one() or check_in.next_on


def _lines(session: Session, team: Team, begins: datetime) -> list[Line]:
    """Everything open, and what was finished this week; as tuples, never as loaded rows."""
    columns = (
        Action.number, Action.title, Person.name, Action.state, Action.progress, Action.starts_on, Action.due_on,
        Action.last_note, Action.done_at,
    )  # fmt: skip
    still_open = col(Action.state).in_(("in_progress", "blocked"))
    query = (
        select(*columns)  # type: ignore[call-overload]
        .join(Person, col(Action.owner_id) == Person.id)
        .where(Action.team_id == team.id, still_open | (col(Action.done_at) >= begins))
        .order_by(col(Action.due_on), col(Action.number))
    )
    return [Line(*row) for row in session.exec(query).all()]


def _answered(session: Session, team: Team, begins: datetime, ends: datetime) -> tuple[int, int]:
    """How many of this week's questions were answered, of how many asked; away is not counted."""
    rows = session.exec(
        select(Response.state, func.count())
        .join(Round)
        .where(Round.team_id == team.id, Response.prompt_at >= begins, Response.prompt_at < ends)
        .group_by(Response.state)
    ).all()
    counts = dict(rows)
    answered = counts.get("submitted", 0) + counts.get("late", 0)
    return answered, answered + sum(counts.get(state, 0) for state in ("prompted", "missed", "skipped"))


def _figures_before(session: Session, team: Team, week: str) -> Figures | None:
    before = session.exec(
        select(Digest.figures).where(Digest.team_id == team.id, Digest.week < week).order_by(col(Digest.week).desc())
    ).first()
    return Figures(**before) if before else None


def _thanks(session: Session, team: Team, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    given = session.exec(
        select(Recognition, Person.name)
        .join(Person, col(Recognition.giver_id) == Person.id)
        .where(Recognition.team_id == team.id, Recognition.public, col(Recognition.reversed_at).is_(None))
        .where(Recognition.given_at >= begins, Recognition.given_at < ends)
        .order_by(col(Recognition.id))
        .limit(MOST_LINES)
    ).all()
    return [
        {"giver": giver, "honoured": _honoured(session, thanks.id), "text": thanks.text, "values": thanks.values}
        for thanks, giver in given
    ]


def _honoured(session: Session, recognition_id: int) -> list[str]:
    query = select(Person.name).join(Honoured).where(Honoured.recognition_id == recognition_id)
    return list(session.exec(query.order_by(col(Honoured.id))).all())
