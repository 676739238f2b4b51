"""The real process, killed with no warning between any two steps of a day: every effect once, every message once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.slack import SlackFake
from tests.fakes.slack_screen import buttons, text_of
from tests.fakes.slack_stage import PEOPLE, SECRET
from tests.fakes.slack_user import SlackUser, post_to
from tests.processes import Process, wait_until
from tests.world import ORGANIZATION


@pytest.fixture
def fake() -> Iterator[SlackFake]:
    with SlackFake() as fake:
        for user, (name, zone, locale) in PEOPLE.items():
            fake.add_user(user, name, zone, locale)
        fake.add_channel("C0PRODUCT", "product", [*PEOPLE, "U0BOTUSER"])
        yield fake
        assert fake.problems == []


@pytest.fixture
def process(database_url: str, fake: SlackFake, tmp_path: Path) -> Iterator[Process]:
    process = Process(database_url, fake.url)
    programme = tmp_path / "programme.yaml"
    programme.write_text(ORGANIZATION, "utf-8")
    process.run("apply", str(programme))
    process.start()
    yield process
    process.kill()


def says(process: Process, fake: SlackFake, user: str, text: str) -> SlackUser:
    speaker = SlackUser(post_to(f"http://127.0.0.1:{process.port}/slack/events"), SECRET, fake, user)
    assert asyncio.run(speaker.says(text)).status_code == 200
    return speaker


def answers(fake: SlackFake, user: str, words: str) -> int:
    return sum(words in text_of(message) for message in fake.messages(user))


STEPS = (
    ("U0GRACE", "new fix the rig @Bob Stone by Dec 31 measure zero red builds", "Added #1"),
    ("U0BOB", "#1 40% waiting for supplier", "40 %"),
    ("U0BOB", "#1 done", "done, 100 %"),
    ("U0GRACE", "coach @Bob Stone talked about the release", "Who may see"),
    ("U0GRACE", "Both of us", "You and Bob Stone see it"),
    ("U0BOB", "thanks @Grace Park for the advice #craft", "about to be posted"),
    ("U0BOB", "Post", "Posted in"),
)
KILLED_AFTER = (1, 4, 6)
"""A start takes seconds; tests/journeys restarts in memory between all steps."""


def test_a_kill_right_after_the_acknowledgement_loses_and_doubles_nothing(process: Process, fake: SlackFake) -> None:
    for number, (user, text, reply) in enumerate(STEPS):
        says(process, fake, user, text)
        if number in KILLED_AFTER:
            process.kill()
            process.start()
        wait_until(lambda user=user, reply=reply: answers(fake, user, reply) > 0)  # type: ignore[misc]
    wait_until(lambda: len(fake.messages("C0PRODUCT")) > 0)
    for user, _, reply in STEPS:
        assert answers(fake, user, reply) == 1, reply
    assert answers(fake, "U0BOB", "wrote down your talk") == 1
    assert len(fake.messages("C0PRODUCT")) == 1


def test_a_message_whose_send_was_cut_by_the_kill_is_not_sent_again(process: Process, fake: SlackFake) -> None:
    """Slack took the message, the process died before it heard so: the next one finds it in the history."""
    fake.fail("chat.postMessage", times=1, how="stall", seconds=30)
    says(process, fake, "U0BOB", "help")
    wait_until(lambda: answers(fake, "U0BOB", "What you can say") == 1)
    process.kill()
    process.start()
    wait_until(lambda: len(fake.called("conversations.history")) > 0)
    says(process, fake, "U0BOB", "board")
    wait_until(lambda: answers(fake, "U0BOB", "No items yet") == 1)
    assert answers(fake, "U0BOB", "What you can say") == 1


def test_a_redelivery_after_the_kill_changes_nothing(process: Process, fake: SlackFake) -> None:
    speaker = says(process, fake, "U0GRACE", "new fix the rig @Bob Stone by Dec 31 measure zero red builds")
    process.kill()
    process.start()
    assert asyncio.run(speaker.resend()).status_code == 200
    wait_until(lambda: answers(fake, "U0GRACE", "Added #1") == 1)
    says(process, fake, "U0GRACE", "board")
    wait_until(lambda: answers(fake, "U0GRACE", "zero red builds") == 1)
    assert answers(fake, "U0GRACE", "Added #2") == 0
    assert [label for label, _, _ in buttons(fake.messages("U0GRACE")[0])] == ["Undo"]
