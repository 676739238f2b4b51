"""What is said about a blocker: the card of who is asked, and one line for every step."""

from datetime import datetime

from sqlmodel import Session

from models.ledger import Action, Blocker
from models.messages import Button, Message
from models.organization import Person
from services.render import label, render


def card(session: Session, blocker: Blocker, reader: Person, now: datetime, why: str = "") -> Message:
    """How it stands, with what can be done about it. `why` it is said again: "remind" or "escalated"."""
    text = render(reader.locale, "blocker_card", why=why, **facts(session, blocker, now))
    return Message(markup=text, buttons=buttons(blocker, reader))


def buttons(blocker: Blocker, reader: Person) -> tuple[Button, ...]:
    verbs = {"raised": ("acknowledge", "update", "resolve"), "acknowledged": ("update", "resolve"), "resolved": ()}
    return tuple(
        Button(label=label(reader.locale, f"blocker_{verb}"), action=f"v1:blocker_{verb}:{blocker.number}")
        for verb in verbs[blocker.state]
    )


def facts(session: Session, blocker: Blocker, now: datetime) -> dict[str, object]:
    """`who` acknowledged or resolved it; `days` since it was raised."""
    mover_id = blocker.resolved_by_id if blocker.state == "resolved" else blocker.acknowledged_by_id
    return {
        "number": blocker.number,
        "name": session.get_one(Person, blocker.person_id).name,
        "text": blocker.text,
        "action": session.get(Action, blocker.action_id) if blocker.action_id else None,
        "state": blocker.state,
        "who": session.get_one(Person, mover_id).name if mover_id else "",
        "note": blocker.last_note,
        "days": (now - blocker.raised_at).days,
    }


def step(blocker: Blocker, reader: Person, taken: str, who: str) -> Message:
    """`taken`: acknowledged, noted, resolved, reopened or escalated; `who` did it, or was asked now."""
    text = render(
        reader.locale, "blocker_step", number=blocker.number, text=blocker.text, step=taken, who=who,
        note=blocker.last_note,
    )  # fmt: skip
    return Message(markup=text, buttons=buttons(blocker, reader) if taken in ("noted", "reopened") else ())
