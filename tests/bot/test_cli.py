"""The command line as an operator uses it: what it prints, how it ends, and what it leaves untouched."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import PREFIXES
from models.audit import AuditEntry
from models.coaching import CoachingNote
from models.db import Database
from models.messages import Incoming, Place, Receipt
from models.organization import Person
from services import audit, inbox, ledger, people
from tests.fakes.slack import SlackFake

ROOT = Path(__file__).parent.parent.parent
PROGRAMME = Path(__file__).parent / "payloads" / "programme.yaml"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SMALL = """organization: {name: Acme, time_zone: UTC, consent: elsewhere}
people:
  - {name: Ana, slack: U0ANA}
  - {name: Bob, slack: U0BOB}
teams:
  - name: Product
    leads: [Bob]
    members: [Ana]
    channels: {slack: C0TEAM}
"""


class Cli:
    """`python -m bot …` in an empty folder of its own, on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/test.db"
        self.given: dict[str, str] = {}

    def __call__(self, *words: str, text: str | None = None) -> Result:
        """In this process, which saves importing everything anew; what the environment held of ours is not seen."""
        hidden = dict.fromkeys(name for name in os.environ if name.startswith(PREFIXES))
        environ = {**hidden, "COLUMNS": "200", "LOOPKEEPER_DATABASE_URL": self.url, **self.given}
        with contextlib.chdir(self.folder):
            done = CliRunner().invoke(app, list(words), input=text, env=environ)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def as_a_process(self, *words: str) -> "subprocess.CompletedProcess[str]":
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "LOOPKEEPER_DATABASE_URL": self.url}
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            capture_output=True, text=True, cwd=self.folder, env=environ, timeout=60,
        )  # fmt: skip

    def write(self, text: str, name: str = "programme.yaml") -> str:
        (self.folder / name).write_text(text, "utf-8")
        return name

    def database(self) -> Database:
        return Database(self.url)

    def audited(self) -> int:
        """What anybody changed; the clock, which an `apply` lets catch up first, is nobody."""
        database = self.database()
        with database.reading() as session:
            count = len(session.exec(select(AuditEntry).where(AuditEntry.actor != audit.CLOCK)).all())
        database.close()
        return count


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def sentence(done: Result) -> str:
    """What stands on stderr: a sentence for the operator, never a traceback."""
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


# --- help and wrong use


def test_help_names_every_command(cli: Cli) -> None:
    done = cli.as_a_process("--help")
    assert done.returncode == 0
    for name in ("serve", "demo", "migrate", "apply", "export", "understand", "replay", "doctor"):
        assert f"{name} " in done.stdout


@pytest.mark.parametrize("words", [(), ("nonsense",), ("apply",), ("apply", "none.yaml"), ("export", "--team")])
def test_wrong_use_ends_with_2(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli(*words)
    assert done.exit_code == 2
    assert not (cli.folder / "test.db").exists()


@pytest.mark.parametrize(
    ("command", "given", "named"),
    [
        ("serve", {"SLACK_BOT_TOKEN": "xoxb-hush"}, "SLACK_SIGNING_SECRET is missing"),
        ("serve", {"LOOPKEEPER_PROT": "hush"}, "LOOPKEEPER_PROT is not a setting"),
        ("migrate", {"LOOPKEEPER_PORT": "hush"}, "LOOPKEEPER_PORT"),
        ("serve", {"LOOPKEEPER_DATABASE_URL": "sqlite:////proc/none/x.db"}, "LOOPKEEPER_DATABASE_URL"),
        ("serve", {"LOOPKEEPER_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, "LOOPKEEPER_DATABASE_URL"),
        ("migrate", {"LOOPKEEPER_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/x"}, "LOOPKEEPER_DATABASE_URL"),
        ("serve", {"LOOPKEEPER_DATABASE_URL": "hush"}, "LOOPKEEPER_DATABASE_URL"),
        ("serve", {"LOOPKEEPER_DATABASE_URL": "mongodb://u:hush@h/x"}, "LOOPKEEPER_DATABASE_URL"),
    ],
)
def test_wrong_settings_end_with_2_name_the_variable_and_show_no_secret(
    cli: Cli, command: str, given: dict[str, str], named: str
) -> None:
    cli.given = given
    done = cli(command)
    assert done.exit_code == 2
    assert named in sentence(done)
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com"])
def test_the_playground_refuses_every_other_address(cli: Cli, host: str) -> None:
    cli.given = {"LOOPKEEPER_HOST": host}
    done = cli("demo", "--port", "0")
    assert done.exit_code == 2
    assert "LOOPKEEPER_HOST" in sentence(done)
    assert not (cli.folder / "data").exists()


# --- apply


def test_the_example_everybody_is_shown_is_planned_applied_and_then_true(cli: Cli) -> None:
    file = cli.write(PROGRAMME.read_text("utf-8"))
    planned = cli("apply", file, "--dry-run")
    assert (planned.exit_code, cli.audited()) == (0, 0)
    assert "would be made" in planned.stdout
    applied = cli("apply", file)
    assert applied.exit_code == 0
    assert applied.stdout.splitlines()[:-1] == planned.stdout.splitlines()[:-1]
    assert "+ person Ana Ruiz" in applied.stdout
    before = cli.audited()
    again, as_json = cli("apply", file), cli("apply", file, "--json")
    assert (again.stdout.strip(), json.loads(as_json.stdout)) == ("Nothing to change.", [])
    assert cli.audited() == before > 0


def test_a_change_is_told_as_what_was_and_what_is(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    changed = cli("apply", cli.write(SMALL.replace("{name: Bob, slack: U0BOB}", "{name: Bob, slack: U0BOB, role: hr}")))
    assert "~ person Bob: role member -> hr" in changed.stdout
    (gone,) = json.loads(cli("apply", cli.write(SMALL.replace("[Ana]", "[]")), "--dry-run", "--json").stdout)[1:] or [
        {}
    ]
    assert gone.get("sign") == "-"


WRONG = """organization: {name: Acme, time_zone: Mars/Olympus}
people:
  - {name: Ana, slack: U0ANA, time_zone: Asia/Shangri-La}
  - {name: Bob, slak: U0BOB}
  - {name: Carl, slack: U0CARL, role: king}
teams:
  - name: Product
    members: [Ana]
    check_ins:
      - {name: W, rhythm: "FREQ=MINUTELY", at: "25:00", questions: []}
"""


def test_a_wrong_file_lists_every_error_with_its_line_and_changes_nothing(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    before = cli.audited()
    done = cli("apply", cli.write(WRONG, "wrong.yaml"))
    assert done.exit_code == 1
    lines = [line.split(":")[0] for line in sentence(done).splitlines() if line.startswith("line ")]
    assert lines == ["line 1", "line 3", "line 4", "line 5", "line 10", "line 10", "line 10"]
    for words in ("Mars/Olympus", "Shangri-La", "slak", "role", "MINUTELY", "25:00", "questions"):
        assert words in done.stderr
    assert cli.audited() == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"just words", b"- a\n- b", b"a: [", b"\t\tx: 1"])
def test_what_is_no_programme_is_told_so(cli: Cli, content: bytes) -> None:
    (cli.folder / "wrong.yaml").write_bytes(content)
    done = cli("apply", "wrong.yaml")
    assert done.exit_code == 1
    assert "wrong.yaml" in sentence(done)


# --- export


def _fill(cli: Cli) -> None:
    database = cli.database()
    with database.transaction() as session:
        team = people.team_named(session, "Product")
        ana, bob = session.exec(select(Person).order_by(Person.name)).all()
        assert team is not None
        draft = ledger.Draft(team.id, '=HYPERLINK("http://x","y")', ana, date(2026, 12, 4), "+cmd|'/c calc'!A0")
        action = ledger.add(session, draft, bob, NOW)
        ledger.move(session, action, ana, ledger.Move(progress=60, note="@SUM(A1) \u4f9b\u5e94\u5546"), NOW)
        for visibility, text in (("both", "shared words"), ("me", "private words")):
            session.add(_note(team.organization_id, bob, ana, visibility, text))
    database.close()


def _note(organization_id: int, coach: Person, person: Person, visibility: str, text: str) -> CoachingNote:
    return CoachingNote(
        organization_id=organization_id,
        coach_id=coach.id,
        person_id=person.id,
        text=text,
        visibility=visibility,
        written_at=NOW,
    )


def test_an_export_holds_the_teams_data_and_notes_only_when_asked_for_and_shared(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    _fill(cli)
    plain, noted = cli("export", "--team", "Product"), cli("export", "--team", "Product", "--notes")
    data: dict[str, Any] = json.loads(plain.stdout)
    (action,) = data["actions"]
    assert (action["number"], action["owner"], action["progress"], action["due_on"]) == (1, "Ana", 60, "2026-12-04")
    assert action["updates"][0]["note"] == "@SUM(A1) \u4f9b\u5e94\u5546"
    assert "coaching_notes" not in data
    assert [note["text"] for note in json.loads(noted.stdout)["coaching_notes"]] == ["shared words"]
    later = json.loads(cli("export", "--team", "Product", "--since", "2026-11-24").stdout)
    assert later["actions"] == []


def test_a_spreadsheet_gets_texts_and_no_formulas(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    _fill(cli)
    done = cli("export", "--team", "Product", "--format", "csv")
    assert done.stdout.startswith("\ufeffkind,")
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    assert [row["kind"] for row in rows] == ["action", "update"]
    assert rows[0]["what"] == '\'=HYPERLINK("http://x","y")'
    assert (rows[0]["text"], rows[1]["text"]) == ("'+cmd|'/c calc'!A0", "'@SUM(A1) \u4f9b\u5e94\u5546")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]


def test_an_export_of_nobody_or_of_no_date_is_refused(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    nobody, undated = cli("export", "--team", "Nobody"), cli("export", "--team", "Product", "--since", "soon")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "Nobody" in sentence(nobody)
    assert (undated.exit_code, undated.stdout) == (2, "")
    assert "--since" in sentence(undated)


# --- understand, replay, doctor

LINE = {"text": "#12 60%", "now": "2026-11-23T09:00:00+08:00", "time_zone": "Asia/Shanghai", "locale": "en"}


def test_understand_tells_what_the_bot_would_do_and_touches_no_database(cli: Cli) -> None:
    file = cli.write(json.dumps(LINE) + "\n\n" + json.dumps({**LINE, "text": "help"}) + "\n", "lines.jsonl")
    first, second = [json.loads(line) for line in cli("understand", file, "--json").stdout.splitlines()]
    assert (first["intents"][0]["intent"], first["asked_back"]) == ("action.update", False)
    assert second["intents"] == [{"intent": "help"}]
    assert cli("understand", file).stdout.splitlines()[1] == "intent=help"
    assert not (cli.folder / "test.db").exists()


def test_understand_reads_what_is_piped_into_it(cli: Cli) -> None:
    done = cli("understand", "-", "--json", text=json.dumps(LINE))
    assert (done.exit_code, sentence(done)) == (0, "")
    assert json.loads(done.stdout)["intents"][0]["intent"] == "action.update"


def test_understand_counts_what_was_read_as_expected(cli: Cli) -> None:
    moved = {"intents": [{"intent": "action.update", "number": 12, "progress": 60}], "asked_back": False}
    asked = {**LINE, "text": "done", "expected": moved}
    lines = [{**LINE, "expected": moved}, {**LINE, "text": "#12 70%", "expected": moved}, asked]
    file = cli.write("\n".join(map(json.dumps, lines)), "lines.jsonl")
    first, total = [json.loads(line) for line in cli("understand", "--score", file, "--json").stdout.splitlines()]
    assert first == {"file": "lines", "utterances": 3, "right": 1, "asked_back": 1, "wrong": 1}
    assert (total["file"], total["wrong"], total["per_second"] > 0) == ("all", 1, True)
    assert "1 asked back" in cli("understand", "--score", str(Path(file).parent)).stdout.splitlines()[-1]
    assert cli("understand", "--score", cli.write(json.dumps(LINE), "bare.jsonl")).exit_code == 1


@pytest.mark.parametrize("line", ["[1]", "7", "null", "{", "{}", json.dumps({**LINE, "now": "soon"})])
def test_a_line_that_cannot_be_understood_is_named(cli: Cli, line: str) -> None:
    done = cli("understand", cli.write(f"{json.dumps(LINE)}\n{line}\n", "lines.jsonl"))
    assert done.exit_code == 1
    assert "line 2" in sentence(done)


def test_replay_reads_what_met_a_bug_once_more(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    database, place = cli.database(), Place(kind="dm", id="U0ANA")
    incoming = Incoming(
        platform="slack", connection="", event_key="k", kind="text", sender="U0ANA", place=place, text="help",
        sent_at=NOW,
    )  # fmt: skip
    with database.transaction() as session:
        inbox.store(session, [{**inbox.row("slack", "", "{}", incoming, NOW), "state": "failed", "error": "KeyError"}])
    done = cli("replay", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"read": 1, "failed": 0})
    with database.reading() as session:
        assert session.exec(select(Receipt.state)).all() == ["done"]
    database.close()
    assert json.loads(cli("replay", "--json").stdout) == {"read": 0, "failed": 0}


def test_the_doctor_says_how_to_mend_what_is_missing(cli: Cli) -> None:
    empty = cli("doctor")
    assert empty.exit_code == 1
    assert "python -m bot migrate" in empty.stdout
    assert cli("migrate").exit_code == 0
    assert "python -m bot apply" in cli("doctor").stdout


def test_the_doctor_asks_slack_whether_the_token_is_good(cli: Cli) -> None:
    cli("apply", cli.write(SMALL))
    with SlackFake() as fake:
        given = {"SLACK_SIGNING_SECRET": "hush-secret", "SLACK_API_URL": f"{fake.url}/api/"}
        cli.given = {**given, "SLACK_BOT_TOKEN": fake.token}
        good = cli("doctor", "--json")
        cli.given = {**given, "SLACK_BOT_TOKEN": "xoxb-hush-other"}
        bad = cli("doctor", "--json")
    assert good.exit_code == 0, good.stdout
    assert all(finding["ok"] for finding in json.loads(good.stdout))
    assert bad.exit_code == 1
    (finding,) = [finding for finding in json.loads(bad.stdout) if not finding["ok"]]
    assert "invalid_auth" in finding["what"]
    assert "SLACK_BOT_TOKEN" in finding["mend"]
    assert "hush" not in bad.stdout + bad.stderr


def test_migrating_goes_to_the_newest_schema_and_one_back(cli: Cli) -> None:
    assert cli("migrate").exit_code == 0
    assert cli("migrate").exit_code == 0
    assert cli("migrate", "--to=-1").exit_code == 0
    assert "python -m bot migrate" in cli("doctor").stdout
    assert cli("migrate").exit_code == 0
    wrong = cli("migrate", "--to", "nonsense")
    assert wrong.exit_code == 2
    assert "nonsense" in sentence(wrong)
