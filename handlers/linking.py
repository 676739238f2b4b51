"""One person on several platforms: `link` gives a code, `link CODE` links, `invite` gives one to somebody else, `here`
says where to write from now on.

`link CODE` mostly comes from an account nobody knows yet, so that it is answered before the roster is asked.
"""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from handlers import naming
from handlers.intents import Here, Invite, Link
from handlers.turn import Turn
from handlers.understanding.parse import parse
from models.messages import Button, Incoming, Message
from models.organization import Organization, Person
from services import calendar, limits, linking, outbox, permissions, roster, workspaces
from services.limits import Rate
from services.render import label, render


def link(turn: Turn, intent: Link) -> None:
    """Codes are for private chats: where others read, none is shown and none is tried."""
    if not turn.in_private:
        turn.tell("link_in_private")
    elif intent.code is None:
        code, until = linking.make_code(turn.session, turn.person, turn.person, turn.now)
        turn.tell("link_code", code=readable(code), until=until, time_zone=turn.person.time_zone)
    else:
        refusal = _refusal(turn.session, turn.incoming, turn.organization, intent.code, turn.now)
        if refusal:
            turn.tell(refusal)


def link_stranger(
    session: Session, incoming: Incoming, organization: Organization, code: str, now: datetime
) -> str | None:
    """What to answer an account nobody knows; None when it tried too often."""
    refusal = _refusal(session, incoming, organization, code, now)
    meant = linking.meant_by(session, code, organization.id, now)
    if refusal is not None or meant is None:
        return render(organization.locale, refusal) if refusal else None
    invitation, person = meant
    before = outbox.address_of(session, person)
    entry_id = linking.link(session, invitation, person, incoming, now)
    if before is not None:
        _tell_the_old_account(session, person, before, incoming.platform, entry_id, now)
    return render(person.locale, "linked", name=person.name, platform=incoming.platform)


def _refusal(session: Session, incoming: Incoming, organization: Organization, code: str, now: datetime) -> str | None:
    """The template that says why not; "" is silence, None is no refusal."""
    who = f"account:{incoming.platform}:{incoming.connection}:{incoming.sender}"
    over = limits.exceeded_by(session, Rate.LINK, who, now)
    if over:
        return "link_too_often" if over == 1 else ""
    meant = linking.meant_by(session, code, organization.id, now)
    if meant is None:
        return "link_wrong"
    owner = linking.owner_of(session, incoming)
    if owner is None:
        return None
    return "link_already" if owner == meant[1].id else "link_taken"


def _tell_the_old_account(
    session: Session, person: Person, before: outbox.Address, platform: str, entry_id: int, now: datetime
) -> None:
    """Whoever reads there can take the link back for a day, whatever else was done since."""
    button = Button(label=label(person.locale, "not_me"), action=f"v1:undo:{entry_id}", style="danger")
    text = render(person.locale, "linked_elsewhere", platform=platform)
    outbox.post(session, now, before, Message(markup=text, buttons=(button,)), f"linked:{entry_id}")


def code_of_stranger(incoming: Incoming, organization: Organization, now: datetime) -> str | None:
    """The code in `link CODE`, written in private; in a channel it is nobody's business."""
    if incoming.kind != "text" or incoming.place.kind != "dm":
        return None
    zone = calendar.zone(organization.time_zone)
    reading = parse(incoming.text, now=now, zone=zone, locale=organization.locale, open_question=False)
    first = reading.intents[0]
    return first.code if isinstance(first, Link) else None


def invite(turn: Turn, intent: Invite) -> None:
    if len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
    elif not intent.who:
        turn.ask(intent, "who", "ask_who_invite")
    else:
        _invite(turn, intent.who[0])


def _invite(turn: Turn, name: str) -> None:
    """The code goes to whoever asked for it, never to a channel."""
    person = naming.resolve(turn, Invite(), "who", name)
    if person is None:
        return
    if not permissions.invites(turn.session, turn.person, person):
        turn.tell("invite_not_allowed")
        return
    code, until = linking.make_code(turn.session, person, turn.person, turn.now)
    links = workspaces.start_links(turn.session, turn.organization.id, code)
    zone = turn.person.time_zone
    turn.tell("invited", name=person.name, code=readable(code), until=until, time_zone=zone, links=links)


def here(turn: Turn, _intent: Here) -> None:
    roster.prefer(turn.session, turn.person, turn.incoming.platform, turn.now)
    turn.tell("here_set", platform=turn.incoming.platform)


def readable(code: str) -> str:
    """ "ABCD-EFGH"."""
    return f"{code[:4]}-{code[4:]}"
