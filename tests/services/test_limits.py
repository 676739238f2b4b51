"""What is sent keeps within each platform's rates, exactly, over any window; and everything is sent in the end."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import Session, select

from models.db import Database
from models.messages import Delivery, Message, Place
from models.organization import Organization
from services import limits, outbox
from services.limits import OUTGOING, Rate
from tests.bot.bench import organize

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def promise(database: Database, organization_id: int, platform: str, kind: str, places: list[str]) -> None:
    with database.transaction() as session:
        for number, place in enumerate(places):
            where = Place.model_validate({"kind": kind, "id": place})
            to = outbox.Address(organization_id, platform, "", where)
            outbox.post(session, NOW, to, Message(markup=str(number)), f"{platform}:{number}")


def send_all(database: Database, step: timedelta = timedelta(seconds=1), most: int = 4000) -> list[Delivery]:
    """A sender that is never slow: everything claimed is sent at once; the clock goes on while nothing is due."""
    now, sent = NOW, []
    for _ in range(most):
        with database.transaction() as session:
            mine = outbox.claim(session, now)
            for delivery in mine:
                outbox.sent(session, delivery.id, str(delivery.id), now)
                sent.append(session.get_one(Delivery, delivery.id, populate_existing=True))
        if mine:
            continue
        if not _left(database):
            break
        now += step
    return sent


def _left(database: Database) -> bool:
    with database.reading() as session:
        return session.exec(select(Delivery.id).where(Delivery.state == "pending").limit(1)).first() is not None


def most_in_any(window: timedelta, instants: list[datetime]) -> int:
    """In (t - window, t] for every t at which something was sent."""
    return max(sum(1 for other in instants if at - window < other <= at) for at in instants)


def kept(platform: str, sent: list[Delivery]) -> None:
    for pace in OUTGOING[platform]:
        by_place: dict[str, list[datetime]] = defaultdict(list)
        for delivery in sent:
            assert delivery.sent_at is not None
            if pace.kind in ("", delivery.place_kind):
                by_place[delivery.place_id if pace.kind else ""].append(delivery.sent_at)
        for instants in by_place.values():
            assert most_in_any(pace.window, instants) <= pace.count, pace


def test_a_post_to_four_hundred_keeps_its_order_and_comes_to_an_end(database: Database) -> None:
    """Telegram takes twenty a minute in a group: four hundred words of thanks take twenty minutes."""
    organization = organize(database)
    promise(database, organization, "telegram", "channel", ["-1001234"] * 400)
    sent = send_all(database, timedelta(seconds=5))

    assert [delivery.message["markup"] for delivery in sent] == [str(number) for number in range(400)]
    kept("telegram", sent)
    assert sent[-1].sent_at == NOW + 19 * MINUTE


def test_what_had_to_wait_is_not_overtaken_when_the_platform_is_free_sooner(database: Database) -> None:
    """Thirty in flight take all there is; then they fail, so that there is room before the one that waits is due."""
    organization = organize(database)
    promise(database, organization, "telegram", "dm", [str(number) for number in range(30)])
    with database.transaction() as session:
        flying = outbox.claim(session, NOW, most=30)
        for words in ("first", "second"):
            to = outbox.Address(organization, "telegram", "", Place(kind="dm", id="5001"))
            outbox.post(session, NOW, to, Message(markup=words), words)
    with database.transaction() as session:
        assert outbox.claim(session, NOW) == []
        for delivery in flying:
            outbox.not_sent(session, delivery.id, outbox.SendError("refused", permanent=True), NOW)
    sent = send_all(database, timedelta(milliseconds=250))
    assert [delivery.message["markup"] for delivery in sent] == ["first", "second"]


def test_four_hundred_people_are_asked_at_thirty_a_second(database: Database) -> None:
    organization = organize(database)
    promise(database, organization, "telegram", "dm", [str(number) for number in range(400)])
    sent = send_all(database)

    assert len(sent) == 400
    kept("telegram", sent)
    assert sent[-1].sent_at == NOW + timedelta(seconds=13)


@pytest.mark.parametrize("platform", ["slack", "wecom", "wecom_aibot", "wecom_robot"])
def test_every_platform_gets_no_more_than_it_takes(database: Database, platform: str) -> None:
    organization = organize(database)
    promise(database, organization, platform, "channel", ["C0ONE"] * 70 + ["C0TWO"] * 5)
    sent = send_all(database, timedelta(seconds=10))

    assert len(sent) == 75
    kept(platform, sent)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 45), min_size=1, max_size=60), ask=st.integers(0, 90))
def test_when_it_says_now_there_is_room_and_when_it_says_later_there_is_none_before(
    database: Database, gaps: list[int], ask: int
) -> None:
    count, window = 20, MINUTE
    organization = _organization(database)
    instants = [NOW + timedelta(seconds=sum(gaps[: number + 1])) for number in range(len(gaps))]
    with database.transaction() as session:
        session.connection().execute(delete(Delivery))
        wanted = _history(session, organization, instants)
        now = instants[-1] + timedelta(seconds=ask)
        free_at = limits.free_at(session, wanted, now)

    def in_window(at: datetime) -> int:
        return sum(1 for each in instants if at - window < each <= at)

    if free_at is None:
        assert in_window(now) < count
    else:
        assert free_at > now
        assert in_window(free_at - timedelta(microseconds=1)) >= count
        assert in_window(free_at) < count


def _organization(database: Database) -> int:
    with database.reading() as session:
        known = session.exec(select(Organization.id)).first()
    return known or organize(database)


def _history(session: Session, organization: int, instants: list[datetime]) -> Delivery:
    """A group on Telegram in which these were sent already, and one more that is wanted."""
    rows = [
        Delivery(
            organization_id=organization, dedupe_key=f"h:{number}", platform="telegram", place_kind="channel",
            place_id="-1", due_at=at, created_at=at, state="sent", sent_at=at,
        )
        for number, at in enumerate([*instants, instants[-1]])
    ]  # fmt: skip
    rows[-1].state, rows[-1].sent_at = "pending", None
    session.add_all(rows)
    session.flush()
    return rows[-1]


def test_one_person_may_talk_sixty_times_a_minute_and_again_in_the_next(database: Database) -> None:
    with database.transaction() as session:
        overs = [limits.exceeded_by(session, Rate.TALK, "person:1", NOW) for _ in range(62)]
        assert overs == [0] * 60 + [1, 2]
        assert limits.exceeded_by(session, Rate.TALK, "person:2", NOW) == 0
        assert limits.exceeded_by(session, Rate.TALK, "person:1", NOW + MINUTE) == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-5, 120), min_size=1, max_size=40), st.integers(0, 10**9))
def test_whatever_the_clock_does_a_person_is_never_refused_for_ever(
    database: Database, jumps: list[int], who: int
) -> None:
    """A window that began in the future, after the clock was put back, is begun anew."""
    now = NOW
    with database.transaction() as session:
        for jump in jumps:
            now += timedelta(minutes=jump)
            limits.exceeded_by(session, Rate.LINK, str(who), now)
        assert limits.exceeded_by(session, Rate.LINK, str(who), now + timedelta(hours=1)) == 0
