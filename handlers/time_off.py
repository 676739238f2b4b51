"""Time off and quiet hours in chat; `back` lives with the check-ins, since it also means one question up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from handlers import naming, undoing
from handlers.intents import Away, AwayIn, NotOff, Quiet
from handlers.turn import Turn
from models.messages import Button, Message
from models.organization import LOCALES, WEEKDAYS, Absence, Person, Team
from services import absences, announcements, calendar, permissions, questions, roster
from services.limits import FAR_END
from services.render import day, label, render

WEEK = timedelta(days=7)
NEAR = timedelta(days=90)


def away(turn: Turn, intent: Away) -> None:
    """One person at a time; whose absence it may be is known only once it is known whom he means."""
    if len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
        return
    person = _whose(turn, intent)
    if person is None:
        return
    if not permissions.records_absence(turn.session, turn.person, person):
        turn.tell("away_not_yours", name=person.name)
        return
    _settle(turn, replace(intent, start=intent.start or _today(turn, person)), person)


def _whose(turn: Turn, intent: Away) -> Person | None:
    if not intent.who:
        return turn.person
    return naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])


def _today(turn: Turn, person: Person) -> date:
    return calendar.local_date(turn.now, person.time_zone)


def _settle(turn: Turn, intent: Away, person: Person) -> None:
    """An end that cannot be, or lies very far off, is said and asked for again; whatever else was said is kept."""
    start, until = intent.start, intent.until
    assert start is not None
    wrong = until or intent.doubted
    if wrong is not None and wrong < start:
        turn.tell("away_wrong_order", start=start, until=wrong)
        _ask_end(turn, replace(intent, until=None, doubted=None), person)
    elif until is None:
        _ask_end(turn, intent, person)
    elif until - start > FAR_END and until != intent.doubted:
        _ask_whether_so_long(turn, replace(intent, until=None, doubted=until), person)
    else:
        _record(turn, person, absences.Said(start, until, intent.reason or ""))


def _ask_end(turn: Turn, intent: Away, person: Person) -> None:
    intent = _about(intent, turn, person)
    options = _ends(turn, intent.start or turn.today, person)
    turn.ask(intent, "until", "ask_away_until", topic=f"away:{person.id}", options=options, name=_name(turn, person))


def _ask_whether_so_long(turn: Turn, intent: Away, person: Person) -> None:
    intent = _about(intent, turn, person)
    options = [{"value": str(intent.doubted), "key": "so_long"}]
    turn.ask(
        intent, "until", "ask_away_far", topic=f"away:{person.id}", options=options,
        start=intent.start, until=intent.doubted, past=_day_just_past(intent), name=_name(turn, person),
    )  # fmt: skip


def _day_just_past(intent: Away) -> date | None:
    """Days without a year are read as the next to come: what was said may well have been the last one."""
    assert intent.start is not None
    assert intent.doubted is not None
    last = intent.doubted + relativedelta(years=-1)
    return last if intent.start - NEAR <= last < intent.start else None


def _about(intent: Away, turn: Turn, person: Person) -> Away:
    return intent if person.id == turn.person.id else replace(intent, who=(naming.by_id(person),))


def _name(turn: Turn, person: Person) -> str:
    """ "" for oneself."""
    return "" if person.id == turn.person.id else person.name


def _ends(turn: Turn, start: date, person: Person) -> list[dict[str, Any]]:
    """The quick choices: by their words when it begins today, else by their dates."""
    start = min(start, date.max - 3 * WEEK)
    friday = _last_work_day(start, person)
    ends = {"today": start, "tomorrow": start + timedelta(days=1), "this_week": friday, "next_week": friday + WEEK}
    unlike = {end: key for key, end in reversed(ends.items())}
    today = start == _today(turn, person)
    return [
        {"value": str(end), **({"key": unlike[end]} if today else {"text": day(turn.locale, end)})}
        for end in sorted(unlike)
    ]


def _last_work_day(start: date, person: Person) -> date:
    """Of the week (Monday to Sunday) of `start`, or of the next one when this one's are over."""
    monday = start - timedelta(days=start.weekday())
    last = max((WEEKDAYS.index(name) for name in person.work_days), default=4)
    friday = monday + timedelta(days=last)
    return friday if friday >= start else friday + WEEK


def _record(turn: Turn, person: Person, said: absences.Said) -> None:
    absence = absences.record(turn.session, person, said, turn.now, by=turn.person)
    buttons = [*undoing.button(turn), *_narrowings(turn, absence, person)]
    if person.id == turn.person.id:
        turn.tell("away_set", *buttons, start=said.start, until=said.until, team=None)
    else:
        turn.tell("away_set_for", *buttons, name=person.name, start=said.start, until=said.until, team=None)
        _tell_who_is_away(turn, absence, person)


def _tell_who_is_away(turn: Turn, absence: Absence, person: Person) -> None:
    text = render(
        person.locale, "away_recorded", by=turn.person.name, start=absence.starts_on, until=absence.ends_on,
        reason=absence.reason,
    )  # fmt: skip
    message = Message(markup=text, buttons=absences.not_off_button(turn.session, absence, person, turn.now))
    announcements.tell(turn.session, turn.now, person, message, f"away_recorded:{absence.id}")


def _teams(turn: Turn, person: Person) -> Sequence[Team]:
    """Those that ask him, and that the one who speaks knows of."""
    asking = absences.teams_asking(turn.session, person)
    if person.id == turn.person.id:
        return asking
    return [team for team in asking if permissions.sees_team(turn.session, turn.person, team.id)]


def _narrowings(turn: Turn, absence: Absence, person: Person) -> list[Button]:
    """[Only <team>] for who is asked by several, and [All teams] once it is narrowed; their words work typed too."""
    teams = _teams(turn, person)
    if len(teams) < 2:
        return []
    options: list[dict[str, Any]] = [{"value": 0, "key": "all_teams"}]
    for number, team in enumerate(teams, start=1):
        options += [{"value": number, "text": _only(locale, team)} for locale in LOCALES]
    topic, slots = f"{questions.ASIDE}awayin:{absence.id}", {"absence_id": absence.id}
    questions.ask(turn.session, turn.now, turn.person, topic, AwayIn.name, slots, "team", options, takes_text=False)
    others = [(number, team) for number, team in enumerate(teams, start=1) if team.id != absence.team_id]
    buttons = [Button(label=_only(turn.locale, team)[:75], action=_action(absence, at)) for at, team in others]
    if absence.team_id is not None:
        buttons.append(Button(label=label(turn.locale, "all_teams"), action=_action(absence, 0)))
    return buttons


def _action(absence: Absence, place: int) -> str:
    return f"v1:awayin:{absence.id}:{place}"


def _only(locale: str, team: Team) -> str:
    return label(locale, "only_team").format(team=team.name)


def away_in(turn: Turn, intent: AwayIn) -> None:
    absence = absences.by_id(turn.session, intent.absence_id)
    assert absence is not None
    person = turn.session.get_one(Person, absence.person_id)
    teams = _teams(turn, person)
    if not 0 <= intent.team <= len(teams):
        turn.reply("question_over")
        return
    team = teams[intent.team - 1] if intent.team else None
    absences.narrow(turn.session, absence, team, turn.person, turn.now)
    said = {"start": absence.starts_on, "until": absence.ends_on, "team": team.name if team else None}
    buttons = _narrowings(turn, absence, person)
    if person.id == turn.person.id:
        turn.tell("away_set", *buttons, **said)
    else:
        turn.tell("away_set_for", *buttons, name=person.name, **said)


def not_off(turn: Turn, intent: NotOff) -> None:
    """Overruled for good; who recorded it is told."""
    absence = absences.by_id(turn.session, intent.absence_id)
    assert absence is not None
    fresh = absence.overruled_at is None
    absences.overrule(turn.session, absence, turn.person, turn.now)
    turn.tell("not_off", start=absence.starts_on, until=absence.ends_on)
    if fresh and absence.recorded_by_id is not None:
        teller = turn.session.get_one(Person, absence.recorded_by_id)
        text = render(
            teller.locale, "not_off_told", name=turn.person.name, start=absence.starts_on, until=absence.ends_on
        )
        announcements.tell(turn.session, turn.now, teller, Message(markup=text), f"not_off:{absence.id}")


def quiet(turn: Turn, intent: Quiet) -> None:
    if intent.off or (intent.start and intent.until):
        start, until = (None, None) if intent.off else (intent.start, intent.until)
        roster.be_quiet(turn.session, turn.person, start, until, turn.now)
    person = turn.person
    turn.tell("quiet_hours", start=person.quiet_from, until=person.quiet_until, time_zone=person.time_zone)
