"""Applying a team's check-ins: new, changed, ended, and what that means for the Rounds still open."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from models.check_ins import CheckIn, Response, Round
from models.organization import Team
from services import calendar, rounds
from services.applying import Applying
from services.programme_parts import CheckInPart, TeamPart


def apply(doing: Applying, team: Team, part: TeamPart) -> None:
    rows = {row.name: row for row in doing.session.exec(select(CheckIn).where(CheckIn.team_id == team.id)).all()}
    for stated in part.check_ins:
        put(doing, team, stated, rows.pop(stated.name, None))
    left = [row for row in rows.values() if row.active]
    doing.leave_alone([f"check-in {row.name} of {team.name}" for row in left if row.source == "chat"])
    stop(doing, team, [row for row in left if row.source == "file"])


def put(doing: Applying, team: Team, part: CheckInPart, known: CheckIn | None, source: str = "file") -> CheckIn:
    """Make the check-in what the part says, with its open Rounds; for the file and for what is set up in chat."""
    row = known or CheckIn(
        organization_id=team.organization_id,
        team_id=team.id,
        name=part.name,
        starts_on=calendar.local_date(doing.now, team.time_zone),
        rhythm=part.rhythm,
        at=part.at,
        closes_after_minutes=0,
        active=False,
    )
    before = (row.active, row.rhythm, row.at)
    stored: CheckIn = doing.put(
        row,
        f"check-in {part.name} of {team.name}",
        rhythm=part.rhythm,
        at=part.at,
        closes_after_minutes=_minutes(part.closes_after),
        reminder_before_minutes=_minutes(part.reminder_before) if part.reminder_before else None,
        questions=[question.model_dump() for question in part.questions],
        active=True,
        source=source,
    )
    if (stored.active, stored.rhythm, stored.at) != before:
        rounds.schedule(stored, after=_last_day_taken(doing, team, stored))
        doing.session.add(stored)
    _renew_open_rounds(doing, stored)
    return stored


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)


def _last_day_taken(doing: Applying, team: Team, check_in: CheckIn) -> Any:
    """The next occurrence lies after this date: after the last Round there is, and not at an hour already past."""
    today = calendar.local_date(doing.now, team.time_zone)
    passed = calendar.instant(today, check_in.at, team.time_zone) <= doing.now
    rounds_so_far = select(Round).where(Round.check_in_id == check_in.id).order_by(col(Round.on_date).desc())
    last = doing.session.exec(rounds_so_far).first()
    yesterday = today - timedelta(days=0 if passed else 1)
    return max(yesterday, last.on_date) if last else yesterday


def _renew_open_rounds(doing: Applying, check_in: CheckIn) -> None:
    """Who joined is asked in the Rounds still ahead of him; who was not asked yet is asked at the new time."""
    open_rounds = select(Round).where(Round.check_in_id == check_in.id, col(Round.closed_at).is_(None))
    for round_ in doing.session.exec(open_rounds).all():
        rounds.invite(doing.session, check_in, round_, only_after=doing.now)
        planned = select(Response).where(Response.round_id == round_.id, Response.state == "planned")
        for response in doing.session.exec(planned).all():
            rounds.replan_response(doing.session, response)


def stop(doing: Applying, team: Team, check_ins: Iterable[CheckIn]) -> None:
    for check_in in check_ins:
        check_in.active, check_in.next_on, check_in.due_at = False, None, None
        doing.session.add(check_in)
        doing.note("-", f"check-in {check_in.name} of {team.name}", "", check_in)
