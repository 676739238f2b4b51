"""When two people talk, as said in chat, and telling the other of the two."""

from datetime import UTC, datetime, timedelta

from handlers.turn import Turn
from handlers.understanding.folded import fold
from handlers.understanding.moments import read_moment, says_a_time
from models.coaching import OneOnOne
from services import calendar
from services import one_on_ones as talks

WHEN = {"in_a_week": "7", "in_two_weeks": "14", "in_a_month": "30"}
"""Buttons, and how many days from now each of them means."""
FARTHEST = timedelta(days=400)


def when_said(turn: Turn, talk: OneOnOne, said: str) -> datetime | None:
    """An answer to "when": so many days as a button says, or a day and time as typed (UTC). A day without a time means
    the usual hour of the two; None for what is no time to come."""
    if said in WHEN.values():
        return talks.in_days(turn.session, talk, int(said), turn.now)
    words, zone = fold(said).text, turn.person.time_zone
    moment = read_moment(words, turn.now, calendar.zone(zone))
    if moment is None or moment.until is None:
        return None
    at = moment.until.astimezone(UTC)
    if not says_a_time(words):
        at = talks.at_the_usual_hour(turn.session, talk, calendar.local_date(at, zone))
    return at if turn.now < at <= turn.now + FARTHEST else None


def tell_the_other(turn: Turn, talk: OneOnOne, was: datetime | None = None) -> None:
    """`was`: when the talk was to be, if none is planned now."""
    other = talks.other_of(turn.session, talk, turn.person)
    talks.tell(turn.session, talk, other, turn.now, f"talk:{talk.id}:{turn.receipt_id}", was)
