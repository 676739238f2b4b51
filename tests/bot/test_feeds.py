"""Reading calendars over the network: from real servers that are down, slow, huge, hostile, or inside of the house."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot import feeds
from bot.feeds import Reader, may_visit
from models.db import Database
from models.messages import Delivery
from models.organization import Absence, CalendarFeed, Person
from services import absences, programme, programme_file, workspaces
from services import feeds as kept
from services.feeds import FeedError
from services.vault import Sealer
from tests.fakes.calendars import CalendarServer, certify

pytestmark = pytest.mark.anyio
HERE = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
SEALER = Sealer("k" * 32)
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, consent: elsewhere}
people: [{name: Bob, slack: U0BOB}]
teams: [{name: Product, members: [Bob]}]
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certify(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalendarServer]:
    """Trusted as a company's own authority is: by SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = CalendarServer(certificate)
    yield server
    server.close()


class Bob:
    """One person with a calendar, and the hand on the clock."""

    def __init__(self, database: Database, address: str) -> None:
        self.database, self.now = database, MONDAY
        self.reader = Reader(database, SEALER, HERE, lambda: self.now)
        with database.transaction() as session:
            programme.apply(session, programme_file.read(PROGRAMME), MONDAY)
            workspaces.connect(session, [("slack", "")])
            kept.connect(session, SEALER, self.person(session), address, MONDAY)

    def person(self, session: Session) -> Person:
        return session.exec(select(Person)).one()

    async def reads(self, **later: float) -> None:
        self.now += timedelta(**later)
        await self.reader.read_next()

    def feed(self) -> CalendarFeed:
        with self.database.reading() as session:
            return session.exec(select(CalendarFeed)).one()

    def off(self) -> list[tuple[str, str]]:
        with self.database.reading() as session:
            rows = absences.upcoming(session, self.person(session), self.now.date())
            return [(str(row.starts_on), str(row.ends_on)) for row in rows]

    def told(self) -> list[str]:
        with self.database.reading() as session:
            rows = session.exec(select(Delivery).where(Delivery.state == "pending").order_by(Delivery.id)).all()  # type: ignore[arg-type]
            return [str(row.message["markup"]) for row in rows]


@pytest.fixture
def bob(database: Database, server: CalendarServer) -> Bob:
    return Bob(database, f"{server.base}/team.ics")


def reader(networks: feeds.Networks = ()) -> Reader:
    return Reader(Database("sqlite://"), SEALER, networks, lambda: MONDAY)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/missing", "refused"), ("/gone", "refused"), ("/forbidden", "refused"), ("/huge", "too_large"),
        ("/bomb", "too_large"), ("/bomb-in-a-bomb", "not_a_calendar"), ("/no-gzip", "not_a_calendar"),
        ("/slow", "slow"), ("/loop", "redirected"), ("/to-http", "redirected"), ("/to-inside", "forbidden"),
        ("/to-a-file", "redirected"),
    ],
)  # fmt: skip
async def test_what_cannot_be_fetched_is_named(
    server: CalendarServer, path: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SECONDS_IN_ALL", 1.0)
    with pytest.raises(FeedError, match=code):
        await reader(HERE).fetch(server.base + path)


async def test_few_redirects_are_followed_and_packed_text_is_unpacked(server: CalendarServer) -> None:
    assert (await reader(HERE).fetch(f"{server.base}/moved")).text == server.text
    assert (await reader(HERE).fetch(f"{server.base}/packed")).text == "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    assert "\ufffd" in ((await reader(HERE).fetch(f"{server.base}/latin")).text or "")


async def test_nothing_inside_of_the_house_is_visited(server: CalendarServer) -> None:
    port = server.base.rpartition(":")[2]
    for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
        with pytest.raises(FeedError, match="forbidden"):
            await reader().fetch(f"https://{host}:{port}/team.ics")
    assert server.asked == []


async def test_a_certificate_for_another_name_is_not_taken(server: CalendarServer) -> None:
    with pytest.raises(FeedError, match="unreachable"):
        await reader(HERE).fetch(server.base.replace("localhost", "127.0.0.1") + "/team.ics")


async def test_an_address_that_leads_nowhere_is_unreachable(server: CalendarServer) -> None:
    server.close()
    for address in (f"{server.base}/team.ics", "https://no-such-host.invalid/a.ics", "https://a..b/x", "https://[/"):
        with pytest.raises(FeedError, match="unreachable"):
            await reader(HERE).fetch(address)


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("10.0.0.1", False), ("172.16.9.9", False),
        ("192.168.1.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("240.0.0.1", False), ("::1", False),
        ("::", False), ("fe80::1", False), ("fd00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::1", False), ("64:ff9b::10.0.0.1", False), ("64:ff9b::8.8.8.8", True),
    ],
)  # fmt: skip
def test_only_public_addresses_are_visited(address: str, may: bool) -> None:
    assert may_visit(ipaddress.ip_address(address), ()) is may


def test_the_operator_opens_a_network_of_the_house() -> None:
    house = [ipaddress.ip_network("10.1.2.0/24")]
    assert may_visit(ipaddress.ip_address("10.1.2.9"), house)
    assert may_visit(ipaddress.ip_address("::ffff:10.1.2.9"), house)
    assert not may_visit(ipaddress.ip_address("10.1.3.9"), house)


async def test_a_calendar_makes_away_and_is_asked_again_only_for_what_is_new(bob: Bob, server: CalendarServer) -> None:
    server.shows(server.day_off("20261126"))
    await bob.reads()
    assert bob.off() == [("2026-11-26", "2026-11-26")]

    await bob.reads(minutes=30)
    assert len(server.asked) == 1
    await bob.reads(hours=1)
    assert server.asked[1][1]["if-none-match"] == bob.feed().etag
    assert server.asked[1][1]["host"] == server.base.removeprefix("https://")
    assert bob.off() == [("2026-11-26", "2026-11-26")]

    server.shows(server.day_off("20261127"))
    await bob.reads(hours=2)
    assert bob.off() == [("2026-11-27", "2026-11-27")]


async def test_not_off_wins_over_every_later_reading(bob: Bob, server: CalendarServer) -> None:
    server.shows(server.day_off("20261126"))
    await bob.reads()
    with bob.database.transaction() as session:
        absences.overrule(session, session.exec(select(Absence)).one(), bob.person(session), bob.now)

    for events in ([server.day_off("20261126", more="X-A:1\r\n")], [], [server.day_off("20261126")]):
        server.shows(*events)
        await bob.reads(hours=2)
        assert bob.off() == []


async def test_the_person_is_told_the_evening_before_and_once(bob: Bob, server: CalendarServer) -> None:
    """At six, or when his quiet hours end."""
    with bob.database.transaction() as session:
        bob.person(session).quiet_from, bob.person(session).quiet_until = "17:30", "19:00"
    server.shows(server.day_off("20261125"), server.day_off("20261128", uid="on a saturday"))
    await bob.reads()
    assert bob.told() == []

    for _ in range(3):
        await bob.reads(hours=8)
    [told] = bob.told()
    assert "Your calendar says that you are off Wed, Nov 25, 2026." in told
    assert "private" not in told
    with bob.database.reading() as session:
        assert session.exec(select(Delivery.due_at)).one() == datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    server.shows()
    await bob.reads(hours=2)
    assert bob.told() == []


async def test_a_feed_that_is_down_is_tried_more_seldom_and_told_of_once(bob: Bob, server: CalendarServer) -> None:
    server.shows(server.day_off("20261210"))
    await bob.reads()
    server.down = True
    pauses = []
    for _ in range(7):
        await bob.reads(hours=25)
        due_at = bob.feed().due_at
        assert due_at is not None
        pauses.append((due_at - bob.now) / timedelta(hours=1))

    assert pauses == [1, 2, 4, 8, 16, 24, 24]
    assert bob.off() == [("2026-12-10", "2026-12-10")]
    [told] = bob.told()
    assert "3 times in a row: its server reports an error of its own" in told
    server.down = False
    await bob.reads(hours=25)
    assert (bob.feed().failures, bob.feed().error) == (0, "")


async def test_a_calendar_disconnected_while_it_is_read_leaves_nothing(bob: Bob, server: CalendarServer) -> None:
    server.shows(server.day_off("20261126"))
    [claimed] = bob.reader._claim(SEALER)
    with bob.database.transaction() as session:
        kept.disconnect(session, session.exec(select(CalendarFeed)).one(), bob.person(session), bob.now)

    await bob.reader._read(*claimed)

    assert bob.off() == []
    with bob.database.reading() as session:
        assert kept.of(session, bob.person(session)) is None


async def test_with_another_secret_key_the_person_is_asked_to_connect_again(bob: Bob) -> None:
    bob.reader = Reader(bob.database, Sealer("x" * 32), HERE, lambda: bob.now)
    await bob.reads()
    assert bob.feed().error == "wrong_key"
    assert "I could not read your calendar: I can no longer open its address" in bob.told()[0]


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("https://cal.example/a.ics?key=1", "https://cal.example/a.ics?key=1"),
        ("webcal://cal.example/a.ics", "https://cal.example/a.ics"),
        ("http://cal.example/a.ics", None),
        ("ftp://cal.example/a.ics", None),
        ("https://", None),
        ("https://[/", None),
        ("https://cal.example:port/a", None),
        ("https://" + "a" * 3000, None),
    ],
)
def test_only_addresses_with_https_are_taken(said: str, address: str | None) -> None:
    assert kept.address_said(said) == address
