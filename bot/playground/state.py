"""What the page shows, read from the inbox and the outbox: the chat survives a restart because it is those tables."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.messages import Attachment, Delivery, Message, Receipt
from models.organization import Channel, Identity, Membership, Person, Team
from services import calendar, rounds
from services import people as roster
from services.markup import Span, spans

MOST_MESSAGES = 200
BOT_NAME = "Loopkeeper"


def cast(session: Session, locale: str) -> Team | None:
    """The playground's team that speaks this language."""
    return session.exec(
        select(Team).join(Channel).where(Channel.platform == "playground", Team.locale == locale, Team.active)
    ).first()


def state(session: Session, locale: str, version: int, now: datetime) -> dict[str, Any]:
    team = cast(session, locale)
    if team is None:
        return {"version": version, "now": now.isoformat(), "casts": [], "people": [], "places": {}, "forms": []}
    channel = session.exec(select(Channel).where(Channel.team_id == team.id, Channel.platform == "playground")).one()
    people = _people(session, team)
    names = {identity: person.name for person, identity, _ in people}
    places = {f"dm:{identity}": person.time_zone for person, identity, _ in people}
    places[f"channel:{channel.external_id}"] = team.time_zone
    return {
        "version": version,
        "now": now.isoformat(),
        "casts": ["zh", "en"],
        "cast": locale,
        "people": [_person(person, identity, role, now) for person, identity, role in people],
        "channel": {
            "id": channel.external_id,
            "name": team.name,
            "members": len(roster.members_of(session, team.id)),
        },
        "next": _next(session, team, now),
        "places": {place: messages(session, place, zone, names, locale) for place, zone in places.items()},
        "forms": [form for _, identity, _ in people for form in _open_forms(session, identity)],
    }


def place_of(session: Session, message_id: str) -> str | None:
    """Where a person's message stands."""
    key = message_id.removeprefix("in-")
    receipt = session.exec(select(Receipt).where(Receipt.platform == "playground", Receipt.event_key == key)).first()
    return f"{receipt.incoming['place']['kind']}:{receipt.incoming['place']['id']}" if receipt else None


def next_prompt(session: Session, team: Team, now: datetime) -> datetime | None:
    """When anybody of the team is asked next (UTC)."""
    instants = [rounds.next_prompt_of(session, person, now) for person, _, _ in _people(session, team)]
    return min((instant for instant in instants if instant is not None), default=None)


def _people(session: Session, team: Team) -> list[tuple[Person, str, str]]:
    """(person, account, his part) of the team first; then of every team of that language, such as one set up just now,
    and of owners without a team, who set up the first."""
    with_account = (
        select(Person, Identity.external_id, Membership.role)
        .join(Identity, col(Identity.person_id) == Person.id)
        .join(Membership, col(Membership.person_id) == Person.id, isouter=True)
        .join(Team, col(Team.id) == Membership.team_id, isouter=True)
        .where(Identity.platform == "playground", Person.organization_id == team.organization_id, Person.active)
    )
    own = with_account.where(Team.id == team.id)
    others = with_account.where(col(Team.id) != team.id, Team.locale == team.locale, Team.active)
    owners = with_account.where(Person.role == "owner", Person.locale == team.locale)
    rows = [row for query in (own, others, owners) for row in session.exec(query.order_by(col(Person.id))).all()]
    leads = {row[0].id for row in rows if row[2] == "lead" or row[0].role == "owner"}
    once = {row[0].id: row for row in reversed(rows)}
    in_order = dict.fromkeys(row[0].id for row in rows)
    return [(once[id_][0], once[id_][1], "lead" if id_ in leads else once[id_][2] or "member") for id_ in in_order]


def _person(person: Person, identity: str, role: str, now: datetime) -> dict[str, Any]:
    return {
        "id": identity,
        "name": person.name,
        "part": "manager" if role == "lead" else "employee",
        "time_zone": person.time_zone,
        "local_time": calendar.local(now, person.time_zone).isoformat(),
        "locale": person.locale,
    }


def _next(session: Session, team: Team, now: datetime) -> dict[str, str] | None:
    at = next_prompt(session, team, now)
    return {"at": at.isoformat(), "local": calendar.local(at, team.time_zone).isoformat()} if at else None


def messages(session: Session, place: str, zone: str, names: dict[str, str], locale: str) -> list[dict[str, Any]]:
    kind, id_ = place.split(":", 1)
    """Everything said in one place, people's words and ours, as the page shows it."""
    heard = [_heard(receipt, zone, names) for receipt in _receipts(session, kind, id_)]
    said = [_said(session, delivery, zone, BOT_NAME) for delivery in _deliveries(session, kind, id_)]
    return sorted(heard + said, key=lambda message: datetime.fromisoformat(message["at"]))[-MOST_MESSAGES:]


def _receipts(session: Session, kind: str, id_: str) -> list[Receipt]:
    newest = select(Receipt).where(Receipt.platform == "playground").order_by(col(Receipt.id).desc()).limit(2000)
    receipts = [
        receipt for receipt in session.exec(newest).all() if receipt.incoming.get("place") == {"kind": kind, "id": id_}
    ]
    return _with_edits([receipt for receipt in reversed(receipts) if receipt.incoming["kind"] == "text"])


def _with_edits(receipts: Sequence[Receipt]) -> list[Receipt]:
    edits = {receipt.incoming["edits"]: receipt.incoming["text"] for receipt in receipts if receipt.incoming["edits"]}
    for receipt in receipts:
        message_id = receipt.incoming["message_id"]
        if message_id in edits:
            receipt.incoming = {**receipt.incoming, "text": edits[message_id], "was_edited": True}
    return [receipt for receipt in receipts if not receipt.incoming["edits"]]


def _heard(receipt: Receipt, zone: str, names: dict[str, str]) -> dict[str, Any]:
    incoming = receipt.incoming
    return {
        "id": incoming["message_id"],
        "from": incoming["sender"],
        "name": names.get(incoming["sender"], incoming["sender"]),
        "at": calendar.local(receipt.received_at, zone).isoformat(),
        "mine": incoming["place"]["kind"] == "dm",
        "edited": incoming.get("was_edited", False),
        "late": False,
        "thread_of": incoming["thread_of"],
        "nodes": [{"t": "text", "v": incoming["text"]}],
        "buttons": [],
    }


def _deliveries(session: Session, kind: str, id_: str) -> Sequence[Delivery]:
    mine = select(Delivery).where(
        Delivery.platform == "playground", Delivery.place_kind == kind, Delivery.place_id == id_
    )
    sent = mine.where(Delivery.state == "sent", Delivery.kind == "post")
    newest = session.exec(sent.order_by(col(Delivery.id).desc()).limit(MOST_MESSAGES)).all()
    return newest[::-1]


def _said(session: Session, delivery: Delivery, zone: str, bot_name: str) -> dict[str, Any]:
    edits = select(Delivery).where(Delivery.edits_id == delivery.id, Delivery.state == "sent")
    newest = session.exec(edits.order_by(col(Delivery.id).desc())).first()
    message = Message.model_validate((newest or delivery).message)
    return {
        "id": delivery.external_id,
        "from": "bot",
        "name": bot_name,
        "at": calendar.local(delivery.created_at, zone).isoformat(),
        "mine": False,
        "edited": newest is not None,
        "late": False,
        "thread_of": delivery.thread_of,
        "nodes": [_node(span) for span in spans(message.markup)],
        "buttons": [button.model_dump() for button in message.buttons],
        "picture": _picture(delivery),
        "file": _file(delivery),
    }


def _picture(delivery: Delivery) -> dict[str, str] | None:
    """Where the page finds it: an edit changes words, never the picture."""
    picture = delivery.message.get("picture")
    return {"src": f"/playground/pictures/{delivery.id}", "alt": picture["alt"]} if picture else None


def _file(delivery: Delivery) -> dict[str, str] | None:
    attachment = delivery.message.get("attachment")
    return {"href": f"/playground/files/{delivery.id}", "download": attachment["name"]} if attachment else None


def file_of(session: Session, delivery_id: int) -> Attachment | None:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.platform != "playground":
        return None
    return Message.model_validate(delivery.message).attachment


def png_of(session: Session, delivery_id: int) -> bytes | None:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.platform != "playground" or not delivery.message.get("picture"):
        return None
    return base64.b64decode(delivery.message["picture"]["png"])


def _node(span: Span) -> dict[str, Any]:
    node: dict[str, Any] = {"t": "at", "v": span.text} if span.user_id else {"t": "text", "v": span.text}
    if span.href:
        node = {"t": "a", "href": span.href, "c": [node]}
    for on, tag in ((span.italic, "i"), (span.bold, "b")):
        node = {"t": tag, "c": [node]} if on else node
    return node


def _open_forms(session: Session, identity: str) -> list[dict[str, Any]]:
    """The newest form opened for this person, until it is submitted."""
    mine = select(Delivery).where(
        Delivery.platform == "playground", Delivery.place_id == identity, Delivery.kind == "form"
    )
    newest = session.exec(mine.where(Delivery.state == "sent").order_by(col(Delivery.id).desc())).first()
    if newest is None or newest.sent_at is None or _submitted_since(session, identity, newest.sent_at):
        return []
    form = newest.message["form"]
    fields = [_field(field) for field in form["fields"]]
    return [{**form, "id": newest.external_id, "for": identity, "fields": fields}]


def _field(field: dict[str, Any]) -> dict[str, Any]:
    """As the page calls the kinds of fields."""
    options = [{"value": value, "label": label} for value, label in field["options"]]
    return {**field, "kind": {"text": "long"}.get(field["kind"], field["kind"]), "hint": None, "options": options}


def _submitted_since(session: Session, identity: str, since: datetime) -> bool:
    sender = f"playground::{identity}"
    later = select(Receipt).where(Receipt.sender == sender, Receipt.received_at >= since)
    return any(receipt.incoming.get("kind") == "form" for receipt in session.exec(later).all())
