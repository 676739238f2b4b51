"""Every rate and size of the product on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlmodel import Session, col, func, select

from models.conversation import RateBucket
from models.messages import Delivery


class Rate(Enum):
    """How often (count, window) one person may do a thing."""

    TALK = (60, timedelta(minutes=1))
    WRITE = (60, timedelta(minutes=1))
    CHANGE = (300, timedelta(minutes=1))
    HONOUR = (20, timedelta(hours=1))
    HINT = (1, timedelta(days=7))
    STRANGER = (3, timedelta(hours=1))
    LINK = (5, timedelta(hours=1))
    CALENDAR = (20, timedelta(hours=1))


@dataclass(frozen=True)
class Pace:
    """At most `count` sent messages in any `window`: to each place of a kind, or over all of them (kind "")."""

    kind: str
    count: int
    window: timedelta


SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OUTGOING: dict[str, tuple[Pace, ...]] = {
    "slack": (Pace("", 300, MINUTE), Pace("channel", 60, MINUTE), Pace("dm", 60, MINUTE)),
    "telegram": (Pace("", 30, SECOND), Pace("dm", 60, MINUTE), Pace("channel", 20, MINUTE)),
    "wecom": (Pace("dm", 15, MINUTE), Pace("dm", 500, HOUR), Pace("channel", 200, MINUTE)),
    "wecom_aibot": (
        Pace("dm", 30, MINUTE), Pace("channel", 30, MINUTE), Pace("dm", 1000, HOUR), Pace("channel", 1000, HOUR),
    ),
    "wecom_robot": (Pace("channel", 20, MINUTE),),
}  # fmt: skip
"""Slack: about one a second for each channel, bursts allowed. Telegram: 30/s in all, 20/min in a group. WeCom: over
30/min or 1,000/h a member gets nothing, and nobody is told, and a text with a card under it is two; a group robot
takes 20/min."""


def _units(text: str) -> int:
    """Telegram counts UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _bytes(text: str) -> int:
    """WeCom counts bytes; its dialect writes the angle brackets people type full width, three bytes each."""
    return len(text.encode()) + 2 * (text.count("<") + text.count(">"))


LONGEST_MESSAGE: dict[str, tuple[int, Callable[[str], int]]] = {
    "slack": (9000, len),
    "telegram": (4000, _units),
    "wecom": (1900, _bytes),
    "wecom_aibot": (20_000, _bytes),
    "wecom_robot": (1900, _bytes),
}
"""A little under what each takes (about 10,000 characters of blocks; 4,096 units; 2,048 or 20,480 bytes)."""
CAPTION = {"slack": 9000, "telegram": 1000}
"""How much text may stand under a picture; where a platform is not named, a picture is a message of its own."""

ANSWER_CHARACTERS = 10_000
FORM_FIELD_CHARACTERS = 3_000
"""Slack: a plain_text_input takes at most 3,000."""
NOTE_CHARACTERS = 10_000
TITLE_CHARACTERS = 200
OPTION_CHARACTERS = 75
"""Slack: the text of a button, and of an option to choose, has at most 75."""
QUOTE_CHARACTERS = 300
PUBLIC_THANKS = (10, timedelta(days=7))
"""How many posts of thanks one person gives in any such time; private thanks are never limited."""
FORM_TICKET = timedelta(seconds=3)
"""Slack: a trigger_id is valid for 3 s and once."""
UNDO_WINDOW = timedelta(hours=24)
QUESTION_PATIENCE = timedelta(hours=24)
SEND_LEASE = timedelta(seconds=30)
"""Longer than any send takes (five calls of five seconds at most: a picture is uploaded in three)."""
LATE_PROMPT_GRACE = timedelta(hours=4)
FAR_END = timedelta(days=183)
"""An absence longer than half a year is asked about: mostly a day of next year was not meant."""
QUIET_HOURS = ("22:00", "08:00")
"""What one press on the home page chooses; any other hours are typed."""
CHANGES_SETTLE = timedelta(minutes=1)
"""What somebody goes on changing is shown at once, and then once in this time."""
FORM_STAYS_OPEN = timedelta(minutes=30)
"""How long a form is taken to be still before a person's eyes, and changed when its answers change."""
HOME_STAYS_FRESH = timedelta(days=1)
"""How long after it was shown a home page is kept true."""


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


def free_at(session: Session, delivery: Delivery, now: datetime) -> datetime | None:
    """When its platform will take this message; None: now. Exact over any window, for what was sent is remembered."""
    paces = [pace for pace in OUTGOING.get(delivery.platform, ()) if pace.kind in ("", delivery.place_kind)]
    if not paces or not _is_much(session, delivery, paces, now):
        return None
    instants = [_free_at(session, delivery, pace, now) for pace in paces]
    return max((instant for instant in instants if instant is not None), default=None)


def _is_much(session: Session, delivery: Delivery, paces: list[Pace], now: datetime) -> bool:
    """Whether so much was sent lately that any pace can matter: mostly not, which one look tells."""
    least, longest = min(pace.count for pace in paces), max(pace.window for pace in paces)
    lately = (col(Delivery.sent_at) > now - longest) | (col(Delivery.state) == "sending")
    of_connection = (Delivery.platform == delivery.platform, Delivery.connection == delivery.connection)
    return len(session.exec(select(Delivery.id).where(*of_connection, lately).limit(least)).all()) >= least


def _free_at(session: Session, delivery: Delivery, pace: Pace, now: datetime) -> datetime | None:
    """The `count`-th last message leaves the window then. What is in flight counts as sent this very moment."""
    of_pace = [Delivery.platform == delivery.platform, Delivery.connection == delivery.connection]
    if pace.kind:
        of_pace += [Delivery.place_kind == delivery.place_kind, Delivery.place_id == delivery.place_id]
    flying = select(func.count()).where(*of_pace, Delivery.state == "sending", col(Delivery.lease_until) > now)
    room = pace.count - session.exec(flying).one()
    if room <= 0:
        return now + pace.window
    sent = select(Delivery.sent_at).where(*of_pace, col(Delivery.sent_at) > now - pace.window)
    nth = session.exec(sent.order_by(col(Delivery.sent_at).desc()).offset(room - 1).limit(1)).first()
    return nth + pace.window if nth is not None else None
