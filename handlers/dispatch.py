"""The dispatcher: one door from what arrived to what is true.

    Receipt -> recognise -> parse -> permit -> limit -> handle -> replies promised -> done
    (a savepoint for each receipt, one commit for the batch)

A bug in a handler rolls back that savepoint only: the receipt keeps the error, the person gets an apology, the others
go on, and `python -m bot replay` reads it again after the fix. A database that is locked or gone is nobody's bug: the
batch is left waiting.
"""

import logging
from datetime import datetime

from sqlmodel import Session

from handlers import consent, home, linking, notices
from handlers.intents import Feed, Intent, UpdateAction
from handlers.reading import read
from handlers.routes import ROUTES
from handlers.turn import Turn
from models.db import Database, DatabaseFault
from models.messages import Incoming, Message, Receipt
from models.organization import SPEAKS_FIRST, Organization
from services import inbox, ledger, limits, outbox, people, reach, rounds
from services.limits import Rate
from services.render import render
from services.vault import Sealer

log = logging.getLogger(__name__)
MOST_INTENTS_IN_ONE_MESSAGE = 50


def run(database: Database, now: datetime, sealer: Sealer | None = None) -> int:
    """Deal with the oldest waiting receipts. Returns how many there were. `sealer`: for the secrets people say."""
    with database.transaction() as session:
        receipts = inbox.claim(session)
        for receipt in receipts:
            _serve(session, receipt, now, sealer)
    return len(receipts)


def _serve(session: Session, receipt: Receipt, now: datetime, sealer: Sealer | None) -> None:
    incoming = Incoming.model_validate(receipt.incoming)
    try:
        with session.begin_nested():
            inbox.finish(session, receipt, _handle(session, receipt, incoming, now, sealer))
            if receipt.state == "ignored" and incoming.overheard:
                inbox.forget(session, receipt)
    except DatabaseFault:
        raise
    except Exception as error:
        log.exception("A message met a bug and is kept", extra={"action": "receipt_failed", "receipt": receipt.id})
        session.refresh(receipt)
        inbox.finish(session, receipt, "failed", type(error).__name__)
        _apologise(session, receipt, incoming, now)
        if not _may_be_kept(session, incoming):
            inbox.finish(session, receipt, "ignored", type(error).__name__)
            inbox.forget(session, receipt)


def _handle(session: Session, receipt: Receipt, incoming: Incoming, now: datetime, sealer: Sealer | None) -> str:
    """Returns the receipt's state: done, ignored, limited; failed is kept for `replay` after a programme is applied."""
    organization = people.organization_of(session, incoming.platform, incoming.connection)
    if organization is None:
        log.warning("Nobody applied a programme for this workspace yet", extra={"action": "no_organization"})
        return "failed"
    receipt.organization_id = organization.id
    if incoming.kind == "notice":
        return notices.act(session, incoming, now)
    person = people.person_of(session, incoming.platform, incoming.connection, incoming.sender)
    if person is None or person.organization_id != organization.id:
        return _answer_stranger(session, receipt, incoming, organization, now)
    came_back = _can_be_written_to(incoming) and _found(session, incoming, now)
    turn = Turn(session, now, receipt.id, incoming, organization, person, sealer)
    if person.consented_at is None:
        return _first_contact(turn, receipt)
    turn.pending.extend(read(turn)[:MOST_INTENTS_IN_ONE_MESSAGE])
    if any(isinstance(intent, Feed) and intent.url for intent in turn.pending):
        inbox.forget(session, receipt)  # the address of a calendar is a secret
    if not incoming.addressed and not _meant_for_the_bot(turn):
        return "ignored"
    state = _take_turn(turn)
    turn.send_replies()
    home.refresh(turn)
    if came_back:
        rounds.ask_who_came_back(session, person, now)
    return state


def _may_be_kept(session: Session, incoming: Incoming) -> bool:
    """What somebody says who is known and has not agreed is not kept, not even to mend a bug."""
    person = people.person_of(session, incoming.platform, incoming.connection, incoming.sender)
    return person is None or person.consented_at is not None


def _first_contact(turn: Turn, receipt: Receipt) -> str:
    """Until he agrees, only that something arrived is kept, so that a redelivery is known."""
    inbox.forget(turn.session, receipt)
    if not turn.incoming.addressed:
        return "ignored"
    allowed = consent.before(turn)
    if allowed is None:
        return consent.not_kept(turn)
    turn.pending.extend(allowed)
    state = _take_turn(turn)
    turn.send_replies()
    return state


def _can_be_written_to(incoming: Incoming) -> bool:
    """Who talks in a group may still have no chat of his own with the bot, where he has to begin it."""
    return incoming.place.kind != "channel" or incoming.platform not in SPEAKS_FIRST


def _found(session: Session, incoming: Incoming, now: datetime) -> bool:
    account = reach.identity(session, incoming.platform, incoming.connection, incoming.sender)
    return account is not None and reach.found(session, account, now)


def _take_turn(turn: Turn) -> str:
    """Handle every intent of the message, and those that answers bring back, in order."""
    for _ in range(2 * MOST_INTENTS_IN_ONE_MESSAGE):
        if not turn.pending:
            break
        if not _within_limit(turn, turn.pending[0]):
            return "limited"
        _permit_and_handle(turn, turn.pending.popleft())
    return "done"


def _permit_and_handle(turn: Turn, intent: Intent) -> None:
    route = ROUTES[type(intent)]
    refusal = route.who(turn, intent)
    if refusal is None:
        route.handler(turn, intent)
    else:
        turn.reply(refusal.template, **refusal.values)


def _within_limit(turn: Turn, intent: Intent) -> bool:
    """A flood is stopped politely, once; what came before is kept."""
    rate = ROUTES[type(intent)].limit
    over = limits.exceeded_by(turn.session, rate, f"person:{turn.person.id}", turn.now)
    if over == 1:
        turn.tell("too_fast")
    return over == 0


def _meant_for_the_bot(turn: Turn) -> bool:
    """Without a mention, only a plain `#12 …` under one of the bot's own posts is for the bot, and its correction.

    In private only a reaction is not said to the bot: it is for the bot if it honours somebody of the roster.
    """
    incoming = turn.incoming
    if incoming.edits is not None:
        return ledger.update_typed_in(turn.session, turn.person, incoming.edits) is not None
    if turn.in_private:
        return bool(turn.mentioned)
    if incoming.thread_of is None:
        return False
    own_post = outbox.by_external_id(turn.session, incoming.platform, incoming.thread_of)
    return own_post is not None and all(isinstance(intent, UpdateAction) for intent in turn.pending)


def _answer_stranger(
    session: Session, receipt: Receipt, incoming: Incoming, organization: Organization, now: datetime
) -> str:
    """Politely, once in a while, and without a word about anybody; a code makes him somebody the bot knows."""
    inbox.forget(session, receipt)
    if not incoming.addressed or incoming.kind in ("contact", "home", "draft"):
        return "ignored"
    code = linking.code_of_stranger(incoming, organization, now)
    if code is not None:
        return _link(session, receipt, incoming, organization, code, now)
    who = f"stranger:{incoming.platform}:{incoming.connection}:{incoming.sender}"
    if limits.exceeded_by(session, Rate.STRANGER, who, now):
        return "limited"
    _answer(session, receipt, incoming, organization.id, render(organization.locale, "stranger"), "stranger", now)
    return "done"


def _link(
    session: Session, receipt: Receipt, incoming: Incoming, organization: Organization, code: str, now: datetime
) -> str:
    text = linking.link_stranger(session, incoming, organization, code, now)
    if text is None:
        return "limited"
    _answer(session, receipt, incoming, organization.id, text, "link", now)
    person = people.person_of(session, incoming.platform, incoming.connection, incoming.sender)
    if person is not None:
        rounds.ask_who_came_back(session, person, now)
    return "done"


def _apologise(session: Session, receipt: Receipt, incoming: Incoming, now: datetime) -> None:
    organization = people.organization_of(session, incoming.platform, incoming.connection)
    if organization is None:
        return
    person = people.person_of(session, incoming.platform, incoming.connection, incoming.sender)
    text = render(person.locale if person else organization.locale, "apology")
    _answer(session, receipt, incoming, organization.id, text, "apology", now)


def _answer(
    session: Session, receipt: Receipt, incoming: Incoming, organization_id: int, text: str, kind: str, now: datetime
) -> None:
    thread = incoming.message_id if incoming.place.kind == "channel" else None
    to = outbox.Address(organization_id, incoming.platform, incoming.connection, incoming.place, thread)
    outbox.post(session, now, to, Message(markup=text), f"{kind}:{receipt.id}")
