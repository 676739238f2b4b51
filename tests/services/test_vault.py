"""A sealed secret is worthless without the installation's key, and whoever changed it is found out."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from models.connection import Secret
from models.db import Database
from services import vault
from services.vault import Sealer, WrongKey

KEY = "a key of thirty-two letters or so"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
TOKEN = "xoxb-not-a-real-token"


@given(st.text(min_size=6, max_size=200))
def test_what_is_sealed_comes_back_and_never_stands_in_the_seal(text: str) -> None:
    sealed = Sealer(KEY).seal(text)
    assert Sealer(KEY).open(sealed) == text
    assert text not in sealed


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert Sealer(KEY).seal(TOKEN) != Sealer(KEY).seal(TOKEN)


@pytest.mark.parametrize("key", ["", KEY + "x", KEY.upper()])
def test_another_key_opens_nothing(key: str) -> None:
    with pytest.raises(WrongKey):
        Sealer(key).open(Sealer(KEY).seal(TOKEN))


@given(st.integers(0, 10_000), st.sampled_from("ABab01_-="))
def test_a_seal_somebody_touched_is_refused(place: int, sign: str) -> None:
    sealed = Sealer(KEY).seal(TOKEN)
    place %= len(sealed)
    touched = sealed[:place] + sign + sealed[place + 1 :]
    if touched.rstrip("=") == sealed.rstrip("="):
        return
    with suppress(WrongKey):
        assert Sealer(KEY).open(touched) == TOKEN  # the last sign of base64 holds bits nobody reads


@pytest.mark.parametrize("junk", ["", "x", "not sealed at all", "\u00fc", TOKEN])
def test_what_is_no_seal_is_refused_like_a_wrong_key(junk: str) -> None:
    with pytest.raises(WrongKey):
        Sealer(KEY).open(junk)


def test_the_table_holds_no_readable_secret_and_the_newest_is_read(database: Database) -> None:
    sealer = Sealer(KEY)
    with database.transaction() as session:
        vault.keep(session, sealer, "slack:T0TEAM", "old")
        vault.keep(session, sealer, "slack:T0TEAM", TOKEN, NOW + timedelta(hours=1))
        vault.keep(session, sealer, "slackish", "other")
    with database.reading() as session:
        assert vault.read(session, sealer, "slack:T0TEAM") == (TOKEN, NOW + timedelta(hours=1))
        assert vault.read(session, sealer, "slack:T1") is None
        assert vault.names(session, "slack:") == ["slack:T0TEAM"]
        assert not [row for row in session.exec(select(Secret)).all() if TOKEN in row.model_dump_json()]


def test_a_changed_key_is_told_and_a_forgotten_secret_is_gone(database: Database) -> None:
    with database.transaction() as session:
        vault.keep(session, Sealer(KEY), "robot", TOKEN)
    with database.transaction() as session:
        with pytest.raises(WrongKey):
            vault.read(session, Sealer("x" * 32), "robot")
        vault.forget(session, "robot")
        assert vault.read(session, Sealer(KEY), "robot") is None


@pytest.mark.parametrize("prefix", ["slack_", "slack%"])
def test_a_prefix_is_taken_literally(database: Database, prefix: str) -> None:
    with database.transaction() as session:
        vault.keep(session, Sealer(KEY), "slackXT0", TOKEN)
        assert vault.names(session, prefix) == []
