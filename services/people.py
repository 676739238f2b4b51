"""The roster: who a platform account is, whose team is whose, who is meant by a name, who is away."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from models.organization import Absence, Channel, Identity, Membership, Organization, Person, Team, Workspace


def organization_of(session: Session, platform: str, workspace: str) -> Organization | None:
    """The organization that owns this place on a platform."""
    return session.exec(
        select(Organization).join(Workspace).where(Workspace.platform == platform, Workspace.external_id == workspace)
    ).first()


def only_organization(session: Session) -> Organization | None:
    """The organization of an installation that has exactly one."""
    found = session.exec(select(Organization).limit(2)).all()
    return found[0] if len(found) == 1 else None


def person_of(session: Session, platform: str, workspace: str, external_id: str) -> Person | None:
    return session.exec(
        select(Person)
        .join(Identity)
        .where(Identity.platform == platform, Identity.workspace == workspace, Identity.external_id == external_id)
        .where(Person.active)
    ).first()


def identity_on(session: Session, person_id: int, platform: str, workspace: str) -> Identity | None:
    return session.exec(
        select(Identity).where(
            Identity.person_id == person_id, Identity.platform == platform, Identity.workspace == workspace
        )
    ).first()


def reachable_identity(session: Session, person: Person) -> Identity | None:
    """The account to write to: on the platform he prefers, else the first that is known to take it, else untried.

    Only on platforms that are connected now. Where nobody has tried yet, trying is how it is found out.
    """
    accounts = session.exec(
        select(Identity)
        .join(
            Workspace,
            (col(Workspace.platform) == Identity.platform) & (col(Workspace.external_id) == Identity.workspace),
        )
        .where(Identity.person_id == person.id, Workspace.connected)
        .where((col(Identity.reach) == "reachable") | col(Identity.reach_at).is_(None))
        .order_by(col(Identity.id))
    ).all()
    return min(accounts, key=lambda it: (it.platform != person.prefers, it.reach != "reachable"), default=None)


def channels_of(session: Session, team: Team) -> Sequence[Channel]:
    """The team's channels on the platforms that are connected now."""
    return session.exec(
        select(Channel)
        .join(
            Workspace, (col(Workspace.platform) == Channel.platform) & (col(Workspace.external_id) == Channel.workspace)
        )
        .where(Channel.team_id == team.id, Workspace.connected, col(Channel.lost_at).is_(None))
        .order_by(col(Channel.id))
    ).all()


def teams_in_channel(session: Session, platform: str, workspace: str, external_id: str) -> set[int]:
    """A topic of a Telegram group ("<chat>:<topic>") belongs to its group too."""
    here = {external_id, external_id.split(":")[0]}
    query = select(Channel.team_id).where(
        Channel.platform == platform, Channel.workspace == workspace, col(Channel.external_id).in_(here)
    )
    return set(session.exec(query).all())


def teams_of(session: Session, person: Person, *roles: str) -> Sequence[Team]:
    """The active teams this person belongs to, in any of the roles (all when none is named)."""
    query = select(Team).join(Membership).where(Membership.person_id == person.id, Team.active).order_by(Team.name)
    return session.exec(query.where(col(Membership.role).in_(roles)) if roles else query).all()


def visible_teams(session: Session, person: Person) -> Sequence[Team]:
    """The teams whose board this person may see: his own; all of them for owners and HR."""
    if person.role == "member":
        return teams_of(session, person)
    return session.exec(
        select(Team).where(Team.organization_id == person.organization_id, Team.active).order_by(Team.name)
    ).all()


def role_in(session: Session, team_id: int, person: Person) -> str | None:
    return session.exec(
        select(Membership.role).where(Membership.team_id == team_id, Membership.person_id == person.id)
    ).first()


def members_of(session: Session, team_id: int, *roles: str) -> Sequence[Person]:
    query = select(Person).join(Membership).where(Membership.team_id == team_id, Person.active).order_by(Person.name)
    return session.exec(query.where(col(Membership.role).in_(roles)) if roles else query).all()


def stewards_of(session: Session, organization_id: int) -> Sequence[Person]:
    """Owners and HR."""
    ours = select(Person).where(Person.organization_id == organization_id, Person.active, Person.role != "member")
    return session.exec(ours.order_by(Person.name)).all()


def shared_teams(session: Session, one: Person, other: Person) -> list[Team]:
    theirs = {team.id for team in teams_of(session, other)}
    return [team for team in visible_teams(session, one) if team.id in theirs]


def names_near(session: Session, person: Person) -> list[str]:
    """The names this person is likely to type: everyone in his teams."""
    ours = select(Membership.team_id).where(Membership.person_id == person.id)
    query = select(Person.name).join(Membership).where(col(Membership.team_id).in_(ours)).distinct()
    return list(session.exec(query).all())


def named(session: Session, organization_id: int, written: str) -> list[Person]:
    """Everyone a written name can mean: the exact name if anybody bears it, else those whose name begins with it.

    "id:42" is the person with that id: what a button stands for when names are not enough.
    """
    wanted = written.strip().casefold()
    if not wanted:
        return []
    ours = select(Person).where(Person.organization_id == organization_id, Person.active)
    if wanted.startswith("id:"):
        return list(session.exec(ours.where(Person.id == _number(wanted.removeprefix("id:")))).all())
    begin_so = session.exec(ours.where(col(Person.name).istartswith(wanted, autoescape=True))).all()
    exact = [person for person in begin_so if person.name.casefold() == wanted]
    return exact or list(begin_so)


def _number(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) < 10 else 0


def absence_on(session: Session, person_id: int, on: date, team_id: int | None = None) -> Absence | None:
    """The absence that counts on that local date: for this team; without a team, one from everything."""
    whole = col(Absence.team_id).is_(None)
    return session.exec(
        select(Absence)
        .where(Absence.person_id == person_id, Absence.starts_on <= on, Absence.ends_on >= on)
        .where(col(Absence.overruled_at).is_(None), whole | (Absence.team_id == team_id) if team_id else whole)
        .order_by(col(Absence.ends_on).desc())
    ).first()


def team_named(session: Session, name: str) -> Team | None:
    return session.exec(select(Team).where(Team.name == name)).first()
