"""1:1s in chat: when the two talk, and what about. A lead plans them with the people he may coach; they ask him."""

from dataclasses import replace
from datetime import UTC, datetime

from handlers import naming, undoing
from handlers.intents import Agenda, Meet
from handlers.talk_times import FARTHEST, WHEN, tell_the_other, when_said
from handlers.turn import Turn
from models.coaching import OneOnOne
from models.messages import Message
from models.organization import CAN_EDIT, Person
from services import agendas, announcements, offers, outbox, permissions
from services import one_on_ones as talks
from services.render import render
from services.working_time import awake_at


def meet(turn: Turn, intent: Meet) -> None:
    if intent.decision is not None:
        _decide(turn, intent)
    elif len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
    elif not intent.who:
        turn.ask(intent, "who", "ask_who_meet")
    else:
        other = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
        if other is not None:
            _meet(turn, replace(intent, who=(naming.by_id(other),)), other)


def _meet(turn: Turn, intent: Meet, other: Person) -> None:
    talk = _talk_of(turn, other)
    if talk is None or not talks.goes_on(turn.session, talk):
        turn.tell("talk_not_possible", name=other.name)
    elif intent.at is None and intent.when is None:
        _show(turn, intent, talk, other)
    else:
        at = intent.at or when_said(turn, talk, intent.when or "")
        if at is None or not turn.now < at <= turn.now + FARTHEST:
            turn.tell("talk_time_unclear")
            _ask_when(turn, replace(intent, at=None, when=None), other)
        elif talk.coach_id == turn.person.id:
            _plan(turn, replace(intent, at=at, when=None), talk, other)
        else:
            _propose(turn, talk, other, at)


def _talk_of(turn: Turn, other: Person) -> OneOnOne | None:
    """The talks of the two, made if one of them may coach the other; None when neither may, whatever once was."""
    session, me = turn.session, turn.person
    known = [talk for talk in (talks.of_two(session, me, other), talks.of_two(session, other, me)) if talk is not None]
    alive = [talk for talk in known if talks.goes_on(session, talk)]
    if alive:
        return alive[0]
    if permissions.coaches(session, me, other):
        return talks.made(session, me, other)
    return talks.made(session, other, me) if permissions.coaches(session, other, me) else None


def _ask_when(turn: Turn, intent: Meet, other: Person) -> None:
    turn.ask(intent, "when", "ask_talk_when", topic=f"meet:{other.id}", options=offers.keys(**WHEN), name=other.name)


def _show(turn: Turn, intent: Meet, talk: OneOnOne, other: Person) -> None:
    if talk.next_at is None or talk.next_at <= turn.now:
        _ask_when(turn, intent, other)
        return
    choices = {"another_time": "move"}
    if talk.coach_id == turn.person.id:
        choices |= {"skip_this_one": "skip", "no_more_talks": "end"}
    topic, slots = f"talk:{talk.id}", {"talk_id": talk.id}
    options = offers.keys(**choices)
    buttons = offers.offer(turn.session, turn.now, turn.person, topic, "meet", slots, "decision", options)
    turn.tell("talk_told", *buttons, **talks.facts(turn.session, talk, turn.person))


def _plan(turn: Turn, intent: Meet, talk: OneOnOne, other: Person) -> None:
    if intent.rhythm is None:
        options = [{"value": name, "key": name} for name in talks.RHYTHMS]
        if talk.rhythm and talk.next_at is not None:
            options = [{"value": "keep", "key": "only_this_one"}, *options]
        facts = {"name": other.name, "at": intent.at, "time_zone": turn.person.time_zone}
        turn.ask(
            intent, "rhythm", "ask_talk_rhythm", topic=f"meet:{other.id}", options=options, takes_text=False, **facts
        )
        return
    assert intent.at is not None
    rhythm = None if intent.rhythm == "keep" else intent.rhythm
    talks.plan(turn.session, talk, intent.at.astimezone(UTC), rhythm, turn.person, turn.now)
    _say_it_stands(turn, talk)


def _say_it_stands(turn: Turn, talk: OneOnOne, was: datetime | None = None) -> None:
    """Both are told the new state; whoever changed it may take it back."""
    turn.tell("talk_told", *undoing.button(turn), **talks.facts(turn.session, talk, turn.person, was))
    tell_the_other(turn, talk, was)


def _propose(turn: Turn, talk: OneOnOne, lead: Person, at: datetime) -> None:
    """The lead decides: the time stands when he says so."""
    slots = {"talk_id": talk.id, "at": at.isoformat()}
    options = offers.keys(suits_me="accept", another_time="move")
    buttons = offers.offer(turn.session, turn.now, lead, f"talk:{talk.id}", "meet", slots, "decision", options)
    text = render(lead.locale, "talk_proposed", name=turn.person.name, at=at, time_zone=lead.time_zone)
    key = f"proposed:{talk.id}:{turn.receipt_id}"
    _tell_when_awake(turn, lead, Message(markup=text, buttons=buttons), key)
    turn.tell("talk_asked_for", name=lead.name, at=at, time_zone=turn.person.time_zone)


def _tell_when_awake(turn: Turn, person: Person, message: Message, key: str) -> None:
    announcements.tell(turn.session, turn.now, person, message, key, due_at=awake_at(person, turn.now))


def _decide(turn: Turn, intent: Meet) -> None:
    talk = talks.by_id(turn.session, intent.talk_id or 0, turn.person)
    if talk is None or not talks.goes_on(turn.session, talk):
        turn.reply("question_over")
        return
    other, was = talks.other_of(turn.session, talk, turn.person), talk.next_at
    plain, coaches = Meet(who=(naming.by_id(other),)), talk.coach_id == turn.person.id
    if intent.decision == "accept" and coaches:
        turn.again(replace(plain, at=intent.at))
    elif intent.decision == "keep" and talk.next_at is not None:
        agendas.keep(turn.session, talk, turn.now)
        turn.tell("talk_told", **talks.facts(turn.session, talk, turn.person))
    elif intent.decision == "skip" and talk.next_at is not None:
        talks.skip(turn.session, talk, turn.person, turn.now)
        _say_it_stands(turn, talk, was)
    elif intent.decision == "end" and coaches and talk.next_at is not None:
        talks.end(turn.session, talk, turn.person, turn.now)
        _say_it_stands(turn, talk, was)
    else:
        _ask_when(turn, plain, other)


# --- the agenda


def agenda(turn: Turn, intent: Agenda) -> None:
    """Whose: as named, or the only one with whom a talk is planned."""
    if intent.point_id is not None:
        _close(turn, intent.point_id)
        return
    planned = {other.id: other for _, other in talks.next_of(turn.session, turn.person, turn.now)}
    if intent.who:
        other = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
    else:
        other = planned.popitem()[1] if len(planned) == 1 else None
        if other is None:
            turn.ask(intent, "who", "ask_who_meet")
    if other is not None:
        _agenda(turn, other, (intent.text or "").strip())


def _agenda(turn: Turn, other: Person, text: str) -> None:
    talk = _talk_of(turn, other) or talks.of_two(turn.session, other, turn.person)
    if talk is None:
        turn.tell("talk_not_possible", name=other.name)
    elif text.isdecimal() and len(text) < 4:
        points = agendas.numbered(turn.session, talk, turn.now)
        _close(turn, points[int(text) - 1].id if 0 < int(text) <= len(points) else 0)
    elif text and talks.goes_on(turn.session, talk):
        _add(turn, talk, other, text)
    else:
        _show_agenda(turn, talk)


def _add(turn: Turn, talk: OneOnOne, other: Person, text: str) -> None:
    talks.add_point(turn.session, talk, turn.person, turn.now, text)
    agendas.refresh(turn.session, talk, turn.now)
    planned = talk.next_at is not None and talk.next_at > turn.now
    at = talk.next_at if planned else None
    turn.tell(
        "point_added", *undoing.button(turn), name=other.name, text=text, at=at, time_zone=turn.person.time_zone
    )  # fmt: skip
    if not planned:
        ask_when(turn, [talk])


def ask_when(turn: Turn, unplanned: list[OneOnOne]) -> None:
    """Points wait and no talk is planned: the coach is asked when, in this turn or, if somebody else talks now, once a
    day."""
    for talk in unplanned:
        coach, person = turn.session.get_one(Person, talk.coach_id), turn.session.get_one(Person, talk.person_id)
        if coach.id == turn.person.id:
            _ask_when(turn, Meet(who=(naming.by_id(person),)), person)
            continue
        options = offers.keys(plan_the_talk=naming.by_id(person))
        buttons = offers.offer(turn.session, turn.now, coach, f"when:{talk.id}", "meet", {}, "who", options)
        text = render(coach.locale, "points_wait", name=person.name)
        key = f"points:{talk.id}:{turn.now:%Y%m%d}"
        _tell_when_awake(turn, coach, Message(markup=text, buttons=buttons), key)


def _close(turn: Turn, point_id: int) -> None:
    """Who coached the other once sees no agenda of theirs any more."""
    point = talks.point_of(turn.session, point_id, turn.person)
    talk = turn.session.get_one(OneOnOne, point.one_on_one_id) if point else None
    if point is None or talk is None or not (talk.person_id == turn.person.id or talks.goes_on(turn.session, talk)):
        turn.reply("point_gone")
        return
    talks.close_point(turn.session, point, turn.person, turn.now, "agenda.talked")
    turn.session.flush()
    agendas.refresh(turn.session, talk, turn.now)
    _show_agenda(turn, talk)


def _show_agenda(turn: Turn, talk: OneOnOne) -> None:
    """In the very message whose button was pressed, where that can be; else in a new one."""
    message = agendas.message(turn.session, talk, turn.person, turn.now)
    incoming = turn.incoming
    shown = outbox.by_external_id(turn.session, incoming.platform, incoming.message_id or "")
    if incoming.kind == "press" and shown is not None and incoming.platform in CAN_EDIT:
        outbox.edit(turn.session, turn.now, shown, message, f"agenda_now:{turn.receipt_id}:{shown.id}")
    else:
        turn.show(message)
