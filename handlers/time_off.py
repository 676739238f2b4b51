"""Time off in chat; `back` lives with the check-ins, since it also means one question up."""

from handlers.intents import Away
from handlers.turn import Turn
from services import absences


def away(turn: Turn, intent: Away) -> None:
    start = intent.start or turn.today
    if intent.until is None:
        turn.ask(intent, "until", "ask_away_until")
    elif intent.until < start:
        turn.tell("away_wrong_order", start=start, until=intent.until)
    else:
        absences.record(turn.session, turn.person, start, intent.until, intent.reason or "", turn.now)
        turn.tell("away_set", start=start, until=intent.until)
