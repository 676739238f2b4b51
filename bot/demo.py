"""The playground's small bilingual organization: applied and spoken into being through the same doors as any other."""

from datetime import datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML
from sqlmodel import func, select

from bot.clock import Clock
from bot.settings import Settings, SettingsError
from handlers import dispatch
from models.audit import AuditEntry
from models.db import Database
from models.messages import Incoming, Place, Receipt
from services import inbox, programme, workspaces
from services.programme_file import read

EXAMPLES = Path(__file__).parent.parent / "examples"
BETWEEN_LINES = timedelta(minutes=2)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refuse_other_than_loopback(host: str) -> None:
    """The playground has no password. Raises SettingsError."""
    if host not in LOOPBACK:
        raise SettingsError(f"LOOPKEEPER_HOST is {host}: the playground has no password and serves 127.0.0.1 only")


def forget(file: Path) -> None:
    for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        each.unlink(missing_ok=True)


def seed(database: Database) -> None:
    """Idempotent: a playground that has been played in is left as it is."""
    now = Clock().now()
    with database.transaction() as session:
        programme.apply(session, read((EXAMPLES / "demo.yaml").read_text("utf-8")), now)
        workspaces.connect(session, [("playground", "")])
        new = not session.exec(select(func.count()).select_from(Receipt)).one()
    if new:
        lines = YAML(typ="safe").load((EXAMPLES / "demo-talk.yaml").read_text("utf-8"))
        for number, line in enumerate(lines):
            _say(database, number, line, now - BETWEEN_LINES * (len(lines) - number))


def _say(database: Database, number: int, line: dict[str, str], now: datetime) -> None:
    incoming = Incoming(
        platform="playground",
        connection="",
        event_key=f"seed-{number}",
        kind="text",
        sender=line["from"],
        place=Place(kind="dm", id=line["from"]),
        text=line["says"],
        message_id=f"in-seed-{number}",
        sent_at=now,
    )
    with database.transaction() as session:
        inbox.store(session, [inbox.row("playground", "", "", incoming, now)])
    dispatch.run(database, now)


def resume(database: Database, clock: Clock) -> None:
    """The week goes on where it stood: the clock is never behind what was already said and done."""
    with database.reading() as session:
        newest = [session.exec(select(func.max(column))).one() for column in (Receipt.received_at, AuditEntry.at)]
    for moment in newest:
        if moment is not None:
            clock.move_to(moment)


def what_to_try(settings: Settings, data: Path) -> str:
    return (
        f"\n  Loopkeeper playground: http://127.0.0.1:{settings.port}/\n"
        "  Three chats side by side and a clock you can move. Press “Next check-in”, answer in your own words,\n"
        "  move an item with “#1 60% …”, write a coaching note, jump to Friday 17:00 for the digest, say thank you.\n"
        f"  The page tells each step, in English and in Chinese. Ctrl+C ends it; the week stays in {data}/.\n"
    )
