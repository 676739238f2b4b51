"""The outbox: every message is promised here in the same commit as the fact it tells, and sent from here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from models.db import insert_new, locked_for_me
from models.messages import Delivery, Message, Place
from models.organization import Channel, Person
from services import limits, people
from services.limits import SEND_LEASE
from services.pieces import EMPTIED, pieces
from services.render import render

GIVE_UP_AFTER_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(minutes=30)
PLACE_COLUMNS = ("platform", "connection", "place_kind", "place_id")


@dataclass(frozen=True)
class Address:
    """A place a message can be sent to. `thread_of` is the platform's id of the message to hang it under."""

    organization_id: int
    platform: str
    connection: str
    place: Place
    thread_of: str | None = None


class SendError(Exception):
    """A send that failed, classified at the edge. `retry_after` in seconds. `ambiguous`: it may have arrived.

    `lost`: the place itself takes nothing any more: one of models.organization.REACHES for a person's account, "gone"
    for a channel. `moved_to`: the place has another id now. `unknown`: nobody can tell whether it arrived, so that it
    is not sent again.
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        ambiguous: bool = False,
        lost: str = "",
        moved_to: str = "",
        unknown: bool = False,
    ) -> None:
        super().__init__(code)
        self.lost = lost
        self.moved_to = moved_to
        self.unknown = unknown
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.ambiguous = ambiguous


@dataclass(frozen=True)
class NextAttempt:
    """What becomes of a delivery whose send failed."""

    state: str
    due_at: datetime


def address_of(session: Session, person: Person) -> Address | None:
    """The person's own chat, or None while no connected platform knows him."""
    identity = people.reachable_identity(session, person)
    if identity is None:
        return None
    place = Place(kind="dm", id=identity.external_id)
    return Address(person.organization_id, identity.platform, identity.workspace, place)


def address_of_channel(channel: Channel) -> Address:
    place = Place(kind="channel", id=channel.external_id)
    return Address(channel.organization_id, channel.platform, channel.workspace, place)


def post(
    session: Session,
    now: datetime,
    to: Address,
    message: Message,
    key: str,
    *,
    ticket: str | None = None,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    under: Delivery | None = None,
) -> Delivery | None:
    """Promise a message once: a second promise under the same key is no promise, and None.

    What is too long for the platform is promised as several messages; the first is returned.
    """
    place = {
        "platform": to.platform,
        "connection": to.connection,
        "place_kind": to.place.kind,
        "place_id": to.place.id,
        "thread_of": to.thread_of,
        "kind": "form" if message.form else "post",
        "ticket": ticket,
        "expires_at": expires_at,
        "under_id": under.id if under else None,
    }
    first, *more = pieces(message, to.platform)
    row = {**_row(now, to.organization_id, key, first), **place, "due_at": due_at or now}
    if not insert_new(session, Delivery, [row]):
        return None
    for number, piece in enumerate(more, start=2):
        row = {**_row(now, to.organization_id, _part(key, number), piece), **place, "due_at": due_at or now}
        insert_new(session, Delivery, [row])
    return by_key(session, key)


def _part(key: str, number: int) -> str:
    return key if number == 1 else f"{key}:part{number}"


def edit(
    session: Session, now: datetime, original: Delivery, message: Message, key: str, ticket: str | None = None
) -> Delivery | None:
    """Promise that a message will read differently; if it reads so already, None. Only its newest change is sent.

    `ticket`: what some platforms want back to change a message, once.
    """
    first, *more = pieces(message, original.platform)
    changed = _change(session, now, original, first, key, ticket)
    for number, piece in enumerate(more, start=2):
        part = by_key(session, _part(original.dedupe_key, number))
        if part is not None:
            _change(session, now, part, piece, _part(key, number))
        else:
            to, parent = _where_it_stands(original), parent_of(session, original)
            post(session, now, to, piece, _part(original.dedupe_key, number), under=parent)
    _empty_the_rest(session, now, original, len(more) + 2, key)
    return changed


def correct(session: Session, now: datetime, original: Delivery, message: Message, key: str) -> None:
    """Change this one message alone, whatever others it was promised with."""
    _change(session, now, original, message, key)


def keep_no_words(session: Session, key: str, instead: Message) -> None:
    """Of what was promised under that key, and of its changes, nothing is kept but this."""
    promised = (col(Delivery.dedupe_key) == key) | col(Delivery.dedupe_key).startswith(f"{key}:")
    session.execute(update(Delivery).where(promised).values(message=instead.model_dump(mode="json")))


def _where_it_stands(delivery: Delivery) -> Address:
    place = Place.model_validate({"kind": delivery.place_kind, "id": delivery.place_id})
    return Address(delivery.organization_id, delivery.platform, delivery.connection, place, delivery.thread_of)


def _empty_the_rest(session: Session, now: datetime, original: Delivery, number: int, key: str) -> None:
    """The message became shorter: what stood in its further parts is not true any more."""
    while (part := by_key(session, _part(original.dedupe_key, number))) is not None:
        _change(session, now, part, Message(markup=EMPTIED), _part(key, number))
        number += 1


def _change(
    session: Session, now: datetime, original: Delivery, message: Message, key: str, ticket: str | None = None
) -> Delivery | None:
    if original.state == "kept":  # nobody has seen it yet: it is kept as it reads now
        original.message = message.model_dump(mode="json")
        session.add(original)
        return None
    before = session.exec(select(Delivery).where(Delivery.edits_id == original.id).order_by(col(Delivery.id))).all()
    if [original, *before][-1].message == message.model_dump(mode="json"):
        return None
    key = f"{key}:{len(before) + 1}"
    session.execute(
        update(Delivery)
        .where(col(Delivery.edits_id) == original.id, col(Delivery.state) == "pending")
        .values(state="replaced")
    )
    row = {
        **_row(now, original.organization_id, key, message),
        "platform": original.platform,
        "connection": original.connection,
        "place_kind": original.place_kind,
        "place_id": original.place_id,
        "kind": "edit",
        "edits_id": original.id,
        "ticket": ticket,
    }
    return by_key(session, key) if insert_new(session, Delivery, [row]) else None


def _row(now: datetime, organization_id: int, key: str, message: Message) -> dict[str, object]:
    return {
        "organization_id": organization_id,
        "dedupe_key": key,
        "message": message.model_dump(mode="json"),
        "state": "pending",
        "attempts": 0,
        "in_doubt": False,
        "error": "",
        "due_at": now,
        "created_at": now,
    }


def by_key(session: Session, key: str) -> Delivery | None:
    return session.exec(select(Delivery).where(Delivery.dedupe_key == key)).first()


def newest(session: Session, prefix: str, *which: Any) -> Delivery | None:
    """The last of those promised under keys that begin so, changes of messages among them."""
    mine = select(Delivery).where(col(Delivery.dedupe_key).startswith(prefix, autoescape=True), *which)
    return session.exec(mine.order_by(col(Delivery.id).desc()).limit(1)).first()


def form_shown(session: Session, to: Address, action: str, since: datetime) -> Delivery | None:
    """The newest form of that meaning that was shown there since then, or the newest change of it."""
    shown = (
        select(Delivery)
        .where(Delivery.platform == to.platform, Delivery.connection == to.connection)
        .where(Delivery.place_kind == to.place.kind, Delivery.place_id == to.place.id)
        .where(col(Delivery.sent_at) >= since, col(Delivery.kind) != "post", col(Delivery.external_id).is_not(None))
        .order_by(col(Delivery.id).desc())
    )
    rows = session.exec(shown).all()
    return next((row for row in rows if (row.message.get("form") or {}).get("action") == action), None)


def take_back(session: Session, *which: Any) -> None:
    """Promises not yet kept that nobody needs any more."""
    session.execute(update(Delivery).where(col(Delivery.state) == "pending", *which).values(state="replaced"))


def claim(session: Session, now: datetime, most: int = 16) -> list[Delivery]:
    """Mark the oldest due delivery of each place *sending*, right before it is sent.

    A place waits while its oldest message is in flight or to be tried again, so that its messages arrive in the order
    they were promised; an oldest that fails for ever is given up in the end. One whose lease ran out was in flight
    when a process died: it comes back `in_doubt`.
    """
    _drop_expired(session, now)
    oldest = session.exec(_oldest_of_each_place(now, most)).all()
    still_free = select(Delivery).where(col(Delivery.id).in_(oldest), _is_due(Delivery, now)).order_by(col(Delivery.id))
    mine = list(session.exec(locked_for_me(session, still_free)).all())
    return [delivery for delivery in mine if _taken(session, delivery, now)]


def _taken(session: Session, delivery: Delivery, now: datetime) -> bool:
    """One after the other: what is in flight already counts against the platform's rates for the next."""
    if _put_off(session, delivery, now):
        return False
    delivery.in_doubt = delivery.in_doubt or delivery.state == "sending"
    delivery.state, delivery.lease_until, delivery.attempts = "sending", now + SEND_LEASE, delivery.attempts + 1
    session.add(delivery)
    session.flush()
    return True


def _put_off(session: Session, delivery: Delivery, now: datetime) -> bool:
    """More than the platform takes in this window is not tried: some drop it without a word.

    What waits behind it in its place waits as long, or it would be overtaken.
    """
    free_at = limits.free_at(session, delivery, now)
    if free_at is None:
        return False
    behind = update(Delivery).where(*(getattr(Delivery, each) == getattr(delivery, each) for each in PLACE_COLUMNS))
    waiting = behind.where(col(Delivery.state) == "pending", col(Delivery.due_at) < free_at)
    session.execute(waiting.values(due_at=free_at))
    return True


def _oldest_of_each_place(now: datetime, most: int) -> Any:
    """One id for each place: a thousand messages waiting hold up no other place, and none overtakes an older one.

    Only what was promised for a later hour, such as the end of somebody's quiet hours, holds nothing up.
    """
    place = [getattr(Delivery, column) for column in PLACE_COLUMNS]
    unsent = col(Delivery.state).in_(("pending", "sending"))
    for_later = (col(Delivery.attempts) == 0) & (col(Delivery.due_at) > now)
    heads = select(func.min(Delivery.id)).where(unsent, ~for_later).group_by(*place)
    return (
        select(Delivery.id)
        .where(col(Delivery.id).in_(heads), _is_due(Delivery, now))
        .order_by(col(Delivery.id))
        .limit(most)
    )


def _is_due(table: Any, now: datetime) -> Any:
    abandoned = (table.state == "sending") & (table.lease_until <= now)
    return ((table.state == "pending") & (table.due_at <= now)) | abandoned


def _drop_expired(session: Session, now: datetime) -> None:
    expired = select(Delivery).where(col(Delivery.state) == "pending", col(Delivery.expires_at) <= now)
    for delivery in session.exec(expired).all():
        delivery.state, delivery.error = "failed", "expired"
        session.add(delivery)
        _say_the_form_is_gone(session, delivery, now)


def _say_the_form_is_gone(session: Session, delivery: Delivery, now: datetime) -> None:
    """A form's ticket lasts seconds; who waited for one is told to press again, or to type."""
    person = people.person_of(session, delivery.platform, delivery.connection, delivery.place_id)
    if delivery.kind == "form" and person is not None:
        place = Place(kind="dm", id=delivery.place_id)
        to = Address(delivery.organization_id, delivery.platform, delivery.connection, place)
        post(session, now, to, Message(markup=render(person.locale, "form_gone")), f"form_gone:{delivery.id}")


def sent(session: Session, delivery_id: int, external_id: str | None, now: datetime) -> None:
    session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id)
        .values(state="sent", external_id=external_id, sent_at=now, lease_until=None, error="")
    )


def not_sent(session: Session, delivery_id: int, error: SendError, now: datetime) -> NextAttempt:
    delivery = session.get_one(Delivery, delivery_id)
    decision = next_attempt(error, delivery.attempts, now)
    delivery.state, delivery.due_at = decision.state, decision.due_at
    delivery.lease_until, delivery.error = None, error.code
    delivery.in_doubt = delivery.in_doubt or error.ambiguous
    session.add(delivery)
    if decision.state == "failed":
        _say_the_form_is_gone(session, delivery, now)
    return decision


def next_attempt(error: SendError, attempts: int, now: datetime) -> NextAttempt:
    """Pure: a decision, never a sleep. An ambiguous send is looked up before it is ever sent again (Outbound.find)."""
    if error.moved_to:
        return NextAttempt("pending", now)
    if error.unknown:
        return NextAttempt("uncertain", now)
    if error.permanent or error.lost or (attempts >= GIVE_UP_AFTER_ATTEMPTS and error.retry_after is None):
        return NextAttempt("failed", now)
    if error.retry_after is not None:
        return NextAttempt("pending", now + timedelta(seconds=error.retry_after))
    pause = min(timedelta(seconds=2**attempts), LONGEST_PAUSE)
    return NextAttempt("pending", now + pause)


def take_over(session: Session, now: datetime) -> None:
    """The only process of this database starts: what is still marked *sending* was in flight when the last one died."""
    session.execute(update(Delivery).where(col(Delivery.state) == "sending").values(lease_until=now))


def original_of(session: Session, delivery: Delivery) -> Delivery | None:
    return session.get(Delivery, delivery.edits_id) if delivery.edits_id else None


def parent_of(session: Session, delivery: Delivery) -> Delivery | None:
    """The message of ours this one hangs under, when that was promised together with it, and stands in that place."""
    parent = session.get(Delivery, delivery.under_id) if delivery.under_id else None
    return parent if parent is not None and parent.place_id == delivery.place_id else None


def by_external_id(session: Session, platform: str, external_id: str) -> Delivery | None:
    """The message the platform knows by this id."""
    return session.exec(
        select(Delivery).where(
            Delivery.platform == platform, Delivery.external_id == external_id, col(Delivery.kind) != "edit"
        )
    ).first()
