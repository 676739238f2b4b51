"""Group robots: their keys are kept as secrets, their posts fit, and they call only who is honoured."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from sqlmodel import select

from bot.platform import Rim
from bot.receiver import Receiver
from bot.settings import Settings
from bot.wecom_robot.link import RobotLink, connect
from bot.wecom_robot.outbound import contents
from models.audit import AuditEntry
from models.connection import Secret
from models.db import Database
from models.messages import Delivery, Message
from models.organization import Channel, Person, Team
from services import applying, export, people, programme, recognitions
from services.outbox import SendError
from services.programme_file import ProgrammeError, read
from services.vault import Sealer
from tests.bot.wecom.bench import NOW, Hands, buttons, delivery, picture
from tests.fakes import wecom_rules
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_user import text_of

pytestmark = pytest.mark.anyio
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
SECRET_KEY = "0123456789abcdef0123456789abcdef"
PROGRAMME = f"""
organization: {{name: Acme, locale: en, consent: elsewhere}}
people:
  - {{name: Ana Ruiz, wecom: LiLei}}
  - {{name: Bob Stone, wecom: bob}}
teams:
  - name: Product
    leads: [Ana Ruiz]
    members: [Bob Stone]
    channels: {{wecom_robot: {{key: {KEY}}}}}
"""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'test.db')}"


def applied(database: Database, text: str = PROGRAMME) -> list[applying.Change]:
    with database.transaction() as session:
        return programme.apply(session, read(text), NOW, Sealer(SECRET_KEY))


def channel_of(database: Database) -> Channel:
    with database.reading() as session:
        return session.exec(select(Channel)).one()


@pytest.fixture
async def link(fake: WecomFake, database: Database, clock: Hands) -> AsyncIterator[RobotLink]:
    applied(database)
    fake.add_robot(KEY)
    settings = Settings.model_validate({"LOOPKEEPER_SECRET_KEY": SECRET_KEY, "WECOM_API_URL": fake.url})
    link = connect(settings, Rim(database, Receiver(database, clock.now, lambda: None), clock.now))
    yield link
    await link.outbound.close()


def post(database: Database, markup: str = "hello", id: int = 1, **more: object) -> Delivery:
    return delivery(markup, id=id, place=channel_of(database).external_id, kind="channel", **more)


# --- the key


def test_the_key_is_sealed_and_stands_nowhere_else(database: Database) -> None:
    changes = applied(database)
    with database.reading() as session:
        rows = [*session.exec(select(Channel)).all(), *session.exec(select(AuditEntry)).all()]
        rows += session.exec(select(Secret)).all()
        exported = export.collect(session, session.exec(select(Team)).one(), None, True)
    assert KEY not in f"{[row.model_dump() for row in rows]} {exported} {[str(change) for change in changes]}"
    assert channel_of(database).external_id.startswith("robot-")
    assert applied(database) == []


def test_another_key_takes_the_place_of_the_old_one_and_none_is_left_behind(database: Database) -> None:
    applied(database)
    old = channel_of(database).external_id
    applied(database, PROGRAMME.replace(KEY, "another-key-of-a-robot"))
    with database.reading() as session:
        assert [secret.name for secret in session.exec(select(Secret)).all()] == [
            f"wecom_robot:{channel_of(database).external_id}"
        ]
    assert channel_of(database).external_id != old
    applied(database, PROGRAMME[: PROGRAMME.index("    channels")])
    with database.reading() as session:
        assert session.exec(select(Secret)).all() == []


def test_a_key_may_stand_in_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "robot").write_text(f"{KEY}\n", "utf-8")
    applied(database)
    assert applied(database, PROGRAMME.replace(f"key: {KEY}", f"key_file: {tmp_path}/robot")) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{key_file: /nowhere/robot}", "key_file cannot be read: /nowhere/robot (FileNotFoundError)"),
        ("{}", "give either key or key_file"),
        (f"{{key: {KEY}, key_file: /nowhere}}", "give either key or key_file"),
        ("{key: not a key!}", "the key is what stands behind key= in the robot's address"),
        ("{webhook: x}", "there is no such key"),
        ("some-key-of-a-robot", "channels.wecom_robot"),
    ],
)
def test_a_wrong_key_is_told_with_its_line_and_without_itself(written: str, told: str) -> None:
    with pytest.raises(ProgrammeError) as caught:
        read(PROGRAMME.replace(f"{{key: {KEY}}}", written))
    assert told in str(caught.value)
    assert "line 10" in str(caught.value)
    assert KEY not in str(caught.value)


def test_without_a_secret_key_of_the_installation_nothing_is_kept(database: Database) -> None:
    with pytest.raises(ProgrammeError, match="LOOPKEEPER_SECRET_KEY is needed"), database.transaction() as session:
        programme.apply(session, read(PROGRAMME), NOW)


# --- what is posted


async def test_a_post_is_styled_and_has_no_buttons(link: RobotLink, fake: WecomFake, database: Database) -> None:
    await link.outbound.send(post(database, "<b>Weekly</b> &lt;@all&gt; &lt;@bob&gt;", buttons=buttons("Press")), None)
    (shown,) = fake.messages(KEY)
    assert shown.content == {"msgtype": "markdown", "content": "**Weekly** \uff1c@all\uff1e \uff1c@bob\uff1e"}
    assert fake.problems == []


async def test_who_is_honoured_is_called_and_nobody_else(link: RobotLink, fake: WecomFake, database: Database) -> None:
    markup = '\U0001f44f <at id="lilei">Ana Ruiz</at>, <at id="bob">Bob</at>\n@all &lt;@helen&gt; <b>well done</b>'
    await link.outbound.send(post(database, markup), None)
    (shown,) = fake.messages(KEY)
    assert shown.content["mentioned_list"] == ["lilei", "bob"]
    assert shown.content["content"] == "\U0001f44f Ana Ruiz, Bob\n@all \uff1c@helen\uff1e well done"


def test_the_honoured_are_called_by_their_ids_in_the_app(database: Database) -> None:
    applied(database)
    with database.reading() as session:
        ana = session.exec(select(Person).where(Person.name == "Ana Ruiz")).one()
        (channel,) = session.exec(select(Channel)).all()
        assert recognitions._user_id(session, ana, channel) == "lilei"
        assert people.identity_on(session, ana.id, "wecom_robot", "") is None


async def test_a_picture_and_a_change_are_posts_of_their_own(
    link: RobotLink, fake: WecomFake, database: Database
) -> None:
    first = post(database, "60 %", picture=picture(), external_id="robot-1")
    await link.outbound.send(first, None)
    await link.outbound.send(post(database, "80 %", id=2), first)
    await link.outbound.send(post(database, "…", id=3), first)
    assert [text_of(it) for it in fake.messages(KEY)] == ["[image]", "60 %", "80 %"]
    assert fake.problems == []


@given(st.text(max_size=1500), st.lists(st.sampled_from(["bob", "lilei"])))
def test_whatever_people_write_a_robot_takes(words: str, called: list[str]) -> None:
    markup = f"<b>{escape(words[:200])}</b>{escape(words)}" + "".join(f'<at id="{user}">x</at>' for user in called)
    for content in contents(Message(markup=markup)):
        kind = content["msgtype"]
        assert list(wecom_rules.wrong_content(content, wecom_rules.ROBOT_TYPES)) == []
        assert len(content[kind]["content"].encode()) <= (4096 if kind == "markdown" else 2048)
        assert content[kind].get("mentioned_list", []) == list(dict.fromkeys(called))


# --- what becomes of a refusal


async def test_each_refusal_has_its_consequence(
    link: RobotLink, fake: WecomFake, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for how, meaning in (
        (93000, ("gone", None, False)),
        (45009, ("", 60, False)),
        ("http_500", ("", None, True)),
        ("reset_after", ("", None, True)),
    ):
        fake.fail("webhook/send", how)
        with pytest.raises(SendError) as caught:
            await link.outbound.send(post(database), None)
        assert (caught.value.lost, caught.value.retry_after, caught.value.ambiguous) == meaning
    with pytest.raises(SendError) as unknown:
        await link.outbound.find(post(database))
    assert unknown.value.unknown
    assert KEY not in caplog.text


async def test_the_twenty_first_of_a_minute_waits(link: RobotLink, fake: WecomFake, database: Database) -> None:
    for number in range(20):
        await link.outbound.send(post(database, id=number), None)
    with pytest.raises(SendError) as caught:
        await link.outbound.send(post(database, id=21), None)
    assert caught.value.retry_after == 60


async def test_a_changed_secret_key_keeps_posts_waiting_and_doctor_says_so(
    link: RobotLink, fake: WecomFake, database: Database
) -> None:
    assert [finding.ok for finding in await link.examine()] == [True]
    other = RobotLink(fake.url, database, Sealer(SECRET_KEY[::-1]))
    with pytest.raises(SendError) as caught:
        await other.outbound.send(post(database), None)
    assert (caught.value.retry_after, caught.value.permanent) == (300, False)
    assert "LOOPKEEPER_SECRET_KEY was changed" in (await other.examine())[0].mend
