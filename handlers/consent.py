"""First contact in chat: before a person agrees nothing he writes is kept, and three taps are enough."""

from dataclasses import replace
from typing import Any

from handlers.filling import WORDS
from handlers.intents import (
    Arrive,
    Choose,
    Consent,
    Contact,
    ForgetMe,
    Help,
    Intent,
    Language,
    MyData,
    OpenHome,
    Privacy,
    Said,
)
from handlers.reading import read
from handlers.turn import Turn
from models.organization import LOCALES, WEEKDAYS
from services import consent, limits, questions, reach, roster, zones
from services.limits import Rate
from services.render import label, words

BEFORE_IT = (Consent, Contact, ForgetMe, Help, Language, MyData, OpenHome, Privacy)
"""What works before a person agrees."""
MONDAY_TO_FRIDAY = WEEKDAYS[:5]


def before(turn: Turn) -> list[Intent] | None:
    """What to do for somebody who has not agreed; None where what he wrote is not kept, and he is told so."""
    answer = _answer(turn)
    if answer is not None:
        return [Consent(answer)]
    intents = list(read(turn))
    if intents and all(isinstance(intent, BEFORE_IT) or _goes_on(turn, intent) for intent in intents):
        return intents
    return None


def _answer(turn: Turn) -> Any:
    """The typed word of one of the three buttons."""
    if turn.incoming.kind != "text" or not turn.in_private:
        return None
    typed = turn.incoming.text.strip().strip(WORDS["trimmed_signs"][0]).casefold()
    for position, key in enumerate(consent.ANSWERS, start=1):
        if typed == str(position) or typed in {label(locale, key).casefold() for locale in LOCALES}:
            return key
    return "ok" if typed in WORDS["agreed"] else None


def _goes_on(turn: Turn, intent: Intent) -> bool:
    """The answer to a question that one of the things allowed before it has asked."""
    if isinstance(intent, Choose):
        question = questions.by_id(turn.session, turn.person, intent.question_id)
    elif isinstance(intent, Said):
        question = questions.newest(turn.session, turn.person, turn.now)
    else:
        return False
    return question is not None and question.intent in {kind.name for kind in BEFORE_IT}


def not_kept(turn: Turn) -> str:
    """Says so, and asks, but not each time somebody goes on writing. Returns the receipt's state."""
    over = limits.exceeded_by(turn.session, Rate.STRANGER, f"not_agreed:{turn.person.id}", turn.now)
    if over:
        return "limited"
    turn.tell("not_kept")
    _introduce(turn)
    turn.send_replies()
    return "done"


def _introduce(turn: Turn) -> None:
    facts = consent.introduction(turn.session, turn.person)
    turn.tell("first_contact", *consent.buttons(turn.person), **facts)


def agree(turn: Turn, intent: Consent) -> None:
    """One of the three buttons. Pressed again after he agreed, it changes nothing."""
    if turn.person.consented_at is not None and intent.answer != "details":
        turn.tell("agreed_already")
    elif intent.answer == "ok":
        consent.agree(turn.session, turn.person, turn.now)
        turn.tell("agreed")
        turn.again(Arrive())
    elif intent.answer == "not_me":
        _not_me(turn)
    else:
        turn.again(Privacy())
        _introduce(turn)


def _not_me(turn: Turn) -> None:
    incoming = turn.incoming
    account = reach.identity(turn.session, incoming.platform, incoming.connection, incoming.sender)
    if account is not None:
        consent.not_me(turn.session, turn.person, account, turn.now)
    turn.tell("not_me", organization=turn.organization.name)


def arrive(turn: Turn, intent: Arrive) -> None:
    """His zone, then his work days; then what could not be asked before is asked."""
    if intent.zone is None:
        _ask_zone(turn, intent)
    elif intent.zone.casefold() in WORDS["agreed"]:
        turn.again(replace(intent, zone=turn.person.time_zone))
    elif intent.zone == "change":
        turn.ask(replace(intent, zone=None), "zone", "ask_which_zone")
    elif zones.exact(intent.zone) is None:
        _ask_near_zone(turn, replace(intent, zone=None), intent.zone)
    elif intent.days is None:
        _ask_days(turn, intent)
    elif intent.days in WORDS["agreed"]:
        turn.again(replace(intent, days=",".join(turn.person.work_days)))
    elif not (days := read_days(intent.days)):
        turn.ask(replace(intent, days=None), "days", "ask_which_days")
    else:
        _settle(turn, intent.zone, days)


def _ask_zone(turn: Turn, intent: Arrive) -> None:
    zone = turn.person.time_zone
    options = [{"value": zone, "key": "yes"}, {"value": "change", "key": "change"}]
    turn.ask(intent, "zone", "ask_zone", options=options, moment=turn.now, time_zone=zone)


def _ask_near_zone(turn: Turn, intent: Arrive, written: str) -> None:
    near = zones.near(written)
    options = [{"value": zone, "text": zone} for zone in near]
    turn.ask(intent, "zone", "zone_unknown", options=options, written=written, near=near)


def _ask_days(turn: Turn, intent: Arrive) -> None:
    days = turn.person.work_days or list(MONDAY_TO_FRIDAY)
    shown = {"key": "mon_fri"} if tuple(days) == MONDAY_TO_FRIDAY else {"text": days_text(turn.locale, days)}
    options = [{"value": ",".join(days), **shown}, {"value": "change", "key": "change"}]
    turn.ask(intent, "days", "ask_days", options=options, days=days_text(turn.locale, days))


def days_text(locale: str, days: list[str]) -> str:
    names = words(locale)["weekdays"]
    return " / ".join(names[day] for day in days)


def _settle(turn: Turn, written: str, days: list[str]) -> None:
    zone = zones.exact(written) or turn.person.time_zone
    roster.settle(turn.session, turn.person, zone, days, turn.now)
    consent.wake(turn.session, turn.person, turn.now, turn.now)
    turn.tell("arrived", time_zone=zone, moment=turn.now, days=days_text(turn.locale, days))


def read_days(written: str) -> list[str]:
    """ "Mon-Thu", "mo, we", in either language: weekdays in their order; none where nothing can be read."""
    text = written.casefold()
    found = sorted(
        (place, -len(word), WEEKDAYS.index(day))
        for day in WEEKDAYS
        for word in WORDS[f"day_{day}"]
        if (place := text.find(word)) >= 0
    )
    days: set[int] = set()
    last, end = -1, 0
    for place, shortness, day in found:
        if place < end:
            continue
        between = text[end:place].strip()
        if last >= 0 and between in WORDS["from_to"]:
            days |= {(last + step) % 7 for step in range((day - last) % 7 + 1)}
        days.add(day)
        last, end = day, place - shortness
    return [WEEKDAYS[day] for day in sorted(days)]
