"""The command line. Exit codes: 0 done, 1 there is something to mend, 2 wrong use or wrong settings.

Imports stand inside the commands: `--help` and `understand` need no database, and no command needs every platform.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from bot.settings import Settings
    from models.db import Database
    from models.organization import Person

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Loopkeeper keeps improvement loops turning.")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts.")]


class DirectoryPlatform(StrEnum):
    wecom = "wecom"


class Locale(StrEnum):
    en = "en"
    zh = "zh"


class ExportFormat(StrEnum):
    json = "json"
    csv = "csv"


@app.command()
def serve() -> None:
    """Run everything in one process: web, clock and sender. Settings come from the environment."""
    settings = _settings()
    _warn_about_silence(settings)
    with _database(settings) as database:
        _serve(settings, database, playground=False)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    data: Annotated[Path, typer.Option(help="Where the playground's SQLite file is kept.")] = Path("data"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Start the week anew.")] = False,
) -> None:
    """Open the playground: a chat in the browser with a small team, and a clock that can be moved."""
    from bot import demo as playground
    from bot.settings import Settings, SettingsError

    settings = Settings.model_validate(
        {"LOOPKEEPER_DATABASE_URL": f"sqlite:///{data}/playground.db", "LOOPKEEPER_PORT": port, **_host()}
    )
    try:
        playground.refuse_other_than_loopback(settings.host)
    except SettingsError as wrong:
        _stop(str(wrong), code=2)
    if fresh:
        playground.forget(data / "playground.db")
    with _database(settings) as database:
        playground.seed(database)
        print(playground.what_to_try(settings, data))
        _serve(settings, database, playground=True)


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="A revision, or -1 to go one back.")] = "head",
) -> None:
    """Bring the database to the schema of this version."""
    from bot import migrate as migrations

    with _database(_settings(), upgrade=False) as database:
        try:
            (migrations.downgrade if to.startswith("-") else migrations.upgrade)(database, to)
        except migrations.CommandError as wrong:
            _stop(f"--to {to}: {wrong}", code=2)
    print(f"The database is at {to}.")


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the organization what a programme file says. Applied again, it changes nothing."""
    from services import programme, vault
    from services.programme_file import ProgrammeError, read

    try:
        wanted = read(file.read_text("utf-8"))
    except (ProgrammeError, UnicodeDecodeError) as wrong:
        _stop(f"{file}: nothing was changed.\n{wrong}", code=1)
    settings = _settings()
    sealer = vault.Sealer(settings.secret_key.get_secret_value()) if settings.secret_key else None
    try:
        with _database(settings) as database, database.transaction() as session:
            changes = programme.apply(session, wanted, _now(), sealer)
            if dry_run:
                session.rollback()
    except ProgrammeError as wrong:
        _stop(f"{file}: nothing was changed.\n{wrong}", code=1)
    if as_json:
        print(json.dumps([vars(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        print(change)
    count = sum(change.sign != "=" for change in changes)
    print(f"{count} changes{' would be made' if dry_run else ''}." if count else "Nothing to change.")


@app.command()
def start(
    name: Annotated[str, typer.Option(help="The organization's name.")],
    owner: Annotated[str, typer.Option(help="Who owns it, and sets up the rest in chat.")],
    time_zone: Annotated[str, typer.Option(help="Such as Asia/Shanghai.")] = "UTC",
    locale: Annotated[Locale, typer.Option(help="The language it begins with.")] = Locale.en,
) -> None:
    """Begin without a programme file: an organization, its first owner, and the code that makes a chat account his."""
    from services import calendar, owners, zones

    try:
        zone = calendar.zone(time_zone).key
    except ValueError as wrong:
        near = ", ".join(zones.near(time_zone))
        _stop(f"--time-zone: {wrong}{f'; near it: {near}' if near else ''}", code=2)
    if not name.strip() or not owner.strip():
        _stop("--name and --owner must not be empty", code=2)
    with _database(_settings()) as database, database.transaction() as session:
        try:
            person = owners.found(session, name.strip(), zone, locale.value, owner.strip(), _now())
        except ValueError as wrong:
            _stop(f"Nothing was changed: {wrong}.", code=1)
        _print_code(session, person)


@app.command()
def owner(
    name: Annotated[str, typer.Argument(help="Somebody of the organization.")],
    new: Annotated[bool, typer.Option("--new", help="Somebody who is not on the list yet.")] = False,
) -> None:
    """Make somebody an owner, such as when the last one left, and print a code for his chat account."""
    from services import audit, owners, people

    with _database(_settings()) as database, database.transaction() as session:
        organization = people.only_organization(session)
        if organization is None:
            _stop("There is not exactly one organization here: name the owner in its programme file.", code=1)
        found = people.named(session, organization.id, name)
        if new == bool(found):
            one_of = f" {len(found)} people" if found else " nobody"
            _stop(f"{name!r} names{one_of}; {'leave --new out' if new else 'add --new for a new person'}.", code=1)
        if len(found) > 1:
            _stop(f"{name!r} can mean {', '.join(person.name for person in found)}: write the whole name.", code=1)
        person = found[0] if found else owners.added(session, organization, name.strip(), _now())
        owners.name(session, person, audit.OPERATOR, _now())
        _print_code(session, person)


def _print_code(session: "Session", person: "Person") -> None:
    """A day is long enough to open a chat, and short for something that makes its bearer an owner."""
    from services import audit, linking

    code, until = linking.make_code(session, person, audit.OPERATOR, _now(), lasts=timedelta(days=1))
    print(f"{person.name} owns the organization. Say this to the bot, in private, until {until:%Y-%m-%d %H:%M} UTC:")
    print(f"    link {code[:4]}-{code[4:]}")
    print("then: setup")


@app.command()
def directory(platform: Annotated[DirectoryPlatform, typer.Argument()]) -> None:
    """Print everybody a platform's app may see, as lines for the programme file's people."""
    import asyncio

    from bot.platform import Rim
    from bot.receiver import Receiver
    from bot.wecom import directory as listing
    from bot.wecom.link import api_of
    from services.outbox import SendError

    settings = _settings()
    if platform not in settings.platforms():
        _stop(f"{platform.value} is not configured: README.md lists its variables.", code=2)
    with _database(settings) as database:
        rim = Rim(database, Receiver(database, _now, lambda: None), _now)
        try:
            found = asyncio.run(listing.lines(api_of(settings, rim)))
        except SendError as error:
            _stop(f"The directory cannot be read: {error}.", code=1)
    for line in found:
        print(line)


@app.command()
def export(
    team: Annotated[str, typer.Option(help="The team's name.")],
    since: Annotated[str | None, typer.Option(help="A date, 2026-09-01.")] = None,
    format: Annotated[ExportFormat, typer.Option()] = ExportFormat.json,
    notes: Annotated[bool, typer.Option("--notes", help="Coaching notes too, shared ones only.")] = False,
) -> None:
    """Print a team's rounds, answers, actions, recognitions and digests."""
    from services import export as exporting
    from services import people

    with _database(_settings()) as database, database.reading() as session:
        found = people.team_named(session, team)
        if found is None:
            _stop(f"There is no team {team!r}.", code=1)
        data = exporting.collect(session, found, _date(since), notes)
    if format is ExportFormat.csv:
        sys.stdout.write(exporting.as_csv(data))
    else:
        print(json.dumps(data, ensure_ascii=False, indent=2))


@app.command()
def understand(
    file: Annotated[Path, typer.Argument(help="A file, or - for standard input; with --score a folder too.")],
    as_json: AsJson = False,
    score: Annotated[bool, typer.Option("--score", help="Count how many were read as `expected` says.")] = False,
) -> None:
    """Read JSON lines {"text", "now", "time_zone", "locale", "open_question"} and print what the bot would do."""
    from bot import understand as reading

    try:
        for line in (reading.scores if score else reading.readings)(file, as_json):
            print(line)
    except reading.Unreadable as wrong:
        _stop(str(wrong), code=wrong.code)


@app.command()
def replay(as_json: AsJson = False) -> None:
    """Let messages that met a bug be read again, after the bug is mended."""
    from handlers import dispatch
    from services import inbox

    with _database(_settings()) as database:
        with database.transaction() as session:
            count = inbox.replay(session)
        while dispatch.run(database, _now()):
            pass
        with database.reading() as session:
            left = len(inbox.failed(session))
    print(json.dumps({"read": count, "failed": left}) if as_json else f"{count} read again, {left} failed again.")
    raise typer.Exit(1 if left else 0)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check settings, database, programme and each configured platform, and say how to mend what is wrong."""
    from bot import doctor as checks

    settings = _settings()
    findings = checks.without_database(settings)
    if not findings:
        with _database(settings, upgrade=False) as database:
            findings = checks.examine(settings, database, _now)
    if as_json:
        print(json.dumps([vars(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(finding)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def _serve(settings: "Settings", database: "Database", playground: bool) -> None:
    import uvicorn

    from bot import logs
    from bot.app import App
    from bot.clock import Clock

    logs.configure(settings.log_level)
    clock = Clock()
    if playground:
        from bot.demo import resume

        resume(database, clock)
    app_ = App(settings, database, clock, playground)
    uvicorn.run(
        app_.web, host=settings.host, port=settings.port, log_config=None, access_log=False, timeout_graceful_shutdown=2
    )


def _settings() -> "Settings":
    from bot import settings

    try:
        return settings.load(os.environ)
    except settings.SettingsError as wrong:
        _stop(str(wrong), code=2)


def _host() -> dict[str, str]:
    return {name: os.environ[name] for name in ("LOOPKEEPER_HOST",) if os.environ.get(name)}


@contextmanager
def _database(settings: "Settings", upgrade: bool = True) -> "Iterator[Database]":
    from bot import migrate as migrations
    from models.db import Database, DatabaseRefused

    try:
        migrations.make_room(settings.database_url)
        database = Database(settings.database_url)
        if upgrade:
            migrations.upgrade(database)
    except (DatabaseRefused, OSError) as fault:
        _stop(f"LOOPKEEPER_DATABASE_URL: the database cannot be opened ({type(fault).__name__}).", code=2)
    try:
        yield database
    except DatabaseRefused as fault:
        _stop(f"LOOPKEEPER_DATABASE_URL: the database refuses ({type(fault).__name__}).", code=2)
    finally:
        database.close()


def _warn_about_silence(settings: "Settings") -> None:
    if settings.is_deaf():
        typer.echo("No platform is configured: README.md lists the variables of each. Serving health only.", err=True)


def _now() -> datetime:
    from bot.clock import Clock

    return Clock().now()


def _date(written: str | None) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        _stop(f"--since: {written!r} is not a date such as 2026-09-01", code=2)


def _stop(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
