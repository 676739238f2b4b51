"""Which of the organization's places on the platforms this installation is connected to."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from models.db import insert_new
from models.organization import Organization, Workspace

Places = Collection[tuple[str, str]]
"""(platform, workspace) pairs."""


def connect(session: Session, places: Places) -> None:
    """From now on people are written to in these places, and in no other."""
    _adopt(session, places)
    for workspace in _wrong(session, places):
        workspace.connected = not workspace.connected
        session.add(workspace)


def are_connected(session: Session, places: Places) -> bool:
    """False when a programme was applied since, with places nobody connected yet."""
    return not _wrong(session, places) and not _homeless(session, places)


def name_bot(session: Session, platform: str, workspace: str, name: str) -> bool:
    """What the bot is called there. False before a programme was applied: there is nowhere to note it."""
    rows = _at(session, platform, workspace)
    for row in rows:
        if row.bot_name != name:
            row.bot_name = name
            session.add(row)
    return bool(rows)


def disconnected(session: Session, platform: str, workspace: str) -> None:
    """The platform took the bot out of it: nobody is written to there from now on."""
    for row in _at(session, platform, workspace):
        row.connected = False
        session.add(row)


def start_links(session: Session, organization_id: int, code: str = "") -> dict[str, str]:
    """platform -> a link that starts a chat with the bot there, with a code that says who starts it.

    https://core.telegram.org/bots/features#deep-linking: up to 64 of A-Z a-z 0-9 _ -
    """
    telegram = select(Workspace).where(Workspace.organization_id == organization_id, Workspace.platform == "telegram")
    rows = session.exec(telegram.where(Workspace.connected, col(Workspace.bot_name).is_not(None))).all()
    return {row.platform: f"https://t.me/{row.bot_name}" + (f"?start={code}" if code else "") for row in rows}


def _adopt(session: Session, places: Places) -> None:
    """With exactly one organization here, a place nobody claimed is its own: it needs no programme file to be heard."""
    for organization_id, platform, workspace in _homeless(session, places):
        row = {"organization_id": organization_id, "platform": platform, "external_id": workspace, "connected": False}
        insert_new(session, Workspace, [row])
    session.flush()


def _homeless(session: Session, places: Places) -> list[tuple[int, str, str]]:
    """(the only organization's id, platform, workspace) of the places no row stands for."""
    organizations = session.exec(select(Organization.id).limit(2)).all()
    if len(organizations) != 1:
        return []
    known = {(row.platform, row.external_id) for row in session.exec(select(Workspace)).all()}
    return [(organizations[0], *place) for place in sorted(set(places) - known)]


def _at(session: Session, platform: str, workspace: str) -> Sequence[Workspace]:
    query = select(Workspace).where(Workspace.platform == platform, Workspace.external_id == workspace)
    return session.exec(query).all()


def _wrong(session: Session, places: Places) -> list[Workspace]:
    rows = session.exec(select(Workspace)).all()
    return [row for row in rows if row.connected != ((row.platform, row.external_id) in places)]
