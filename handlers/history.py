"""`history`: what was answered in earlier check-ins, one's own or, for a lead, that of his people."""

from handlers import naming
from handlers.intents import History
from handlers.turn import Turn
from models.messages import Button
from models.organization import Person
from services import history
from services.render import label


def show(turn: Turn, intent: History) -> None:
    """Somebody one may not read is answered like somebody who answered nothing, under the name that was written."""
    person = _whose(turn, intent)
    if person is None:
        return
    page, own = intent.page or 0, person.id == turn.person.id
    past, more = history.of(turn.session, person, turn.person, page)
    if not past and not intent.who and not own:
        turn.reply("question_over")
        return
    older = [Button(label=label(turn.locale, "older"), action=f"v1:history:{person.id}:{page + 1}")] if more else []
    turn.tell("history", *older, name=intent.who[0] if intent.who else person.name, own=own, past=past)


def _whose(turn: Turn, intent: History) -> Person | None:
    if intent.person_id is not None:
        return _known(turn, intent.person_id)
    return naming.resolve(turn, History(), "who", intent.who[0]) if intent.who else turn.person


def _known(turn: Turn, person_id: int) -> Person | None:
    person = turn.session.get(Person, person_id)
    if person is None or person.organization_id != turn.organization.id:
        turn.reply("question_over")
        return None
    return person
