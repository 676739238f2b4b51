"""Editing one's own chat message counts as editing what it said."""

from handlers import answering, receipts
from handlers.intents import Amend, UpdateAction
from handlers.reading import read_text
from handlers.turn import Turn
from models.check_ins import ANSWERED, Answer, Response
from models.ledger import ActionUpdate
from services import answers, inbox, ledger, question_kinds


def amend(turn: Turn, intent: Amend) -> None:
    answer = answers.by_source(turn.session, turn.person, intent.message_id)
    update = ledger.update_typed_in(turn.session, turn.person, intent.message_id)
    if answer is not None and intent.text.strip():
        _change_answer(turn, answer, intent.text)
    elif update is not None:
        _change_update(turn, update, intent.text)
    else:  # it may have been an anonymous answer, of which nobody knows any more who wrote it
        inbox.blank(turn.session, turn.receipt_id)
        turn.tell("answer_gone")


def _change_answer(turn: Turn, answer: Answer, text: str) -> None:
    response = turn.session.get_one(Response, answer.response_id)
    round_ = answers.round_of(turn.session, response)
    if round_.anonymous:
        inbox.blank(turn.session, turn.receipt_id)
    read = question_kinds.read(round_.questions[answer.question], text, turn.locale)
    if isinstance(read, question_kinds.Unread):
        answering.say_unread(turn, round_, read, text)
        return
    answers.save(turn.session, response, answer.question, read, turn.now)
    answering.refresh_form(turn, response)
    if response.state in ANSWERED:
        answering.send_again(turn, response)
    receipts.changed(turn, round_, answer, read.text)


def _change_update(turn: Turn, update: ActionUpdate, text: str) -> None:
    """The old update is taken back and the new one made, if it still speaks of the same item."""
    action = ledger.by_id(turn.session, update.action_id)
    updates = _updates_in(turn, text) or _without_its_number(turn, action.number, text)
    if [each.number for each in updates] != [action.number]:
        turn.tell("answer_gone")
        return
    if ledger.moved_since(turn.session, update):
        ledger.reword(turn.session, update, updates[0].note or "", turn.person, turn.now)
        turn.reply("answer_changed", text=text)
        return
    ledger.take_back(turn.session, update.id, turn.person, turn.now)
    turn.again(updates[0])


def _updates_in(turn: Turn, text: str) -> list[UpdateAction]:
    return [each for each in read_text(turn, text) if isinstance(each, UpdateAction)]


def _without_its_number(turn: Turn, number: int, text: str) -> list[UpdateAction]:
    """`70%`, said when a check-in asked about the item: words that move it are still about it."""
    updates = _updates_in(turn, f"#{number} {text}")
    return [each for each in updates if each.status or each.progress is not None or each.due]
