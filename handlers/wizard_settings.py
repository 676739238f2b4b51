"""The settings of a team and its check-ins: menus of `setup`, one question for each thing, every change announced.

`version` travels with the question: who comes second is told what it became meanwhile, by whom, and asked again.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from handlers import wizard, wizard_people, wizard_trial
from handlers.filling import day_in
from handlers.intents import ChangeSetting
from handlers.turn import Turn
from handlers.understanding.dates import span_at
from handlers.understanding.folded import fold
from handlers.understanding.rhythms import read_rhythm
from handlers.wizard import BACK, Problem
from models.audit import AuditEntry
from models.check_ins import CheckIn
from models.organization import WEEKDAYS, Person, Team
from services import calendar, changes, people, reflections, rhythms, set_up, setting_words, statutory, zones
from services.render import TEMPLATES
from services.set_up import Plan

TOPIC = "setting"
WORDS: dict[str, Any] = tomllib.loads((TEMPLATES / "set_up.toml").read_text("utf-8"))
OF_CHECK_IN = ("time", "questions", "window", "pause", "resume", "try", "stop")
OF_TEAM = ("off_day", "country", "digest", "zone", "reflection")
OFF_DAYS = ("skip", "before", "after")
LONGEST_WINDOW_MINUTES = 31 * 24 * 60
COLUMNS = {
    "time": ("rhythm", "at"), "questions": ("questions",), "window": ("closes_after_minutes",),
    "pause": ("paused_until",), "resume": ("paused_until",), "stop": ("active",),
    "off_day": ("off_day",), "country": ("country",), "digest": ("digest_day", "digest_at"),
    "zone": ("time_zone",), "reflection": ("reflect_due_at",),
}  # fmt: skip
Values = dict[str, Any]


def change(turn: Turn, intent: ChangeSetting) -> None:
    """A menu, a question, or the change itself, as far as the intent is filled."""
    team = turn.session.get_one(Team, intent.team_id)
    if intent.what == BACK or intent.said == BACK:
        menu(turn, replace(intent, check_in_id=None if intent.said is None else intent.check_in_id), team)
    elif intent.what is None:
        menu(turn, intent, team)
    elif intent.what.startswith("check_in:"):
        menu(turn, replace(intent, check_in_id=int(intent.what.partition(":")[2])), team)
    elif intent.what in ENTRIES:
        ENTRIES[intent.what](turn, intent, team)
    else:
        _one_thing(turn, intent, team)


def menu(turn: Turn, intent: ChangeSetting, team: Team, with_people: bool = True) -> None:
    """Of a check-in, or of the team with all its check-ins."""
    asked = ChangeSetting(team_id=team.id, check_in_id=intent.check_in_id)
    check_in = _check_in(turn, asked)
    if check_in is not None:
        paused = check_in.paused_until is not None
        keys = [key for key in OF_CHECK_IN if key != ("pause" if paused else "resume")]
        options = [{"value": key, "key": f"set_{key}"} for key in keys] + [{"value": BACK, "key": "go_back"}]
        _ask_what(turn, asked, options, "setting_menu", **_about(turn, team, [check_in]))
        return
    own = set_up.check_ins_of(turn.session, team)
    options = [{"value": f"check_in:{each.id}", "text": each.name} for each in own]
    options += [{"value": key, "key": f"set_{key}"} for key in ("add", "people", "rules")]
    _ask_what(turn, replace(asked, check_in_id=None), options, "setting_menu", **_about(turn, team, own, with_people))


def _ask_what(turn: Turn, intent: ChangeSetting, options: list[Values], template: str, **facts: Any) -> None:
    turn.ask(intent, "what", template, topic=TOPIC, options=options, takes_text=False, **facts)


def _about(turn: Turn, team: Team, check_ins: Any, with_people: bool = True) -> Values:
    zone = team.time_zone
    lines = [
        {
            "name": each.name,
            "rhythm": rhythms.in_words(turn.locale, each.rhythm),
            "at": each.at,
            "window": setting_words.duration(turn.locale, each.closes_after_minutes),
            "questions": len(each.questions),
            "next": each.next_on,
            "paused_until": each.paused_until,
            "from_file": each.source == "file",
        }
        for each in check_ins
    ]
    everybody = set_up.roster_of(turn.session, team) if with_people else []
    roster = [(person.name, row.role, row.asked) for person, row in everybody]
    return {"team": team.name, "zone": zone, "check_ins": lines, "roster": roster, "rules": _rules(turn, team)}


def _rules(turn: Turn, team: Team) -> list[tuple[str, str]]:
    names = ("off_day", "country", "digest_day", "digest_at", "time_zone", "reflect_due_at")
    return [(name, setting_words.in_words(turn.locale, name, getattr(team, name))) for name in names]


def _add(turn: Turn, _intent: ChangeSetting, team: Team) -> None:
    wizard.begin(turn, Plan(team_id=team.id, team=team.name), "questions")


def _rules_menu(turn: Turn, intent: ChangeSetting, team: Team) -> None:
    options = [{"value": key, "key": f"set_{key}"} for key in OF_TEAM] + [{"value": BACK, "key": "go_back"}]
    facts = {"team": team.name, "rules": _rules(turn, team)}
    _ask_what(turn, ChangeSetting(team_id=intent.team_id), options, "setting_rules", **facts)


def _try(turn: Turn, intent: ChangeSetting, team: Team) -> None:
    check_in = _check_in(turn, intent)
    if check_in is not None:
        asked = [person.name for person, row in set_up.roster_of(turn.session, team) if row.asked]
        wizard_trial.trial(turn, changes.part_of(check_in), asked, team, team.name)
    menu(turn, intent, team)


ENTRIES: dict[str, Callable[[Turn, ChangeSetting, Team], None]] = {
    "add": _add, "rules": _rules_menu, "try": _try,
}  # fmt: skip


def _check_in(turn: Turn, intent: ChangeSetting) -> CheckIn | None:
    """An active one of this very team."""
    row = turn.session.get(CheckIn, intent.check_in_id) if intent.check_in_id else None
    return row if row is not None and row.active and row.team_id == intent.team_id else None


def _one_thing(turn: Turn, intent: ChangeSetting, team: Team) -> None:
    if intent.what == "people":
        _people(turn, intent, team)
        return
    row = _check_in(turn, intent) if intent.what in OF_CHECK_IN else team
    if row is None:
        turn.tell("question_over")
    elif intent.said is None and intent.what != "resume":
        _ask_said(turn, replace(intent, version=row.version), team, row)
    else:
        _take(turn, intent, team, row)


def _ask_said(turn: Turn, intent: ChangeSetting, team: Team, row: CheckIn | Team) -> None:
    what = str(intent.what)
    options: list[Values] = OFFERED[what](turn) if what in OFFERED else []
    options = [*options, {"value": BACK, "key": "go_back"}]
    facts = {"what": what, "team": team.name, "check_in": row.name if isinstance(row, CheckIn) else None}
    pairs = [(name, setting_words.in_words(turn.locale, name, getattr(row, name))) for name in COLUMNS[what]]
    takes_text = what not in ("stop", "off_day", "reflection")
    turn.ask(
        intent, "said", "setting_ask", topic=TOPIC, options=options, takes_text=takes_text, **facts, pairs=pairs,
        templates=[each["text"] for each in options if "text" in each],
    )  # fmt: skip


OFFERED: dict[str, Callable[[Turn], list[Values]]] = {
    "questions": lambda turn: wizard.OPTIONS["questions"](turn, Plan())[0],
    "stop": lambda _: [{"value": "stop", "key": "set_stop"}],
    "off_day": lambda _: [{"value": rule, "key": f"off_day_{rule}"} for rule in OFF_DAYS],
    "digest": lambda _: [{"value": "off", "key": "switch_off"}],
    "country": lambda _: [{"value": "off", "key": "switch_off"}],
    "reflection": lambda _: [{"value": "on", "key": "switch_on"}, {"value": "off", "key": "switch_off"}],
}


def _take(turn: Turn, intent: ChangeSetting, team: Team, row: CheckIn | Team) -> None:
    what = str(intent.what)
    values = READERS[what](turn, (intent.said or "").strip(), row)
    if isinstance(values, Problem):
        turn.tell(values.template, **values.values)
        _ask_said(turn, replace(intent, said=None), team, row)
        return
    other = None if intent.sure else changes.meanwhile(turn.session, row, intent.version, values)
    if other is not None:
        _ask_sure(turn, intent, other)
    elif intent.sure == "no":
        turn.tell("setting_left")
    else:
        _store(turn, team, row, values)


def _ask_sure(turn: Turn, intent: ChangeSetting, other: AuditEntry) -> None:
    who = turn.session.get_one(Person, other.actor_id).name if other.actor_id else ""
    options = [{"value": "yes", "key": "change_anyway"}, {"value": "no", "key": "leave_it"}]
    line = setting_words.line_of(turn.session, turn.locale, other)
    facts = {"who": who, "line": line, "said": intent.said}
    turn.ask(intent, "sure", "setting_meanwhile", topic=TOPIC, options=options, takes_text=False, **facts)


def _store(turn: Turn, team: Team, row: CheckIn | Team, values: Values) -> None:
    if isinstance(row, CheckIn):
        entry = changes.put_check_in(turn.session, row, turn.person, turn.now, **values)
    else:
        entry = changes.put_team(turn.session, row, turn.person, turn.now, **values)
    done(turn, team, [entry] if entry else [], from_file=row.source == "file")


def done(turn: Turn, team: Team | None, entries: list[AuditEntry], from_file: bool = False) -> None:
    """Confirmed to the one who did it, with [Undo], and announced to the others."""
    if not entries:
        turn.tell("setting_same")
        return
    buttons = [turn.button("undo", "undo", entries[-1].id)]
    lines = [setting_words.line_of(turn.session, turn.locale, entry) for entry in entries]
    turn.tell("setting_changed", *buttons, team=team.name if team else None, lines=lines, from_file=from_file)
    changes.announce(turn.session, entries, turn.person, turn.now)


def _people(turn: Turn, intent: ChangeSetting, team: Team) -> None:
    if intent.said is None:
        options = [{"value": BACK, "key": "go_back"}]
        turn.ask(intent, "said", "setting_people", topic=TOPIC, options=options, **_about(turn, team, []))
        return
    found = wizard_people.read(turn, intent.said, [], team.id)
    problem = _wrong_people(turn, team, found)
    if problem is not None:
        turn.tell(problem.template, **problem.values)
        _people(turn, replace(intent, said=None), team)
        return
    assert isinstance(found, list)
    entries, codes = set_up.change_people(turn.session, team, found, turn.incoming.platform, turn.person, turn.now)
    done(turn, team, entries)
    if codes:
        wizard.tell_codes(turn, codes)


def _wrong_people(turn: Turn, team: Team, found: Any) -> Problem | None:
    if isinstance(found, wizard_people.Wrong):
        return Problem("set_up_people_wrong", {"code": found.code, "name": found.name, "near": found.near})
    roles = {member.person_id: member.role for member in found if member.person_id}
    stay = [lead for lead in people.members_of(turn.session, team.id, "lead") if roles.get(lead.id, "lead") == "lead"]
    leads = stay or [member for member in found if member.role == "lead"]
    return None if leads else Problem("set_up_people_wrong", {"code": "no_lead", "name": team.name, "near": ""})


# --- what an answer means, as columns


def _time(turn: Turn, said: str, _row: Any) -> Values | Problem:
    read = read_rhythm(said, turn.today)
    if read.problem:
        return Problem("rhythm_wrong", {"code": read.problem, "said": said})
    return {key: value for key, value in (("rhythm", read.rule), ("at", read.at)) if value}


def _questions(turn: Turn, said: str, _row: Any) -> Values | Problem:
    part = wizard.questions_of(turn, said)
    return part if isinstance(part, Problem) else {"questions": [each.as_row() for each in part.questions]}


def _window(_turn: Turn, said: str, row: Any) -> Values | Problem:
    """ "4 h", "90 min", "2 days"; a reminder that would come before the question goes."""
    found = span_at(fold(said).text.strip(), 0)
    units = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
    minutes = int(found[0].amount * units.get(found[0].unit, 0)) if found else None
    if minutes is None or not 0 < minutes <= LONGEST_WINDOW_MINUTES:
        return Problem("setting_window_wrong", {"said": said})
    remind = row.reminder_before_minutes
    shorter = {"reminder_before_minutes": None} if remind and remind >= minutes else {}
    return {"closes_after_minutes": minutes, **shorter}


def _pause(turn: Turn, said: str, _row: Any) -> Values | Problem:
    until: date | None = day_in(said, turn.today)
    if until is None or not turn.today < until <= turn.today + timedelta(days=366):
        return Problem("setting_pause_wrong", {"said": said})
    return {"paused_until": until}


def _off_day(_turn: Turn, said: str, _row: Any) -> Values | Problem:
    return {"off_day": said}


def _country(_turn: Turn, said: str, _row: Any) -> Values | Problem:
    if said.casefold() in WORDS["off"]["words"]:
        return {"country": None}
    code = next((code for code, names in WORDS["country"].items() if said.casefold() in names), said.upper())
    try:
        return {"country": statutory.check_country(code)}
    except ValueError:
        return Problem("setting_country_wrong", {"said": said})


def _digest(_turn: Turn, said: str, _row: Any) -> Values | Problem:
    if said.casefold() in WORDS["off"]["words"]:
        return {"digest_day": None, "digest_at": None}
    read = read_rhythm(said, date(2024, 1, 1))
    days = re.fullmatch("FREQ=WEEKLY;BYDAY=([A-Z]{2})", read.rule or "")
    if days is None:
        return Problem("setting_digest_wrong", {"said": said})
    return {"digest_day": WEEKDAYS.index(days[1].lower()), "digest_at": read.at or set_up.DIGEST_AT}


def _zone(_turn: Turn, said: str, _row: Any) -> Values | Problem:
    zone = zones.exact(said)
    if zone is None:
        return Problem("setting_zone_wrong", {"said": said, "near": zones.near(said)})
    return {"time_zone": calendar.zone(zone).key}


def _reflection(turn: Turn, said: str, row: Any) -> Values | Problem:
    return {"reflect_due_at": reflections.first_due(row.time_zone, turn.now) if said == "on" else None}


READERS: dict[str, Callable[[Turn, str, Any], Values | Problem]] = {
    "time": _time, "questions": _questions, "window": _window, "pause": _pause,
    "resume": lambda *_: {"paused_until": None}, "stop": lambda *_: {"active": False},
    "off_day": _off_day, "country": _country, "digest": _digest, "zone": _zone, "reflection": _reflection,
}  # fmt: skip
