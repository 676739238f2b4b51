"""A day against `emulate`, somebody else's stand-in for the Slack Web API, which knows nothing of us.

Not part of `make test`: it needs Node and real minutes. `make peers` runs it.
"""

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from tests.fakes.slack import SlackFake
from tests.fakes.slack_screen import buttons, text_of
from tests.fakes.slack_stage import SECRET
from tests.fakes.slack_user import SlackUser, post_to
from tests.processes import Process, wait_until

PORT = 4019
TOKEN = "test_token_admin"
ADMIN = "U000000001"
CHANNEL = "C000000001"
PACKAGE = "emulate@0.11.2"
A_FEW_MINUTES = 240.0
SEED = {
    "tokens": {TOKEN: {"login": "admin", "scopes": ["repo"]}},
    "slack": {
        "team": {"name": "Acme", "domain": "acme"},
        "users": [{"name": "developer", "real_name": "Developer", "email": "developer@example.com"}],
        "channels": [{"name": "general", "topic": "General"}],
        "bots": [{"name": "loopkeeper"}],
    },
}


class Emulator:
    """As much of SlackFake's surface as SlackUser needs, answered by the other side."""

    clock = staticmethod(lambda: datetime.now(UTC).timestamp())

    def __init__(self) -> None:
        self.url = f"http://localhost:{PORT}"
        self._serial = 0

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/{method}", json.dumps(arguments).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return cast(dict[str, Any], json.load(answer))

    def messages(self, channel: str) -> list[dict[str, Any]]:
        return list(reversed(self.call("conversations.history", channel=channel).get("messages", [])))

    def chat_with(self, user: str) -> str:
        return str(self.call("conversations.open", users=user)["channel"]["id"])

    def place(self, user: str) -> SimpleNamespace:
        return SimpleNamespace(id=self.chat_with(user))

    def under(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """What hangs under a message."""
        return list(self.call("conversations.replies", channel=channel, ts=ts)["messages"][1:])


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    assert shutil.which("npm"), "Node and npm are needed for this peer"
    subprocess.run(["npm", "install", "--silent", "--prefix", str(tmp_path), PACKAGE], check=True)
    (tmp_path / "seed.json").write_text(json.dumps(SEED))
    start = ["start", "--service", "slack", "--port", str(PORT), "--seed", str(tmp_path / "seed.json")]
    command = [str(tmp_path / "node_modules/.bin/emulate"), *start]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        emulator = Emulator()
        wait_until(lambda: _answers(emulator))
        yield emulator
        process.terminate()


def _answers(emulator: Emulator) -> bool:
    try:
        return bool(emulator.call("auth.test")["ok"])
    except OSError:
        return False


def programme(developer: str) -> str:
    asked_at = datetime.now(UTC) + timedelta(minutes=2)
    digest_at = asked_at + timedelta(minutes=2)
    return f"""
organization: {{name: Acme, time_zone: UTC, locale: en, consent: elsewhere}}
people:
  - {{name: Admin User, slack: {ADMIN}}}
  - {{name: Developer, slack: {developer}, work_days: [mo, tu, we, th, fr, sa, su]}}
teams:
  - name: General
    leads: [Admin User]
    members: [Developer]
    channels: {{slack: {CHANNEL}}}
    digest: {{day: {digest_at:%A}, at: "{digest_at:%H:%M}"}}
    check_ins:
      - name: Daily
        rhythm: FREQ=DAILY
        at: "{asked_at:%H:%M}"
        closes_after: PT1M
        questions: [{{ask: {{en: What moved?}}}}]
""".replace(f"{digest_at:%A}", f"{digest_at:%A}".lower())


def test_a_day_on_somebody_elses_slack(emulator: Emulator, tmp_path: Path) -> None:
    users = emulator.call("users.list")["members"]
    developer = next(user["id"] for user in users if user["name"] == "developer")
    chat = emulator.chat_with(developer)
    process = Process(f"sqlite:///{tmp_path}/day.db", emulator.url, TOKEN)
    (tmp_path / "programme.yaml").write_text(programme(developer), "utf-8")
    process.run("apply", str(tmp_path / "programme.yaml"))
    process.start()
    try:
        _play(process, emulator, developer, chat)
    finally:
        process.kill()


def _play(process: Process, emulator: Emulator, developer: str, chat: str) -> None:
    wait_until(lambda: len(emulator.messages(chat)) == 1, A_FEW_MINUTES, pause=1)
    prompt = emulator.messages(chat)[0]
    assert [label for label, _, _ in buttons(prompt)] == ["Answer", "Later", "Skip"]
    _says(process, emulator, developer, chat, "Shipped <b>1.2</b> & <!channel>")
    _says(process, emulator, developer, chat, "new fix the rig @Developer by Dec 31 measure zero red builds")
    _says(process, emulator, developer, chat, "#1 60% waiting for supplier")
    wait_until(lambda: "60 %" in text_of(emulator.messages(chat)[-1]), pause=1)
    wait_until(lambda: len(emulator.messages(CHANNEL)) == 2, A_FEW_MINUTES, pause=1)
    day, digest = emulator.messages(CHANNEL)
    assert "Daily: 1 of 1 answered" in text_of(day)
    (summary,) = emulator.under(CHANNEL, day["ts"])
    assert "Shipped <b>1.2</b> & <!channel>" in text_of(summary)
    assert "in progress 1" in text_of(digest)
    assert len(emulator.messages(chat)) == 4


def _says(process: Process, emulator: Emulator, user: str, chat: str, text: str) -> None:
    speaker = SlackUser(
        post_to(f"http://127.0.0.1:{process.port}/slack/events"), SECRET, cast(SlackFake, emulator), user
    )
    event = {
        "type": "message", "channel_type": "im", "user": user, "channel": chat, "ts": f"{emulator.clock():.6f}",
        "text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    }  # fmt: skip
    body = json.dumps({"type": "event_callback", "event_id": f"Ev{event['ts']}", "event": event}).encode()
    answer: httpx.Response = asyncio.run(speaker.post_raw(speaker.sign(body), body))
    assert answer.status_code == 200
