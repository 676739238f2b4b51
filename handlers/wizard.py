"""The wizard of `setup`: team, channel, people, questions, time, and a trial for whoever asks, before anything is made.

Each step is one question of the asking mechanism, with what was chosen so far in its slots: it survives restarts and
silence. `back` goes one step up; a wrong answer is said to be wrong and asked again, and loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers import wizard_people, wizard_trial
from handlers.intents import SetUp
from handlers.linking import readable
from handlers.turn import Turn
from handlers.understanding.rhythms import read_rhythm
from models.messages import Message
from models.organization import SPEAKS_FIRST, Team
from services import (
    changes,
    check_in_templates,
    outbox,
    people,
    permissions,
    questions,
    reach,
    rhythms,
    set_up,
    workspaces,
)
from services.programme_parts import CheckInPart
from services.render import label, render
from services.set_up import Plan

TOPIC = "set_up"
STEPS = ("team", "channel", "people", "questions", "time", "create")
BACK, KEEP, NEW, OWN = "back", "keep", "new", "own"
MOST_TEAMS = 15
NAME_CHARACTERS, QUESTION_CHARACTERS, MOST_QUESTIONS = 80, 1000, 10
Option = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Why an answer will not do: a template and its values."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)


def begin(turn: Turn, plan: Plan, step: str = "team") -> None:
    plan.platform = turn.incoming.platform
    ask(turn, step, plan)


def resume(turn: Turn, place: tuple[str, str, str] | None = None) -> bool:
    """Go on where it was left, however long ago. `place`: the channel it was said in, which answers that step."""
    question = questions.on_topic(turn.session, turn.person, TOPIC)
    if question is None:
        return False
    step, plan = str(question.slots.get("step", "team")), Plan.model_validate(question.slots.get("plan", {}))
    if place is not None:
        plan.place = place
        step = "people" if step == "channel" else step
    turn.tell("set_up_resumed")
    ask(turn, step, plan)
    return True


def set_up_(turn: Turn, intent: SetUp) -> None:
    plan = Plan.model_validate(intent.plan)
    if intent.said is None:
        ask(turn, intent.step, plan)
    elif intent.said == BACK:
        ask(turn, _before(turn, intent.step, plan), plan)
    elif intent.step == "create":
        _create(turn, plan)
    else:
        _take(turn, intent.step, plan, intent.said.strip())


def _take(turn: Turn, step: str, plan: Plan, said: str) -> None:
    kept = plan.model_copy(deep=True)
    problem = TAKERS[step](turn, plan, said)
    if problem is not None:
        turn.tell(problem.template, **problem.values)
        ask(turn, step, kept)
        return
    ask(turn, _after(step, plan), plan)


def _after(step: str, plan: Plan) -> str:
    """The channel is not asked for where it was said in one."""
    following = STEPS[STEPS.index(step) + 1]
    return "people" if following == "channel" and plan.place else following


def _before(turn: Turn, step: str, plan: Plan) -> str:
    """From the first step there is no way up: it is asked again."""
    earlier = STEPS[max(0, STEPS.index(step) - 1)]
    if earlier == "channel" and plan.place:
        earlier = "team"
    return step if earlier == "team" and not _chooses_team(turn) else earlier


def _chooses_team(turn: Turn) -> bool:
    return permissions.is_steward(turn.person) or len(_teams(turn)) > 1


def _teams(turn: Turn) -> list[Team]:
    """Those this person may set up."""
    if permissions.is_steward(turn.person):
        return list(people.visible_teams(turn.session, turn.person))
    return list(people.teams_of(turn.session, turn.person, "lead"))


def ask(turn: Turn, step: str, plan: Plan) -> None:
    """One step: where one is, what was chosen so far, and what is asked."""
    if step == "create":
        team = turn.session.get_one(Team, plan.team_id) if plan.team_id else None
        wizard_trial.trial(turn, plan.part(), set_up.asked_in(turn.session, plan), team, _team_name(turn, plan))
    options, takes_text = OPTIONS[step](turn, plan)
    if step != "team" and _before(turn, step, plan) != step:
        options = [*options, {"value": BACK, "key": "go_back"}]
    intent = SetUp(step=step, plan=plan.model_dump(mode="json"))
    number = STEPS.index(step) + 1
    facts = {
        "step": step,
        "number": number,
        "steps": len(STEPS) - 1,
        **_chosen(turn, plan, number),
        **_extras(turn, step, plan),
    }
    turn.ask(intent, "said", "set_up", topic=TOPIC, options=options, takes_text=takes_text, **facts)


def _extras(turn: Turn, step: str, plan: Plan) -> dict[str, Any]:
    """What single steps say besides."""
    team = turn.session.get_one(Team, plan.team_id) if plan.team_id else None
    known = set_up.roster_of(turn.session, team) if team and step == "people" else []
    hears = turn.incoming.platform not in ("wecom",)
    return {
        "may_found": permissions.is_steward(turn.person),
        "offers_teams": bool(_teams(turn)) and not plan.new,
        "roster": [(person.name, row.role, row.asked) for person, row in known],
        "hears_channels": hears,
        "has_channel": bool(team and people.channels_of(turn.session, team)),
        "templates": [
            (check_in_templates.name_of(name, turn.locale), check_in_templates.about(name, turn.locale))
            for name in check_in_templates.NAMES
        ],
    }


def _team_name(turn: Turn, plan: Plan) -> str:
    return turn.session.get_one(Team, plan.team_id).name if plan.team_id else plan.team


def _chosen(turn: Turn, plan: Plan, number: int) -> dict[str, Any]:
    part = plan.part() if plan.check_in else None
    zone = turn.session.get_one(Team, plan.team_id).time_zone if plan.team_id else turn.person.time_zone
    return {
        "team": _team_name(turn, plan),
        "place": plan.place is not None,
        "people": [(member.name, member.role, member.asked) for member in plan.people],
        "check_in": part.name if part else None,
        "rhythm": rhythms.in_words(turn.locale, part.rhythm) if part else None,
        "at": part.at if part else None,
        "dates": rhythms.next_dates(part.rhythm, part.at, zone, turn.now) if part and number > 4 else [],
        "zone": zone,
    }


# --- the steps: what is offered, and what an answer means


def _team_options(turn: Turn, plan: Plan) -> tuple[list[Option], bool]:
    offered = [] if plan.new else _teams(turn)[:MOST_TEAMS]
    teams = [{"value": f"id:{team.id}", "text": team.name} for team in offered]
    return teams, permissions.is_steward(turn.person)


def _take_team(turn: Turn, plan: Plan, said: str) -> Problem | None:
    """One of those offered, or by its name; else a new team's name, from those who may found one."""
    mine = _teams(turn)
    chosen = next((team for team in mine if said in (f"id:{team.id}", team.name)), None)
    if chosen is None and not permissions.is_steward(turn.person):
        return Problem("settings_not_allowed")
    if chosen is None and len(said) > NAME_CHARACTERS:
        return Problem("set_up_name_too_long", {"most": NAME_CHARACTERS})
    if chosen is None and set_up.team_named(turn.session, turn.organization.id, said) is not None:
        return Problem("set_up_name_taken", {"team": said})
    plan.team_id, plan.team = (chosen.id, chosen.name) if chosen else (None, " ".join(said.split()))
    return None


def _channel_options(_turn: Turn, _plan: Plan) -> tuple[list[Option], bool]:
    return [{"value": KEEP, "key": "go_on"}], False


def _take_channel(_turn: Turn, _plan: Plan, _said: str) -> Problem | None:
    return None


def _people_options(turn: Turn, plan: Plan) -> tuple[list[Option], bool]:
    """Who is in it already may stay as they are; a new team needs at least oneself."""
    if set_up.asked_in(turn.session, plan):
        return [{"value": KEEP, "key": "go_on"}], True
    return [{"value": "me", "key": "just_me"}], True


def _take_people(turn: Turn, plan: Plan, said: str) -> Problem | None:
    if said != KEEP:
        found = wizard_people.read(turn, said, plan.people, plan.team_id)
        if isinstance(found, wizard_people.Wrong):
            return Problem("set_up_people_wrong", {"code": found.code, "name": found.name, "near": found.near})
        plan.people = found
    return None if set_up.asked_in(turn.session, plan) else Problem("set_up_nobody")


def _question_options(turn: Turn, _plan: Plan) -> tuple[list[Option], bool]:
    return [
        {"value": f"template:{name}", "text": check_in_templates.name_of(name, turn.locale)}
        for name in check_in_templates.NAMES
    ], True


def _take_questions(turn: Turn, plan: Plan, said: str) -> Problem | None:
    """A template, or one's own questions, one on each line."""
    part = questions_of(turn, said)
    if isinstance(part, Problem):
        return part
    if plan.team_id:
        part.name = set_up.free_name(turn.session, plan.team_id, part.name)
    plan.check_in = part.model_dump(mode="json", by_alias=True, exclude_none=True)
    return None


def questions_of(turn: Turn, said: str) -> CheckInPart | Problem:
    template = said.removeprefix("template:")
    for name in check_in_templates.NAMES:
        named = {check_in_templates.name_of(name, locale).casefold() for locale in ("en", "zh")}
        if template == name or said.casefold() in named:
            return check_in_templates.part_of(name, turn.locale)
    lines = [line.strip(" -\u2022\u00b7\t") for line in said.splitlines()]
    asked = [line for line in lines if line]
    if len(asked) > MOST_QUESTIONS or any(len(line) > QUESTION_CHARACTERS for line in asked):
        return Problem("set_up_too_many_questions", {"most": MOST_QUESTIONS, "characters": QUESTION_CHARACTERS})
    part = check_in_templates.part_of(check_in_templates.NAMES[0], turn.locale)
    own = [{"ask": {turn.locale: line}} for line in asked]
    name_ = label(turn.locale, "own_check_in")
    return CheckInPart.model_validate({**part.model_dump(mode="json", by_alias=True), "name": name_, "questions": own})


def _time_options(_turn: Turn, _plan: Plan) -> tuple[list[Option], bool]:
    return [{"value": KEEP, "key": "keep_time"}], True


def _take_time(turn: Turn, plan: Plan, said: str) -> Problem | None:
    if said == KEEP:
        return None
    read = read_rhythm(said, turn.today)
    if read.problem:
        return Problem("rhythm_wrong", {"code": read.problem, "said": said})
    stated = {"rhythm": read.rule, "at": read.at}
    plan.check_in = {**(plan.check_in or {}), **{key: value for key, value in stated.items() if value}}
    return None


def _create_options(_turn: Turn, _plan: Plan) -> tuple[list[Option], bool]:
    return [{"value": "yes", "key": "create"}], False


OPTIONS: dict[str, Callable[[Turn, Plan], tuple[list[Option], bool]]] = {
    "team": _team_options, "channel": _channel_options, "people": _people_options,
    "questions": _question_options, "time": _time_options, "create": _create_options,
}  # fmt: skip
TAKERS: dict[str, Callable[[Turn, Plan, str], Problem | None]] = {
    "team": _take_team, "channel": _take_channel, "people": _take_people,
    "questions": _take_questions, "time": _take_time,
}  # fmt: skip


def _create(turn: Turn, plan: Plan) -> None:
    """From nothing to a check-in that will come, and what has to be done by hand."""
    try:
        made = set_up.create(turn.session, turn.organization, plan, turn.person, turn.now)
    except set_up.TakenError:
        turn.tell("set_up_name_taken", team=plan.team)
        ask(turn, "team", plan)
        return
    if made.channel is not None:
        greet_channel(turn, made.team, made.channel.platform, outbox.address_of_channel(made.channel))
    first = set_up.first_asked(turn.session, made.check_in, turn.now)
    turn.tell(
        "set_up_done",
        team=made.team.name,
        check_in=made.check_in.name,
        first=(first[0].name, first[1]) if first else None,
        time_zone=turn.person.time_zone,
        has_channel=bool(people.channels_of(turn.session, made.team)),
    )
    if made.codes:
        tell_codes(turn, made.codes)
    changes.announce(turn.session, [made.entry], turn.person, turn.now)


def tell_codes(turn: Turn, codes: list[tuple[str, str, datetime]]) -> None:
    """To hand over to those whose account is not known yet."""
    said = [(name, readable(code), until) for name, code, until in codes]
    links = workspaces.start_links(turn.session, turn.organization.id)
    turn.tell("set_up_codes", codes=said, links=links, time_zone=turn.person.time_zone)


def greet_channel(turn: Turn, team: Team, platform: str, to: outbox.Address) -> None:
    """What the channel reads names nobody."""
    missing = reach.not_started(turn.session, team, platform)
    facts = {
        "team": team.name,
        "platform": platform,
        "speaks_first": platform in SPEAKS_FIRST,
        "links": workspaces.start_links(turn.session, turn.organization.id) if platform == "telegram" else {},
    }
    text = render(team.locale, "setup_here", missing=len(missing), **facts)
    outbox.post(turn.session, turn.now, to, Message(markup=text), f"set_up:{team.id}:{platform}:{turn.receipt_id}")
