"""A check-in asks where each open item of the person stands: done, in progress, behind and why, or in his own words."""

from dataclasses import replace
from typing import Any

from handlers import naming
from handlers.intents import Answer, Behind, UpdateAction
from handlers.permit import visible_action
from handlers.reading import read_text
from handlers.turn import Turn
from models.check_ins import Response
from models.ledger import Action
from models.organization import Person
from services import answers, blockers, people, questions
from services.question_kinds import Read

WHYS = (("help", "behind_help"), ("date", "behind_date"), ("outside", "behind_outside"), ("plan", "behind_plan"))
MOST_NAMES = 8


def said(turn: Turn, intent: Answer) -> None:
    """`60% waiting for the part` means the item it was asked about; what moves none is its note."""
    text, number, where = intent.text or "", intent.item or 0, (intent.response_id, intent.question)
    if text == "behind":
        turn.again(Behind(number, *where))
        return
    if text in ("done", "in_progress"):
        update = UpdateAction(number, status="done" if text == "done" else "in_progress")
    else:
        update = _in_own_words(turn, number, text)
    turn.again(replace(update, response_id=where[0], question=where[1]))


def _in_own_words(turn: Turn, number: int, text: str) -> UpdateAction:
    updates = [each for each in read_text(turn, f"#{number} {text}") if isinstance(each, UpdateAction)]
    return updates[0] if [each.number for each in updates] == [number] else UpdateAction(number, note=text)


def behind(turn: Turn, intent: Behind) -> None:
    """What is in the way; each reason is asked for what it needs. Typed words are kept as the note."""
    action = visible_action(turn, intent.number)
    assert action is not None
    if intent.why not in dict(WHYS):
        kept = replace(intent, why=None, note=intent.note or intent.why)
        options = [{"value": why, "key": key} for why, key in WHYS]
        turn.ask(kept, "why", "ask_behind_why", topic=_topic(intent), options=options, **_of(action))
    elif intent.why == "date":
        update = UpdateAction(
            intent.number, note=intent.note, why="date", response_id=intent.response_id, question=intent.question
        )
        turn.ask(update, "due", "ask_new_date", topic=_topic(intent), **_of(action))
    elif intent.why == "help":
        _help(turn, intent, action)
    elif not intent.note:
        turn.ask(intent, "note", "ask_behind_note", topic=_topic(intent), **_of(action))
    else:
        turn.again(_update(intent))


def _topic(intent: Behind) -> str:
    return f"{intent.name}:{intent.number}"


def _of(action: Action) -> dict[str, Any]:
    return {"item": action.number, "title": action.title}


def _update(intent: Behind) -> UpdateAction:
    return UpdateAction(
        intent.number, note=intent.note, why=intent.why, response_id=intent.response_id, question=intent.question
    )


def _help(turn: Turn, intent: Behind, action: Action) -> None:
    """Whom, then with what; it becomes a blocker with that helper."""
    if not intent.who:
        options = [{"value": naming.by_id(person), "text": person.name} for person in _who_may_help(turn, action)]
        turn.ask(intent, "who", "ask_help_from", topic=_topic(intent), options=options, **_of(action))
        return
    helper = naming.resolve(turn, replace(intent, who=()), "who", intent.who[0])
    if helper is None:
        return
    if not intent.note:
        kept = replace(intent, who=(naming.by_id(helper),))
        turn.ask(kept, "note", "ask_help_with", topic=_topic(intent), helper=helper.name, **_of(action))
        return
    blockers.raise_(turn.session, action.team_id, turn.person, intent.note, turn.now, action=action, helper=helper)
    turn.again(_update(intent))


def _who_may_help(turn: Turn, action: Action) -> list[Person]:
    team = people.members_of(turn.session, action.team_id, "lead", "member")
    return [person for person in team if person.id != turn.person.id][:MOST_NAMES]


def place_of(turn: Turn, intent: UpdateAction, action: Action) -> tuple[int, int] | None:
    """The response and the question this update answers: said with it, or the one that is open about this item."""
    if intent.response_id is not None and intent.question is not None:
        return intent.response_id, intent.question
    asked = questions.newest(turn.session, turn.person, turn.now)
    if asked is None or asked.intent != Answer.name or asked.slots.get("item") != action.number:
        return None
    questions.close(turn.session, turn.person, asked.topic)
    return asked.slots["response_id"], asked.slots["question"]


def settle(turn: Turn, response: Response, number: int, action: Action, note: str) -> None:
    """One line for each item, in words of no language but the person's own; the value is the items' numbers."""
    known = answers.given(turn.session, response).get(number)
    settled = [each for each in answers.settled_in(known) if each != action.number] + [action.number]
    lines = [line for line in (known.text.splitlines() if known else []) if not _is_about(line, action)]
    lines.append(f"#{action.number} {action.title}: {action.progress}%{f' · {note}' if note else ''}")
    read = Read("\n".join(lines), ",".join(map(str, settled)))
    answers.save(turn.session, response, number, read, turn.now)


def _is_about(line: str, action: Action) -> bool:
    return line.startswith(f"#{action.number} ")
