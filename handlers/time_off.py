"""Time off and quiet hours in chat; `back` lives with the check-ins, since it also means one question up."""

from handlers.intents import Away, Quiet
from handlers.turn import Turn
from services import absences, roster


def away(turn: Turn, intent: Away) -> None:
    start = intent.start or turn.today
    if intent.until is None:
        turn.ask(intent, "until", "ask_away_until")
    elif intent.until < start:
        turn.tell("away_wrong_order", start=start, until=intent.until)
    else:
        absences.record(turn.session, turn.person, start, intent.until, intent.reason or "", turn.now)
        turn.tell("away_set", start=start, until=intent.until)


def quiet(turn: Turn, intent: Quiet) -> None:
    if intent.off or (intent.start and intent.until):
        start, until = (None, None) if intent.off else (intent.start, intent.until)
        roster.be_quiet(turn.session, turn.person, start, until, turn.now)
    person = turn.person
    turn.tell("quiet_hours", start=person.quiet_from, until=person.quiet_until, time_zone=person.time_zone)
