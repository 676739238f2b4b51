"""One's calendar in chat: connected by its address, shown without it, forgotten. In private only."""

from handlers.intents import Feed
from handlers.turn import Turn
from models.messages import Button
from models.organization import CalendarFeed
from services import feeds
from services.vault import Sealer, WrongKey

MOST_SHOWN = 5


def calendar(turn: Turn, intent: Feed) -> None:
    feed = feeds.of(turn.session, turn.person)
    if not turn.in_private:
        turn.reply("calendar_in_private", seen=intent.url is not None)
    elif intent.off:
        _forget(turn, feed)
    elif turn.sealer is None:
        turn.tell("calendar_needs_key")
    elif intent.url is not None:
        _connect(turn, turn.sealer, intent.url)
    else:
        _show(turn, turn.sealer, feed)


def _connect(turn: Turn, sealer: Sealer, written: str) -> None:
    """The address is said back to nobody, not even to who said it."""
    address = feeds.address_said(written)
    if address is None:
        turn.tell("calendar_bad_address", plain=written.lower().startswith("http:"))
        return
    feed = feeds.connect(turn.session, sealer, turn.person, address, turn.now)
    turn.tell("calendar_connected", _stop(turn), host=feeds.host(turn.session, sealer, feed))


def _stop(turn: Turn) -> Button:
    return turn.button("stop_calendar", "nocalendar", 0)


def _forget(turn: Turn, feed: CalendarFeed | None) -> None:
    if feed is None:
        turn.tell("calendar_none")
    else:
        feeds.disconnect(turn.session, feed, turn.person, turn.now)
        turn.tell("calendar_forgotten")


def _show(turn: Turn, sealer: Sealer, feed: CalendarFeed | None) -> None:
    if feed is None:
        turn.tell("calendar_none")
        return
    try:
        host = feeds.host(turn.session, sealer, feed)
    except WrongKey:
        host = ""
    turn.tell(
        "calendar_shown",
        _stop(turn),
        host=host,
        read_at=feed.read_at,
        error=feed.error,
        ahead=feeds.upcoming(turn.session, feed, turn.today)[:MOST_SHOWN],
        time_zone=turn.person.time_zone,
    )
