"""Every rate and size of the product on one screen."""

from datetime import datetime, timedelta
from enum import Enum

from sqlmodel import Session

from models.conversation import RateBucket


class Rate(Enum):
    """How often (count, window) one person may do a thing."""

    TALK = (60, timedelta(minutes=1))
    WRITE = (60, timedelta(minutes=1))
    HONOUR = (20, timedelta(hours=1))
    STRANGER = (3, timedelta(hours=1))


ANSWER_CHARACTERS = 10_000
FORM_FIELD_CHARACTERS = 3_000
"""Slack: a plain_text_input takes at most 3,000."""
NOTE_CHARACTERS = 10_000
TITLE_CHARACTERS = 200
QUOTE_CHARACTERS = 300
FORM_TICKET = timedelta(seconds=3)
"""Slack: a trigger_id is valid for 3 s and once."""
UNDO_WINDOW = timedelta(hours=24)
QUESTION_PATIENCE = timedelta(hours=24)
SEND_LEASE = timedelta(seconds=20)
"""Longer than any send takes (three calls of five seconds at most)."""
LATE_PROMPT_GRACE = timedelta(hours=4)


def exceeded_by(session: Session, rate: Rate, who: str, now: datetime) -> int:
    """Count one more; how many times over the rate that is (0: allowed, 1: the first refusal)."""
    allowed, window = rate.value
    bucket = session.get(RateBucket, f"{rate.name}:{who}")
    if bucket is None or now - bucket.window_at >= window or now < bucket.window_at:
        session.merge(RateBucket(key=f"{rate.name}:{who}", window_at=now, count=1))
        return 0
    bucket.count += 1
    session.add(bucket)
    return max(0, bucket.count - allowed)
