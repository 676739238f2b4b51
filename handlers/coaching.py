"""Coaching notes in chat: who, then who may see it, then what, and only then is it saved; then what was agreed, and
when the two talk next. Its coach may change a note later, and show it to more or to fewer."""

from dataclasses import replace
from typing import Any

from handlers import naming, talk_times
from handlers.filling import WORDS
from handlers.intents import Coach
from handlers.slots import to_json
from handlers.turn import Turn
from models.coaching import VISIBILITIES, CoachingNote
from models.messages import Button, Message
from models.organization import CAN_EDIT, Person
from services import announcements, coaching, offers, outbox, permissions, questions
from services import one_on_ones as talks
from services.render import render

NOTHING = {*WORDS["no"], *WORDS["no_blocker"]}


def coach(turn: Turn, intent: Coach) -> None:
    if intent.note_id is not None:
        _go_on(turn, intent)
    elif len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
    elif not intent.who:
        turn.ask(intent, "who", "ask_who_coach")
    else:
        _write(turn, intent)


def _write(turn: Turn, intent: Coach) -> None:
    person = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
    if person is None:
        return
    intent = replace(intent, who=(naming.by_id(person),))
    topic = f"coach:{person.id}"
    if not permissions.coaches(turn.session, turn.person, person):
        turn.tell("coaching_not_allowed")
    elif intent.visibility is None:
        _ask_visibility(turn, intent, person, intent.text or "", saved=False)
    elif not intent.text:
        turn.ask(intent, "text", "ask_coach_text", topic=topic, name=person.name)
    else:
        _save(turn, intent, person)


def _ask_visibility(turn: Turn, intent: Coach, person: Person, text: str, *, saved: bool) -> None:
    options = [{"value": word, "key": word} for word in VISIBILITIES]
    turn.ask(
        intent, "visibility", "ask_visibility", topic=f"coach:{person.id}", options=options, takes_text=False,
        name=person.name, text=text, saved=saved,
    )  # fmt: skip


def _save(turn: Turn, intent: Coach, person: Person) -> None:
    assert intent.text is not None
    assert intent.visibility is not None
    note = coaching.write(turn.session, turn.person, person, intent.text, intent.visibility, turn.now)
    turn.tell("coaching_saved", visibility=note.visibility, name=person.name, agreed="")
    _share(turn, note, person)
    next_step = Coach(who=intent.who, note_id=note.id)
    _ask_on(turn, next_step, "agreed", "ask_agreed", offers.keys(nothing=""))


def _ask_on(turn: Turn, intent: Coach, slot: str, template: str, options: list[dict[str, Any]], **values: str) -> None:
    """What is asked of a note that is saved already: there is nothing to cancel."""
    topic = f"coach:{intent.who[0]}"
    slots = to_json(intent)
    question = questions.ask(turn.session, turn.now, turn.person, topic, intent.name, slots, slot, options)
    buttons = [
        Button(label=turn.label_of(option), action=f"v1:choose:{question.id}:{place}")
        for place, option in enumerate(options)
    ]
    turn.tell(template, *buttons, **values)


def _ask_when(turn: Turn, intent: Coach, person: Person) -> None:
    options = offers.keys(**talk_times.WHEN, not_now="")
    _ask_on(turn, replace(intent, when=None), "when", "ask_when_next", options, name=person.name)


def _go_on(turn: Turn, intent: Coach) -> None:
    """With a note that is saved: its coach's alone."""
    note = coaching.own(turn.session, turn.person, intent.note_id)
    if note is None:
        turn.reply("question_over")
        return
    person = turn.session.get_one(Person, note.person_id)
    intent = replace(intent, who=(naming.by_id(person),))
    if intent.change is not None:
        _change(turn, intent, note, person)
    elif intent.when is not None:
        _plan(turn, intent, note, person)
    else:
        _agree(turn, intent, note, person)


def _something(said: str | None) -> bool:
    """ "No" and "nothing" are answers that say there is none."""
    return bool(said) and str(said).strip(" .!\u3002\uff01").casefold() not in NOTHING


def _agree(turn: Turn, intent: Coach, note: CoachingNote, person: Person) -> None:
    if _something(intent.agreed):
        assert intent.agreed is not None
        coaching.agree(turn.session, note, turn.person, intent.agreed, turn.now)
        buttons = [turn.button("make_action", "agree", note.id)]
        turn.tell("coaching_saved", *buttons, visibility=note.visibility, name=person.name, agreed=note.agreed)
        _share(turn, note, person)
    talk = talks.of_two(turn.session, turn.person, person)
    if talk is not None and talk.next_at is not None and talk.next_at > turn.now:
        _end(turn, note, person)
    elif permissions.coaches(turn.session, turn.person, person):
        _ask_when(turn, intent, person)
    else:
        _end(turn, note, person)


def _plan(turn: Turn, intent: Coach, note: CoachingNote, person: Person) -> None:
    if not _something(intent.when) or not permissions.coaches(turn.session, turn.person, person):
        _end(turn, note, person)
        return
    talk = talks.made(turn.session, turn.person, person)
    at = talk_times.when_said(turn, talk, intent.when or "")
    if at is None:
        turn.tell("talk_time_unclear")
        _ask_when(turn, intent, person)
        return
    coaching.next_talk(turn.session, note, turn.person, at, turn.now)
    talk_times.tell_the_other(turn, talk)
    _end(turn, note, person)


def _end(turn: Turn, note: CoachingNote, person: Person) -> None:
    """When the two talk next, and what can still be done with the note."""
    talk = talks.of_two(turn.session, turn.person, person)
    at = talk.next_at if talk is not None and talk.next_at is not None and talk.next_at > turn.now else None
    turn.tell("coaching_done", *_to_change(turn, note), name=person.name, at=at, time_zone=turn.person.time_zone)


def _to_change(turn: Turn, note: CoachingNote) -> tuple[Button, ...]:
    options = offers.keys(change_note="ask")
    return offers.offer(
        turn.session, turn.now, turn.person, "note", Coach.name, {"note_id": note.id}, "change", options
    )


# --- changing a note


def _change(turn: Turn, intent: Coach, note: CoachingNote, person: Person) -> None:
    if intent.change == "visibility":
        _change_visibility(turn, intent, note, person)
    elif intent.change in ("text", "agreed"):
        _change_words(turn, intent, note, person)
    else:
        options = offers.keys(change_text="text", change_agreed="agreed", change_visibility="visibility")
        turn.ask(
            replace(intent, change=None), "change", "ask_change_note", topic=f"coach:{person.id}", options=options,
            takes_text=False, name=person.name, text=note.text, agreed=note.agreed, visibility=note.visibility,
        )  # fmt: skip


def _change_visibility(turn: Turn, intent: Coach, note: CoachingNote, person: Person) -> None:
    if intent.visibility is None:
        _ask_visibility(turn, intent, person, note.text, saved=True)
        return
    coaching.show(turn.session, note, turn.person, intent.visibility, turn.now)
    _say_it_changed(turn, note, person)


def _change_words(turn: Turn, intent: Coach, note: CoachingNote, person: Person) -> None:
    words = intent.text if intent.change == "text" else intent.agreed
    if not words:
        slot, topic = str(intent.change), f"coach:{person.id}"
        turn.ask(intent, slot, "ask_new_words", topic=topic, old=note.text if slot == "text" else note.agreed)
        return
    if intent.change == "text":
        coaching.reword(turn.session, note, turn.person, words, turn.now)
    else:
        coaching.agree(turn.session, note, turn.person, words, turn.now)
    _say_it_changed(turn, note, person)


def _say_it_changed(turn: Turn, note: CoachingNote, person: Person) -> None:
    buttons = _to_change(turn, note)
    turn.tell("coaching_saved", *buttons, visibility=note.visibility, name=person.name, agreed=note.agreed)
    _share(turn, note, person)


def _share(turn: Turn, note: CoachingNote, person: Person) -> None:
    """The coached person reads what is shared with him; what changes later changes in the same message, where messages
    can be changed. A note taken back is gone from it, he is told so, and its words are kept in no message."""
    key = f"coached:{note.id}"
    original = outbox.by_key(turn.session, key)
    shared = note.visibility in coaching.SHARED
    if not shared and original is None:
        return
    template = "coaching_shared_with_you" if shared else "coaching_taken_back"
    values = {"text": note.text, "agreed": note.agreed, "visibility": note.visibility} if shared else {}
    message = Message(markup=render(person.locale, template, coach=turn.person.name, **values))
    if original is not None and original.platform in CAN_EDIT:
        outbox.edit(turn.session, turn.now, original, message, f"{key}:{turn.receipt_id}")
    else:
        later = f":{turn.receipt_id}" if original is not None else ""
        announcements.tell(turn.session, turn.now, person, message, f"{key}{later}")
    if not shared:
        outbox.keep_no_words(turn.session, key, message)
