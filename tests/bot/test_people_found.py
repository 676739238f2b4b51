"""`doctor` counts who cannot be reached and which channels are lost, names nobody, and says what to do."""

from datetime import UTC, datetime

from sqlmodel import select

from bot.people_found import people_and_channels
from bot.platform import Finding
from models.db import Database
from models.messages import Delivery, Message
from models.organization import Channel, Identity, Person
from services import outbox, programme, programme_file, reach, workspaces

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people:
  - {name: Bob Stone, telegram: 1001}
  - {name: Ana Ruiz, telegram: 1002, slack: U0ANA}
  - {name: Grace Park, slack: U0GRACE}
  - {name: Olive Observer, wecom: olive}
teams:
  - {name: Product, leads: [Grace Park], members: [Bob Stone, Ana Ruiz], channels: {slack: C0PRODUCT}}
"""


def apply(database: Database) -> None:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), NOW)
        workspaces.connect(session, [("slack", ""), ("telegram", "")])


def found(database: Database) -> list[Finding]:
    return people_and_channels(["slack", "telegram"], database)


def test_an_account_nobody_tried_yet_is_no_finding(database: Database) -> None:
    apply(database)
    assert [(finding.ok, finding.what) for finding in found(database)] == [
        (False, "1 people have no account on a configured platform.")
    ]


def test_it_counts_by_platform_and_reason_and_names_nobody(database: Database) -> None:
    apply(database)
    with database.transaction() as session:
        for account in session.exec(select(Identity).where(Identity.platform == "telegram")).all():
            reach.lost(session, account, "blocked", NOW)
        channel = session.exec(select(Channel)).one()
        outbox.post(
            session, NOW, outbox.address_of_channel(channel), Message(markup="x"), f"digest:1:w:channel:{channel.id}"
        )
        reach.lose_channel(session, channel, "is_archived", NOW)
        assert [row.state for row in session.exec(select(Delivery).where(Delivery.place_kind == "channel"))] == ["kept"]
    told = found(database)

    assert [finding.what for finding in told] == [
        "1 people have no account on a configured platform.",
        "2 accounts on telegram cannot be written to: blocked.",
        "1 people can be reached on none of their accounts.",
        "1 channels on slack take no posts any more: is_archived.",
        "1 posts are kept for channels that were lost.",
    ]
    assert all(finding.mend for finding in told)
    text = "\n".join(str(finding) for finding in told)
    assert not [name for name in ("Bob", "Ana", "Grace", "Product", "1001") if name in text]


def test_who_is_no_longer_on_the_list_is_not_counted(database: Database) -> None:
    apply(database)
    with database.transaction() as session:
        for person in session.exec(select(Person)).all():
            person.active = False
            session.add(person)
        for account in session.exec(select(Identity)).all():
            account.reach, account.reach_at = "blocked", NOW
            session.add(account)
    assert found(database) == []
