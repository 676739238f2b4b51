"""First contact: until a person agrees, only his account is kept, and he is told what would be."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session, col, select

from models.check_ins import Response
from models.messages import Button, Delivery, Message
from models.organization import Identity, Organization, Person
from services import announcements, audit, outbox, people, reach, retention
from services.render import label, render

NO_CONSENT = "no_consent"
"""Why a Response waits: its person has not agreed yet."""
ANSWERS: tuple[Literal["ok", "details", "not_me"], ...] = ("ok", "details", "not_me")
REMINDED_AFTER = timedelta(days=3)
TAPS = timedelta(minutes=10)
"""How long the check-in waits for the last taps of somebody who has just agreed."""


def introduction(session: Session, person: Person) -> dict[str, Any]:
    """Who the bot is, who added this person, what is kept, for how many days."""
    organization = session.get_one(Organization, person.organization_id)
    leads = {
        lead.name
        for team in people.teams_of(session, person)
        for lead in people.members_of(session, team.id, "lead")
        if lead.id != person.id
    }
    kept = {kept.key: retention.days_of(kept, organization.retention) for kept in retention.EVERYTHING}
    added_by = sorted(leads) or _stewards(session, person)
    return {"name": person.name, "organization": organization.name, "added_by": added_by[:3], "days": kept}


def _stewards(session: Session, person: Person) -> list[str]:
    ours = select(Person.name).where(Person.organization_id == person.organization_id, Person.active)
    stewards = ours.where(Person.role != "member", Person.id != person.id).order_by(Person.role, Person.name)
    return list(session.exec(stewards).all())


def buttons(person: Person) -> tuple[Button, ...]:
    return tuple(
        Button(
            label=label(person.locale, key),
            action=f"v1:consent:{person.id}:{place}",
            style="primary" if key == "ok" else "",
        )
        for place, key in enumerate(ANSWERS)
    )


def greet(session: Session, person: Person, now: datetime, to: outbox.Address | None = None) -> None:
    """The first contact, once for each account, and once more after three days of silence."""
    to = to or outbox.address_of(session, person)
    if to is None:
        return
    text = render(person.locale, "first_contact", **introduction(session, person))
    message = Message(markup=text, buttons=buttons(person))
    account = reach.identity(session, to.platform, to.connection, to.place.id)
    key = f"first_contact:{person.id}:{account.id if account else 0}"
    if outbox.post(session, now, to, message, key) is not None:
        outbox.post(session, now, to, message, f"{key}:again", due_at=now + REMINDED_AFTER)


def agree(session: Session, person: Person, now: datetime) -> None:
    """From now on what he says is kept. What could not be asked without his word is asked soon."""
    person.consented_at = now
    session.add(person)
    audit.write(session, now, person, "person.consented", person, new={"where": "chat"})
    take_back(session, person)
    wake(session, person, now, now + TAPS)


def take_back(session: Session, person: Person) -> None:
    outbox.take_back(session, col(Delivery.dedupe_key).startswith(f"first_contact:{person.id}:"))


def wake(session: Session, person: Person, now: datetime, at: datetime) -> None:
    """Where a window is still open, he is asked at that instant (UTC)."""
    waiting = select(Response).where(Response.person_id == person.id, Response.reason == NO_CONSENT)
    open_now = waiting.where(Response.state == "planned", col(Response.close_at) > now)
    for response in session.exec(open_now).all():
        response.due_step, response.due_at = "prompt", max(at, response.prompt_at)
        session.add(response)


def not_me(session: Session, person: Person, account: Identity, now: datetime) -> None:
    """The account belongs to somebody else: it is taken off the person; leads and stewards are told, once."""
    audit.write(session, now, audit.CLOCK, "account.not_mine", account, old={"platform": account.platform})
    outbox.take_back(
        session,
        Delivery.platform == account.platform,
        Delivery.connection == account.workspace,
        Delivery.place_id == account.external_id,
    )
    for other in _who_keeps_the_list(session, person):
        text = render(other.locale, "account_not_theirs", name=person.name, platform=account.platform)
        announcements.tell(session, now, other, Message(markup=text), f"not_mine:{account.id}:{other.id}")
    session.delete(account)
    session.flush()


def _who_keeps_the_list(session: Session, person: Person) -> list[Person]:
    """His leads, and owners and HR."""
    leads = [lead for team in people.teams_of(session, person) for lead in people.members_of(session, team.id, "lead")]
    ours = select(Person).where(Person.organization_id == person.organization_id, Person.active)
    everyone = [*leads, *session.exec(ours.where(Person.role != "member").order_by(col(Person.id))).all()]
    return list({each.id: each for each in everyone if each.id != person.id}.values())
