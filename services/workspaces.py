"""Which of the organization's places on the platforms this installation is connected to."""

from collections.abc import Collection

from sqlmodel import Session, select

from models.organization import Workspace


def connect(session: Session, platforms: Collection[str]) -> None:
    """From now on people are written to on these platforms, and on no other."""
    for workspace in _wrong(session, platforms):
        workspace.connected = not workspace.connected
        session.add(workspace)


def are_connected(session: Session, platforms: Collection[str]) -> bool:
    """False when a programme was applied since, with places nobody connected yet."""
    return not _wrong(session, platforms)


def _wrong(session: Session, platforms: Collection[str]) -> list[Workspace]:
    rows = session.exec(select(Workspace)).all()
    return [row for row in rows if row.connected != (row.platform in platforms)]
