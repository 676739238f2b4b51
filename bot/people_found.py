"""The part of `doctor` about people and channels: whom nobody can reach, and where nothing can be posted. No names."""

from collections.abc import Iterator

from sqlmodel import Session, col, func, select

from bot.platform import Finding
from models.db import Database
from models.messages import Delivery
from models.organization import Channel, Identity, Person

WAYS_BACK = {
    "never_started": "Each of them has to write to the bot there first; `invite @name` in chat gives them a link.",
    "blocked": "Each of them has to unblock the bot; they are asked again as soon as they do.",
    "deactivated": "Take them off the programme file, or give them another account.",
    "out_of_scope": "Add them to what the app may see, in the platform's admin console.",
}


def people_and_channels(platforms: list[str], database: Database) -> list[Finding]:
    with database.reading() as session:
        return [
            *_without_account(session, platforms),
            *_out_of_reach(session, platforms),
            *_without_any_way(session, platforms),
            *_lost_channels(session),
            *_kept(session),
        ]


def _without_account(session: Session, platforms: list[str]) -> Iterator[Finding]:
    reached = select(Identity.person_id).where(col(Identity.platform).in_(platforms))
    lost = select(func.count()).where(col(Person.active), col(Person.id).not_in(reached))
    if count := session.exec(lost).one():
        mend = "Give them an account on a configured platform in the programme file, or configure theirs."
        yield Finding(False, f"{count} people have no account on a configured platform.", mend)


def _out_of_reach(session: Session, platforms: list[str]) -> Iterator[Finding]:
    """Only what is known: an account nobody has tried yet may well be fine."""
    tried = (col(Identity.reach) != "reachable") & col(Identity.reach_at).is_not(None)
    counted = (
        select(Identity.platform, Identity.reach, func.count())
        .join(Person)
        .where(Person.active, tried, col(Identity.platform).in_(platforms))
        .group_by(col(Identity.platform), col(Identity.reach))
        .order_by(col(Identity.platform), col(Identity.reach))
    )
    for platform, reach, count in session.exec(counted).all():
        yield Finding(True, f"{count} accounts on {platform} cannot be written to: {reach}.", WAYS_BACK[reach])


def _without_any_way(session: Session, platforms: list[str]) -> Iterator[Finding]:
    may_work = (col(Identity.reach) == "reachable") | col(Identity.reach_at).is_(None)
    has_account = select(Identity.person_id).where(col(Identity.platform).in_(platforms))
    reached = has_account.where(may_work)
    lost = select(func.count()).where(
        col(Person.active), col(Person.id).in_(has_account), col(Person.id).not_in(reached)
    )
    if count := session.exec(lost).one():
        mend = (
            "They are asked nothing, and their leads know. A second account would reach them: `invite @name` in chat."
        )
        yield Finding(False, f"{count} people can be reached on none of their accounts.", mend)


def _lost_channels(session: Session) -> Iterator[Finding]:
    counted = (
        select(Channel.platform, Channel.lost_why, func.count())
        .where(col(Channel.lost_at).is_not(None))
        .group_by(col(Channel.platform), col(Channel.lost_why))
        .order_by(col(Channel.platform), col(Channel.lost_why))
    )
    for platform, why, count in session.exec(counted).all():
        mend = "Let the bot in again, or write `setup` in another channel, or change the programme file and apply it."
        yield Finding(False, f"{count} channels on {platform} take no posts any more: {why}.", mend)


def _kept(session: Session) -> Iterator[Finding]:
    if count := session.exec(select(func.count()).where(Delivery.state == "kept")).one():
        yield Finding(True, f"{count} posts are kept for channels that were lost.", "They follow to the next channel.")
