"""Editing one's own chat message counts as editing what it said."""

from handlers import check_ins
from handlers.intents import Amend, UpdateAction
from handlers.reading import read_text
from handlers.turn import Turn
from models.check_ins import ANSWERED, Answer, Response
from models.ledger import ActionUpdate
from services import answers, ledger, summaries


def amend(turn: Turn, intent: Amend) -> None:
    answer = answers.by_source(turn.session, turn.person, intent.message_id)
    update = ledger.update_typed_in(turn.session, turn.person, intent.message_id)
    if answer is not None and intent.text.strip():
        _change_answer(turn, answer, intent.text)
    elif update is not None:
        _change_update(turn, update, intent.text)
    else:
        turn.tell("answer_gone")


def _change_answer(turn: Turn, answer: Answer, text: str) -> None:
    response = turn.session.get_one(Response, answer.response_id)
    answers.save(turn.session, response, answer.question, text, turn.now)
    check_ins.refresh_form(turn, response)
    if response.state in ANSWERED:
        answers.submit(turn.session, response, turn.person, turn.now)
        turn.session.flush()
        summaries.publish_again(turn.session, response, turn.now)
    turn.tell("answer_changed", text=text)


def _change_update(turn: Turn, update: ActionUpdate, text: str) -> None:
    """The old update is taken back and the new one made, if it still speaks of the same item."""
    action = ledger.by_id(turn.session, update.action_id)
    updates = [each for each in read_text(turn, text) if isinstance(each, UpdateAction)]
    if [each.number for each in updates] != [action.number]:
        turn.tell("answer_gone")
        return
    if ledger.moved_since(turn.session, update):
        ledger.reword(turn.session, update, updates[0].note or "", turn.person, turn.now)
        turn.reply("answer_changed", text=text)
        return
    ledger.take_back(turn.session, update.id, turn.person, turn.now)
    turn.again(updates[0])
