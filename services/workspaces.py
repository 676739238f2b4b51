"""Which of the organization's places on the platforms this installation is connected to."""

from collections.abc import Collection

from sqlmodel import Session, select

from models.organization import Workspace

Places = Collection[tuple[str, str]]
"""(platform, workspace) pairs."""


def connect(session: Session, places: Places) -> None:
    """From now on people are written to in these places, and in no other."""
    for workspace in _wrong(session, places):
        workspace.connected = not workspace.connected
        session.add(workspace)


def are_connected(session: Session, places: Places) -> bool:
    """False when a programme was applied since, with places nobody connected yet."""
    return not _wrong(session, places)


def _wrong(session: Session, places: Places) -> list[Workspace]:
    rows = session.exec(select(Workspace)).all()
    return [row for row in rows if row.connected != ((row.platform, row.external_id) in places)]
