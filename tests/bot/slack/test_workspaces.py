"""Several workspaces: each has its own token until it leaves, and what is for one waits for that one."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from models.db import Database
from models.messages import Delivery
from tests.bot.bench import broken, receipts
from tests.bot.slack.installations import Hands, connected, install, link, secrets_of, user
from tests.fakes.slack import SlackFake
from tests.fakes.slack_oauth import SlackOAuth

pytestmark = pytest.mark.anyio
Json = dict[str, Any]


async def test_each_workspace_is_served_with_its_own_token(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]
) -> None:
    for team in ("T0ONE", "T0TWO"):
        await install(several, oauth, team)
    ana, bob = user(several, slacks, "T0ONE", "U0ANA"), user(several, slacks, "T0TWO", "U0BOB")
    for person in (ana, bob):
        assert (await person.says("help")).status_code == 200
    await several.settle()
    assert [it.connection for it in receipts(several.database)] == ["T0ONE", "T0TWO"]
    assert len(slacks["T0ONE"].messages("U0ANA")) == 1
    assert len(slacks["T0TWO"].messages("U0BOB")) == 1
    assert {call.error for fake in slacks.values() for call in fake.calls} == {""}


async def test_private_chats_of_two_workspaces_are_not_mixed_up(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]
) -> None:
    """Ids are unique within a workspace; nobody promises that they are among all."""
    for team, fake in slacks.items():
        fake.add_user("U0SAME", "Same", tz="UTC")
        await install(several, oauth, team)
        await user(several, slacks, team, "U0SAME").says("hello")
        await several.settle()
    assert [len(fake.messages("U0SAME")) for fake in slacks.values()] == [1, 1]


async def test_what_comes_from_a_workspace_without_the_app_is_left(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake], caplog: pytest.LogCaptureFixture
) -> None:
    await install(several, oauth, "T0ONE")
    assert (await user(several, slacks, "T0TWO", "U0BOB").says("help")).status_code == 200
    assert receipts(several.database) == []
    assert "U0BOB" not in caplog.text


async def test_installing_again_replaces_the_token(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]
) -> None:
    await install(several, oauth, "T0ONE")
    ana, first = user(several, slacks, "T0ONE", "U0ANA"), secrets_of(several.database)
    await ana.says("help")
    await several.settle()
    await install(several, oauth, "T0ONE")
    assert secrets_of(several.database).keys() == first.keys()
    assert secrets_of(several.database) != first
    await ana.says("help")
    await several.settle()
    assert len(slacks["T0ONE"].messages("U0ANA")) == 2


GOODBYES: list[Json] = [
    {"type": "app_uninstalled"},
    {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOTUSER"]}},
]


@pytest.mark.parametrize("event", GOODBYES)
async def test_an_uninstalled_workspace_is_forgotten_at_once(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake], event: Json, hands: Hands
) -> None:
    for team in ("T0ONE", "T0TWO"):
        await install(several, oauth, team)
    hands.later(5)
    slacks["T0ONE"].revoked = True
    ana = user(several, slacks, "T0ONE", "U0ANA")
    assert (await ana._event(event)).status_code == 200
    assert (await ana.resend()).status_code == 200
    assert list(secrets_of(several.database)) == ["slack:T0TWO"]
    await asyncio.to_thread(several._connect)
    assert connected(several.database) == {"T0ONE": False, "T0TWO": True}
    (receipt,) = receipts(several.database)
    assert (receipt.incoming["kind"], receipt.incoming["action"]) == ("notice", "workspace:lost")


async def test_a_token_of_a_person_that_is_revoked_changes_nothing(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]
) -> None:
    await install(several, oauth, "T0ONE")
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA"], "bot": []}}
    await user(several, slacks, "T0ONE", "U0ANA")._event(event)
    assert list(secrets_of(several.database)) == ["slack:T0ONE"]


async def test_late_news_of_an_uninstallation_ends_no_newer_installation(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake], hands: Hands
) -> None:
    await install(several, oauth, "T0ONE")
    hands.later(5)
    ana = user(several, slacks, "T0ONE", "U0ANA")
    with broken(several.database):
        assert (await ana._event(GOODBYES[0])).status_code == 503
    hands.later(60)
    await install(several, oauth, "T0ONE")
    assert (await ana.resend()).status_code == 200
    assert list(secrets_of(several.database)) == ["slack:T0ONE"]


async def test_messages_wait_for_the_token_that_comes_back(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake], hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    await install(several, oauth, "T0ONE")
    ana, fake = user(several, slacks, "T0ONE", "U0ANA"), slacks["T0ONE"]
    fake.revoked = True
    for _ in range(2):
        await ana.says("help")
        await several.settle()
        hands.later(301)
    assert fake.messages("U0ANA") == []
    assert [record.getMessage() for record in caplog.records].count(ADVICE) == 1
    await install(several, oauth, "T0ONE")
    hands.later(301)
    await several.settle()
    assert len(fake.messages("U0ANA")) == 2


ADVICE = "Slack takes the token no more: install the app again. Until then the messages wait"


async def test_messages_for_a_workspace_that_left_wait_for_it(
    several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake], hands: Hands
) -> None:
    await install(several, oauth, "T0ONE")
    await user(several, slacks, "T0ONE", "U0ANA").says("help")
    installed = link(several).installed
    assert installed is not None
    await asyncio.to_thread(installed.forget, "T0ONE", hands() + 1)
    await several.settle()
    with several.database.reading() as session:
        (waiting,) = session.exec(select(Delivery).where(Delivery.state == "pending")).all()
    assert waiting.error == "workspace_not_installed"
    await install(several, oauth, "T0ONE")
    hands.later(301)
    await several.settle()
    assert len(slacks["T0ONE"].messages("U0ANA")) == 1


# --- doctor


async def test_the_doctor_tries_each_token(several: App, oauth: SlackOAuth, slacks: dict[str, SlackFake]) -> None:
    (none, door) = await link(several).examine()
    assert (none.ok, none.what, door.ok) == (False, "0 workspaces installed the app.", False)
    for team in ("T0ONE", "T0TWO"):
        await install(several, oauth, team)
    slacks["T0TWO"].revoked = True
    count, one, *_, two, door = await link(several).examine()
    assert (count.ok, count.what) == (True, "2 workspaces installed the app.")
    assert (one.ok, "T0ONE" in one.what) == (True, True)
    assert (two.ok, "token_revoked" in two.what) == (False, True)


async def test_the_doctor_names_a_key_that_was_changed(
    several: App, oauth: SlackOAuth, database: Database, hands: Hands
) -> None:
    await install(several, oauth, "T0ONE")
    settings = link(several)._settings.model_copy(update={"secret_key": SecretStr("another" * 8)})
    changed = App(settings, database, hands)
    findings = await link(changed).examine()
    assert [it.what for it in findings if "LOOPKEEPER_SECRET_KEY" in it.what]
