"""Who can be written to, and where: learned from what people do and from what platforms refuse.

What an account or a channel can no longer take is not lost: a private message goes to another account of the same
person, a post waits for another channel of its team. The lead is told once.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.messages import Delivery, Message
from models.organization import Channel, Identity, Membership, Person, Team
from services import announcements, audit, outbox, people
from services.render import render

GONE = "gone"


def identity(session: Session, platform: str, workspace: str, external_id: str) -> Identity | None:
    query = select(Identity).where(Identity.platform == platform, Identity.workspace == workspace)
    return session.exec(query.where(Identity.external_id == external_id)).first()


def found(session: Session, account: Identity, now: datetime) -> bool:
    """The person wrote, or started the bot: the account can be written to. Returns whether that is news."""
    if account.reach == "reachable":
        return False
    _note(session, account, "reachable", now)
    return True


def lost(session: Session, account: Identity, reach: str, now: datetime) -> None:
    """The account cannot be written to: blocked, deactivated, never started, out of scope. Its leads are told once."""
    if account.reach == reach and account.reach_at is not None:
        return
    _note(session, account, reach, now)
    person = session.get_one(Person, account.person_id)
    if people.reachable_identity(session, person) is None:
        _tell_the_leads(session, person, account, now)


def _note(session: Session, account: Identity, reach: str, now: datetime) -> None:
    old, account.reach, account.reach_at = account.reach, reach, now
    session.add(account)
    session.flush()
    audit.write(session, now, audit.CLOCK, "account.reach", account, old={"reach": old}, new={"reach": reach})


def _tell_the_leads(session: Session, person: Person, account: Identity, now: datetime) -> None:
    for team in people.teams_of(session, person):
        for lead in people.members_of(session, team.id, "lead"):
            if lead.id != person.id:
                text = render(
                    lead.locale, "unreachable", name=person.name, platform=account.platform, reach=account.reach
                )
                key = f"unreachable:{account.id}:{account.reach_at:%Y%m%d%H%M%S}:{lead.id}"
                announcements.tell(session, now, lead, Message(markup=text), key)


def refused(session: Session, delivery: Delivery, why: str, now: datetime) -> None:
    """The platform refused this message for good, because of the place it was for; `why` is one of REACHES or GONE."""
    if delivery.place_kind == "channel":
        for channel in channels_in(session, delivery.platform, delivery.connection, delivery.place_id):
            lose_channel(session, channel, delivery.error, now)
            if f":channel:{channel.id}:" in f"{delivery.dedupe_key}:" and delivery.kind == "post":
                delivery.state = "kept"
        return
    account = identity(session, delivery.platform, delivery.connection, delivery.place_id)
    if account is not None and why != GONE:
        lost(session, account, why, now)
        _send_elsewhere(session, delivery, session.get_one(Person, account.person_id), now)


def _send_elsewhere(session: Session, delivery: Delivery, person: Person, now: datetime) -> None:
    """Prompts and news reach the person on another of his accounts; a form or a change belongs where it was."""
    other = outbox.address_of(session, person)
    if delivery.kind == "post" and delivery.place_kind == "dm" and other is not None:
        outbox.post(
            session,
            now,
            other,
            Message.model_validate(delivery.message),
            f"{delivery.dedupe_key}{announcements.ELSEWHERE}",
        )


def channels_in(session: Session, platform: str, workspace: str, external_id: str) -> list[Channel]:
    """The teams' channels at this place; in a Telegram group's own id lie its topics ("<chat>:<topic>") too."""
    at = select(Channel).where(Channel.platform == platform, Channel.workspace == workspace)
    inside = col(Channel.external_id).startswith(f"{external_id}:", autoescape=True)
    rows = session.exec(at.where((col(Channel.external_id) == external_id) | inside).order_by(col(Channel.id))).all()
    return list(rows)


def lose_channel(session: Session, channel: Channel, why: str, now: datetime) -> None:
    """The platform takes no more posts there: one notice to the leads, and what was promised is kept."""
    if channel.lost_at is not None:
        return
    channel.lost_at, channel.lost_why = now, why
    session.add(channel)
    session.flush()
    audit.write(session, now, audit.CLOCK, "channel.lost", channel, new={"why": why})
    _keep_what_was_promised(session, channel)
    team = session.get_one(Team, channel.team_id)
    for lead in people.members_of(session, team.id, "lead"):
        text = render(lead.locale, "channel_lost", team=team.name, platform=channel.platform, why=why)
        announcements.tell(session, now, lead, Message(markup=text), f"channel_lost:{channel.id}:{now:%Y%m%d%H%M%S}")


def _keep_what_was_promised(session: Session, channel: Channel) -> None:
    """Posts of this very channel wait; an answer in a thread there is worth nothing elsewhere."""
    waiting = update(Delivery).where(*_own_posts(channel), col(Delivery.state) == "pending")
    session.execute(waiting.values(state="kept"))


def _own_posts(channel: Channel) -> tuple[Any, ...]:
    """What services/posts.py promised to this channel; two teams may share a place, and their posts stay apart."""
    return (
        col(Delivery.platform) == channel.platform,
        col(Delivery.connection) == channel.workspace,
        col(Delivery.place_kind) == "channel",
        col(Delivery.place_id) == channel.external_id,
        col(Delivery.kind) == "post",
        col(Delivery.dedupe_key).like(f"%:channel:{channel.id}")
        | col(Delivery.dedupe_key).like(f"%:channel:{channel.id}:part%"),
    )


def restore_channel(session: Session, channel: Channel, workspace: str, external_id: str, now: datetime) -> None:
    """The team's posts go there from now on, and what was kept for its old place goes there too."""
    waiting = update(Delivery).where(*_own_posts(channel), col(Delivery.state).in_(("kept", "pending")))
    session.execute(
        waiting.values(
            state="pending",
            due_at=now,
            attempts=0,
            connection=workspace,
            place_id=external_id,
            thread_of=None,
            error="",
        )
    )
    channel.workspace, channel.external_id, channel.lost_at, channel.lost_why = workspace, external_id, None, ""
    session.add(channel)
    session.flush()


def bind_channel(
    session: Session, team: Team, platform: str, workspace: str, external_id: str, by: Person, now: datetime
) -> Channel:
    """Somebody who may said in that channel that it is the team's: it replaces the one the team had there."""
    of_team = select(Channel).where(Channel.team_id == team.id, Channel.platform == platform)
    channel = session.exec(of_team).first() or Channel(
        organization_id=team.organization_id,
        team_id=team.id,
        platform=platform,
        workspace=workspace,
        external_id=external_id,
    )
    session.add(channel)
    session.flush()
    old = {"place": channel.external_id}
    channel.source = "chat"
    restore_channel(session, channel, workspace, external_id, now)
    audit.write(session, now, by, "channel.set_up", channel, old=old, new={"place": external_id})
    return channel


def all_channels_of(session: Session, team: Team) -> list[Channel]:
    """Lost ones too."""
    return list(session.exec(select(Channel).where(Channel.team_id == team.id).order_by(col(Channel.id))).all())


def moved(session: Session, platform: str, workspace: str, old: str, new: str, now: datetime) -> None:
    """The platform gave a group another id, such as when a Telegram group becomes a supergroup."""
    for channel in channels_in(session, platform, workspace, old):
        if channel.external_id == old:
            restore_channel(session, channel, workspace, new, now)
    rest = update(Delivery).where(
        col(Delivery.platform) == platform, col(Delivery.place_id) == old, col(Delivery.state) == "pending"
    )
    session.execute(rest.values(place_id=new, thread_of=None))


def not_started(session: Session, team: Team, platform: str) -> list[Person]:
    """Everyone of the team whom the bot cannot write to on this platform, or who has no account there."""
    reachable = select(Identity.person_id).where(Identity.platform == platform, Identity.reach == "reachable")
    members = select(Person).join(Membership).where(Membership.team_id == team.id, Person.active)
    return list(session.exec(members.where(col(Person.id).not_in(reachable)).order_by(Person.name)).all())


def accounts_of(session: Session, team: Team) -> list[tuple[Person, list[Identity]]]:
    """Everyone of the team with his accounts, for the lead and for `doctor`."""
    members = people.members_of(session, team.id)
    ids = [person.id for person in members]
    rows = session.exec(select(Identity).where(col(Identity.person_id).in_(ids)).order_by(col(Identity.id))).all()
    return [(person, [row for row in rows if row.person_id == person.id]) for person in members]
