"""Where a person is written to, what is known of an account, and what becomes of a place that takes nothing more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from models.audit import AuditEntry
from models.db import Database
from models.messages import Delivery, Message, Place
from models.organization import Channel, Identity, Person, Team
from services import outbox, people, posts, programme, programme_file, reach, workspaces

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people:
  - {name: Bob, telegram: 1001, slack: U0BOB, wecom: bob}
  - {name: Ana, telegram: 1002}
  - {name: Grace, slack: U0GRACE}
  - {name: Gina, slack: T0TEAM/U0GRACE}
teams:
  - {name: Product, leads: [Grace, Gina], members: [Bob, Ana], channels: {telegram: "-1001:5", slack: C0PRODUCT}}
  - {name: Twin, leads: [Gina], channels: {slack: C0PRODUCT}}
"""
EVERYWHERE = [("slack", ""), ("telegram", ""), ("wecom", ""), ("slack", "T0TEAM")]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), NOW)
        workspaces.connect(session, EVERYWHERE)
        yield session


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def account(session: Session, external_id: str, workspace: str = "") -> Identity:
    query = select(Identity).where(Identity.external_id == external_id, Identity.workspace == workspace)
    return session.exec(query).one()


def team(session: Session, name: str = "Product") -> Team:
    return session.exec(select(Team).where(Team.name == name)).one()


def channel(session: Session, of: str = "Product", platform: str = "slack") -> Channel:
    query = select(Channel).where(Channel.team_id == team(session, of).id, Channel.platform == platform)
    return session.exec(query).one()


def where(session: Session, name: str) -> str | None:
    found = people.reachable_identity(session, person(session, name))
    return found.platform if found else None


def told(session: Session, name: str) -> list[str]:
    to = outbox.address_of(session, person(session, name))
    assert to is not None
    rows = select(Delivery).where(Delivery.place_id == to.place.id, Delivery.connection == to.connection)
    return [row.message["markup"] for row in session.exec(rows.order_by(col(Delivery.id))).all()]


def post(session: Session, number: int, of: str = "Product", words: str = "") -> None:
    posts.publish(
        session, NOW, team(session, of), f"digest:{number}", lambda _l, _c: Message(markup=words or str(number))
    )


def at(session: Session, place: str) -> list[tuple[str, str]]:
    rows = session.exec(select(Delivery).where(Delivery.place_id == place).order_by(col(Delivery.id))).all()
    return [(row.message["markup"], row.state) for row in rows]


# --- people


def test_an_account_that_is_known_to_work_comes_before_one_nobody_tried(session: Session) -> None:
    assert (where(session, "Bob"), where(session, "Ana")) == ("slack", "telegram")
    reach.lost(session, account(session, "U0BOB"), "deactivated", NOW)
    assert where(session, "Bob") == "wecom"


def test_what_he_prefers_comes_first_while_it_works_or_may_work(session: Session) -> None:
    bob = person(session, "Bob")
    bob.prefers = "telegram"
    assert where(session, "Bob") == "telegram"
    reach.lost(session, account(session, "1001"), "never_started", NOW)
    assert where(session, "Bob") == "slack"
    assert reach.found(session, account(session, "1001"), NOW)
    assert where(session, "Bob") == "telegram"


def test_nobody_is_written_to_where_nobody_listens(session: Session) -> None:
    workspaces.connect(session, [("slack", "T0TEAM")])
    assert [where(session, name) for name in ("Bob", "Ana", "Grace", "Gina")] == [None, None, None, "slack"]


def test_two_workspaces_are_two_places_with_the_same_ids(session: Session) -> None:
    addresses = [outbox.address_of(session, person(session, name)) for name in ("Grace", "Gina")]
    assert [address and (address.connection, address.place.id) for address in addresses] == [
        ("", "U0GRACE"),
        ("T0TEAM", "U0GRACE"),
    ]


def test_the_leads_hear_it_only_when_no_account_is_left_and_only_once(session: Session) -> None:
    for external_id, why in (("U0BOB", "deactivated"), ("1001", "blocked"), ("1001", "blocked")):
        reach.lost(session, account(session, external_id), why, NOW)
    assert told(session, "Grace") == []
    for _ in range(2):
        reach.lost(session, account(session, "bob"), "out_of_scope", NOW)
    assert ["Bob" in text for text in told(session, "Grace")] == [True]


def test_it_is_news_only_once_that_somebody_can_be_reached(session: Session) -> None:
    ana = account(session, "1002")
    assert [reach.found(session, ana, NOW), reach.found(session, ana, NOW)] == [True, False]
    verbs = select(AuditEntry).where(AuditEntry.verb == "account.reach")
    assert [entry.new for entry in session.exec(verbs).all()] == [{"reach": "reachable"}]


@pytest.mark.parametrize(("kind", "goes_on"), [("post", True), ("edit", False), ("form", False)])
def test_only_news_goes_on_to_another_account(session: Session, kind: str, goes_on: bool) -> None:
    to = outbox.Address(team(session).organization_id, "slack", "", Place(kind="dm", id="U0BOB"))
    delivery = outbox.post(session, NOW, to, Message(markup="hello"), "k")
    assert delivery is not None
    delivery.kind = kind
    reach.refused(session, delivery, "deactivated", NOW)
    assert (at(session, "bob") == [("hello", "pending")]) is goes_on


# --- channels


def test_what_is_kept_arrives_in_order_and_only_the_teams_own(session: Session) -> None:
    for number in range(3):
        post(session, number)
        post(session, number, "Twin", f"twin {number}")
    product = channel(session)
    reach.lose_channel(session, product, "is_archived", NOW)
    reach.lose_channel(session, channel(session, "Twin"), "is_archived", NOW)
    assert {state for _, state in at(session, "C0PRODUCT")} == {"kept"}
    reach.bind_channel(session, team(session), "slack", "T0TEAM", "C9NEW", person(session, "Grace"), NOW)

    assert at(session, "C9NEW") == [("0", "pending"), ("1", "pending"), ("2", "pending")]
    assert [words for words, _ in at(session, "C0PRODUCT")] == ["twin 0", "twin 1", "twin 2"]
    assert channel(session, "Twin").lost_at is not None
    assert (product.workspace, product.lost_at, product.source) == ("T0TEAM", None, "chat")


def test_a_long_post_is_kept_with_all_its_parts(session: Session) -> None:
    post(session, 1, words="word " * 4000)
    parts = len(at(session, "C0PRODUCT"))
    reach.lose_channel(session, channel(session), "is_archived", NOW)
    reach.bind_channel(session, team(session), "slack", "", "C9NEW", person(session, "Grace"), NOW)
    assert parts > 1
    assert [state for _, state in at(session, "C9NEW")] == ["pending"] * parts


def test_with_another_channel_left_the_leads_get_no_posts(session: Session) -> None:
    reach.lose_channel(session, channel(session), "is_archived", NOW)
    before = len(told(session, "Grace"))
    post(session, 7)
    assert at(session, "-1001:5") == [("7", "pending")]
    assert len(told(session, "Grace")) == before
    reach.lose_channel(session, channel(session, platform="telegram"), "removed", NOW)
    post(session, 8)
    assert told(session, "Grace")[-1] == "8"


def test_a_topic_lies_in_its_group_and_not_in_another_that_begins_alike(session: Session) -> None:
    assert [each.external_id for each in reach.channels_in(session, "telegram", "", "-1001")] == ["-1001:5"]
    assert reach.channels_in(session, "telegram", "", "-100") == []
    assert reach.channels_in(session, "telegram", "", "-1001:50") == []
    assert reach.channels_in(session, "slack", "T0TEAM", "C0PRODUCT") == []


def test_a_group_that_moved_takes_along_what_is_promised(session: Session) -> None:
    to = outbox.Address(team(session).organization_id, "slack", "", Place(kind="channel", id="C0PRODUCT"), "C0:1.0")
    outbox.post(session, NOW, to, Message(markup="an answer in a thread"), "k")
    post(session, 1)
    for _ in range(2):
        reach.moved(session, "slack", "", "C0PRODUCT", "C9NEW", NOW + timedelta(seconds=1))
    assert at(session, "C9NEW") == [("an answer in a thread", "pending"), ("1", "pending")]
    assert channel(session).external_id == channel(session, "Twin").external_id == "C9NEW"
