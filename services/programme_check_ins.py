"""Applying a team's check-ins: new, changed, ended, and what that means for the Rounds still open."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import select

from models.check_ins import CheckIn
from models.organization import Organization, Team
from services import calendar, layout
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
    if known is not None:
        layout.catch_up(doing.session, known, doing.now)
    stored: CheckIn = doing.put(
        row,
        f"check-in {part.name} of {team.name}",
        rhythm=part.rhythm,
        at=part.at,
        closes_after_minutes=_minutes(part.closes_after),
        reminder_before_minutes=_minutes(part.reminder_before) if part.reminder_before else None,
        questions=[question.as_row() for question in part.questions],
        anonymous=part.anonymous,
        paused_until=part.paused_until if "paused_until" in part.model_fields_set else row.paused_until,
        active=True,
        source=source,
    )
    layout.renew(doing.session, stored, doing.now)
    if stored.next_for is None:
        doing.leave_alone([f"check-in {part.name} of {team.name}"], f"{part.rhythm} fires no more within five years")
    return stored


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)


def stop(doing: Applying, team: Team, check_ins: Iterable[CheckIn]) -> None:
    for check_in in check_ins:
        check_in.active = False
        layout.renew(doing.session, check_in, doing.now)
        doing.note("-", f"check-in {check_in.name} of {team.name}", "", check_in)


def follow(doing: Applying, organization: Organization) -> None:
    """What was set up in chat follows the people, days and teams of the file too."""
    ours = select(CheckIn).where(CheckIn.organization_id == organization.id, CheckIn.active, CheckIn.source == "chat")
    for check_in in doing.session.exec(ours).all():
        layout.renew(doing.session, check_in, doing.now)
