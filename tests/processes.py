"""A real `python -m bot serve` that a test can start, kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.fakes.slack_stage import SECRET

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 40.0


class Process:
    """`python -m bot serve`, startable again on the same port and database."""

    def __init__(self, database_url: str, slack_url: str, token: str = "xoxb-fake") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environ = {
            **os.environ,
            "LOOPKEEPER_DATABASE_URL": database_url,
            "LOOPKEEPER_PORT": str(self.port),
            "SLACK_BOT_TOKEN": token,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{slack_url}/api/",
        }
        self.running: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "bot", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environ, check=True, capture_output=True)

    def start(self) -> None:
        command = [sys.executable, "-m", "bot", "serve"]
        self.running = subprocess.Popen(
            command, cwd=ROOT, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False

    def kill(self) -> None:
        if self.running is not None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()


def wait_until(happened: Callable[[], bool], seconds: float = PATIENCE_SECONDS, pause: float = 0.02) -> None:
    give_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(pause)
