"""How much the bot says to a person by itself: his own choice."""

from handlers.intents import Intensity
from handlers.turn import Turn
from models.organization import INTENSITIES
from services import roster


def intensity(turn: Turn, intent: Intensity) -> None:
    if intent.level is None:
        options = [{"value": level, "key": level} for level in INTENSITIES]
        level = turn.person.intensity
        turn.ask(intent, "level", "ask_intensity", options=options, takes_text=False, level=level)
        return
    roster.be_reminded(turn.session, turn.person, intent.level, turn.now)
    turn.tell("intensity_set", level=intent.level)
