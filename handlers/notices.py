"""What a platform says by itself: an account that left or came back, a channel that moved, a stranger who joined.

Nobody is answered where it happened. A notice told twice changes nothing the second time; one about an account or a
place nobody knows is harmless.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from models.messages import Incoming, Message
from models.organization import REACHES, Channel, Person, Team
from services import announcements, people, permissions, reach, rounds, workspaces
from services.render import render

Act = Callable[[Session, Incoming, str, datetime], None]


def act(session: Session, incoming: Incoming, now: datetime) -> str:
    """Returns the receipt's state: done, or ignored for a notice of no known kind."""
    kind, _, rest = incoming.action.partition(":")
    if kind not in ACTS:
        return "ignored"
    ACTS[kind](session, incoming, rest, now)
    return "done"


def _reach(session: Session, incoming: Incoming, state: str, now: datetime) -> None:
    account = reach.identity(session, incoming.platform, incoming.connection, incoming.sender)
    if account is None or state not in REACHES:
        return
    if state != "reachable":
        reach.lost(session, account, state, now)
    elif reach.found(session, account, now):
        rounds.ask_who_came_back(session, session.get_one(Person, account.person_id), now)


def _moved(session: Session, incoming: Incoming, new: str, now: datetime) -> None:
    if new:
        reach.moved(session, incoming.platform, incoming.connection, incoming.place.id, new, now)


def _channel(session: Session, incoming: Incoming, state: str, now: datetime) -> None:
    """The bot was taken out of it, or let in again."""
    for channel in _channels(session, incoming):
        if state == "lost":
            reach.lose_channel(session, channel, "removed", now)
        elif state == "back" and channel.lost_at is not None:
            reach.restore_channel(session, channel, channel.workspace, channel.external_id, now)


def _channels(session: Session, incoming: Incoming) -> list[Channel]:
    return reach.channels_in(session, incoming.platform, incoming.connection, incoming.place.id)


def _joined(session: Session, incoming: Incoming, _rest: str, now: datetime) -> None:
    """Somebody outside the team reads the team's posts from now on: its leads should know."""
    person = people.person_of(session, incoming.platform, incoming.connection, incoming.sender)
    for channel in _channels(session, incoming):
        if person is None or not permissions.sees_team(session, person, channel.team_id):
            _tell_the_leads(session, channel, incoming.sender, person, now)


def _tell_the_leads(session: Session, channel: Channel, sender: str, person: Person | None, now: datetime) -> None:
    team = session.get_one(Team, channel.team_id)
    for lead in people.members_of(session, team.id, "lead"):
        name = person.name if person else None
        text = render(lead.locale, "joined_channel", name=name, team=team.name, platform=channel.platform)
        announcements.tell(session, now, lead, Message(markup=text), f"joined:{channel.id}:{sender}:{lead.id}")


def _profile(session: Session, incoming: Incoming, _rest: str, now: datetime) -> None:
    """What the platform says of the person changed: it is asked again. An account that had left is back."""
    account = reach.identity(session, incoming.platform, incoming.connection, incoming.sender)
    if account is not None:
        account.profile_due_at = now
        session.add(account)
        if account.reach == "deactivated":
            _reach(session, incoming, "reachable", now)


def _workspace(session: Session, incoming: Incoming, state: str, _now: datetime) -> None:
    if state == "lost":
        workspaces.disconnected(session, incoming.platform, incoming.connection)


ACTS: dict[str, Act] = {
    "reach": _reach,
    "moved": _moved,
    "channel": _channel,
    "joined": _joined,
    "profile": _profile,
    "workspace": _workspace,
}
