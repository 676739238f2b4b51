"""From when to when: `quiet 22:00-08:00`, `quiet 10pm to 8am`. Each side is a time by the clock."""

import re

from handlers.intents import Quiet, Reading
from handlers.understanding.arguments import Call, after_fits
from handlers.understanding.wording import TABLE, any_of, bounded, compile_shape, number

_QUIET, _CLOCK = TABLE["quiet"], TABLE["clock"]
_LEAD = re.compile(rf"(?:{bounded(any_of(_QUIET['lead']))} ?)*")
_OFF = re.compile(rf"(?:{bounded(any_of(_QUIET['off']))})[ .!]*")
_BETWEEN = re.compile(rf" ?(?:{any_of(_QUIET['between'])}) ?")
_PM, _AM = (re.compile(any_of(_CLOCK[half])) for half in ("pm", "am"))
_PART = rf"(?:(?:{any_of(_CLOCK['am'] + _CLOCK['pm'])}) ?)?"
_SHAPES = [
    (re.compile(rf"{_PART}(?:{compile_shape(shape).pattern})(?: ?{_PART})?"), minutes)
    for shape, minutes in [*TABLE["clock_minutes"], ["{hour}", 0]]
]


def quiet(call: Call) -> Reading | None:
    """The hours, or off; the word alone shows them. `quiet week` is talk."""
    if after_fits(call.text, 0):
        return None if call.context.open_question else Reading((Quiet(),))
    lead = _LEAD.match(call.text)
    words = call.text[lead.end() if lead else 0 :].strip(" .!")
    if _OFF.fullmatch(words):
        return Reading((Quiet(off=True),))
    for sign in _BETWEEN.finditer(words):
        start, until = _time(words[: sign.start()]), _time(words[sign.end() :])
        if start and until and start != until:
            return Reading((Quiet(start, until),))
    return None


def _time(said: str) -> str | None:
    """ "22:00", "10pm" as "HH:MM"; a bare hour is taken as it stands."""
    for shape, minutes in _SHAPES:
        match = shape.fullmatch(said)
        if match:
            groups = match.groupdict()
            hour, minute = _hour(int(number(groups["hour"])), said), int(groups.get("minute") or minutes)
            return f"{hour % 24:02}:{minute:02}" if hour <= 24 else None
    return None


def _hour(hour: int, said: str) -> int:
    if _PM.search(said) and hour < 12:
        return hour + 12
    return hour % 12 if _AM.search(said) and hour <= 12 else hour
