"""The week of the playground's guide, played by a real browser against a real process, in both languages."""

import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
LINES = tomllib.loads((Path(__file__).parent / "lines.toml").read_text("utf-8"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "no Chromium: tests/browser/install.sh says how to get one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A playground of its own, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bot", "demo", "--port", str(port), "--data", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/"
        _wait_for(url + "readyz", process)
        yield url
        process.terminate()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the playground ended at its start"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the playground did not start in 20 s")


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(url)
    page.wait_for_selector("html.ready")
    yield page
    page.close()
    assert problems == []


def says(page: Page, pane: str, text: str) -> None:
    composer = page.get_by_test_id(f"composer-{pane}")
    composer.fill(text)
    composer.press("Enter")


def sees(page: Page, pane: str, text: str) -> None:
    bot = page.get_by_test_id(f"pane-{pane}").locator("li.message.from-bot")
    expect(bot.filter(has_text=text).last).to_be_visible()


def presses(page: Page, pane: str, label: str) -> None:
    page.get_by_test_id(f"pane-{pane}").get_by_role("button", name=label, exact=True).last.click()


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_newcomer_plays_the_week_told_on_the_page(page: Page, locale: str) -> None:
    line = LINES[locale]
    page.get_by_test_id(f"language-{locale}").click()
    page.get_by_test_id("clock-next").click()
    sees(page, "employee", "1/2")
    says(page, "employee", line["first_answer"])
    sees(page, "employee", "2/2")
    says(page, "employee", line["second_answer"])
    sees(page, "employee", line["receipt"])
    says(page, "employee", line["update"])
    sees(page, "employee", line["moved"])
    says(page, "manager", line["coach"])
    presses(page, "manager", line["visible"])
    sees(page, "employee", line["shared"])
    says(page, "manager", line["agreed"])
    sees(page, "employee", line["agreed"])
    page.get_by_test_id("clock-friday").click()
    sees(page, "channel", line["digest"])
    sees(page, "channel", line["first_answer"])
    says(page, "manager", line["thanks"])
    presses(page, "manager", line["post"])
    sees(page, "channel", line["posted"])
    says(page, "employee", line["mine"])
    sees(page, "employee", line["own"])


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_newcomer_sets_up_a_team_of_his_own_in_chat_alone(page: Page, locale: str) -> None:
    line = LINES[locale]["set_up"]
    page.get_by_test_id(f"language-{locale}").click()
    owner = page.get_by_test_id("person-manager").locator("option").filter(has_text=line["owner"])
    expect(owner).to_have_count(1)  # the page has changed its people with its language
    page.get_by_test_id("step-9").click()
    page.get_by_test_id("composer-manager").press("Enter")
    sees(page, "manager", line["which"])
    for label, text, heard in line["steps"]:
        presses(page, "manager", label) if label else says(page, "manager", text)
        sees(page, "manager", heard)
    for _ in range(2):
        page.get_by_test_id("clock-next").click()
        expect(page.get_by_test_id("clock-next")).to_be_enabled()
    sees(page, "manager", line["first_question"])
    people = page.get_by_test_id("person-employee").locator("option")
    expect(people.filter(has_text=line["newcomer"])).to_have_count(1)


def test_a_check_in_is_answered_and_edited_on_one_form_by_keyboard_alone(page: Page) -> None:
    line = LINES["en"]
    page.get_by_test_id("language-en").click()
    page.get_by_test_id("clock-next").click()
    sees(page, "employee", "1/2")
    answer = page.get_by_test_id("pane-employee").get_by_role("button", name=line["answer"], exact=True).last
    answer.focus()
    answer.press("Enter")
    fields = page.get_by_test_id("form").locator("textarea")
    fields.nth(0).fill(line["first_answer"])
    fields.nth(0).press("Tab")
    page.keyboard.type(line["second_answer"])
    page.keyboard.press("Tab")
    page.get_by_test_id("form-submit").press("Enter")
    sees(page, "employee", line["receipt"])
    presses(page, "employee", line["edit"])
    expect(page.get_by_test_id("form").locator("textarea").nth(0)).to_have_value(line["first_answer"])
    page.get_by_test_id("form").locator("textarea").nth(0).fill("Sent the quote")
    page.get_by_test_id("form-submit").click()
    sees(page, "employee", line["changed"])


def test_hostile_words_stay_words_on_the_page(page: Page) -> None:
    page.get_by_test_id("language-en").click()
    hostile = "<img src=x onerror=alert(1)> <b>bold</b> [x](javascript:alert(1)) <!channel>"
    says(page, "employee", hostile)
    expect(page.get_by_test_id("pane-employee").locator(".bubble").filter(has_text=hostile)).to_be_visible()
    assert page.get_by_test_id("pane-employee").locator("img[src='x']").count() == 0
