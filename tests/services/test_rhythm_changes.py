"""Whatever is changed in mid-window, in whatever order: no prompt twice, no answer lost, nothing held in the past."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from models.check_ins import ANSWERED, Answer, CheckIn, Response, Round
from models.db import Database
from models.messages import Delivery
from services import occasions
from tests.services.rhythm_stage import Rhythm, text

RHYTHMS = (
    "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=WEEKLY;BYDAY=SU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
)  # fmt: skip
CHANGES = {
    "rhythm": RHYTHMS,
    "at": ("09:30", "00:00", "17:00", "23:30"),
    "closes_after": ("PT8H", "PT1H", "PT30H"),
    "ask": ("What moved?", "And now?"),
    "more": ("", ", paused_until: 2026-10-03"),
}
TEAM = {
    "ana": ("Asia/Shanghai", "America/Lima", "Pacific/Kiritimati"),
    "work_days": ("mo, tu, we, th, fr", "sa, su", "mo, tu, we, th"),
    "members": ("Ana, Bob", "Ana", "Bob", ""),
    "team_zone": ("Asia/Shanghai", "America/Lima"),
    "off_day": ("skip", "before", "after"),
    "organization": ("", ", country: CN", ", days: [{on: 2026-09-30}]"),
}
STEPS = st.one_of(
    st.sampled_from([("check_in", key, value) for key, values in CHANGES.items() for value in values]),
    st.sampled_from([("team", key, value) for key, values in TEAM.items() for value in values]),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from(("1", "7", "19", "40"))),
    st.tuples(st.just("answer"), st.just(""), st.sampled_from(("Ana", "Bob"))),
    st.tuples(st.just("end"), st.just(""), st.just("")),
)


def emptied(database: Database) -> Database:
    with database.transaction() as session:
        for table in reversed(CheckIn.metadata.sorted_tables):
            session.execute(table.delete())
    return database


def play(database: Database, steps: list[tuple[str, str, str]]) -> tuple[Rhythm, dict[int, str]]:
    """Returns what was answered too: response id to the words."""
    check_in: dict[str, str] = {"rhythm": "FREQ=DAILY"}
    team: dict[str, str] = {}
    played = Rhythm(emptied(database), "2026-09-28 12:00", text(check_in))
    said: dict[int, str] = {}

    def wait(_key: str, hours: str) -> None:
        played.until(played.now + timedelta(hours=int(hours)))

    def answer(_key: str, name: str) -> None:
        given = played.answers(name, f"words {len(said)}")
        if given is not None:
            said[given.id] = f"words {len(said)}"

    def change(what: dict[str, str]) -> Callable[[str, str], None]:
        def put(key: str, value: str) -> None:
            what[key] = value
            played.apply(text(check_in, **team))

        return put

    def end(_key: str, _value: str) -> None:
        played.apply(text({"name": "Other", "rhythm": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=5"}, **team))

    doing = {"wait": wait, "answer": answer, "check_in": change(check_in), "team": change(team), "end": end}
    for kind, key, value in steps:
        doing[kind](key, value)
    played.until(played.now + timedelta(days=4))
    return played, said


def nothing_went_wrong(played: Rhythm, said: dict[int, str]) -> None:
    with played.database.reading() as session:
        words = {row.response_id: row.text for row in session.exec(select(Answer)).all()}
        assert said == words
        responses = {row.id: row for row in session.exec(select(Response)).all()}
        assert all(responses[key].state in ANSWERED for key in said)
        prompts = [
            row.dedupe_key
            for row in session.exec(select(Delivery).where(col(Delivery.dedupe_key).startswith("prompt:"))).all()
        ]
        asked = [row for row in responses.values() if row.prompted_at is not None]
        assert sorted(prompts) == sorted(f"prompt:{row.id}" for row in asked)
        rounds = {row.id: row for row in session.exec(select(Round)).all()}
        for row in asked:
            assert row.prompted_at is not None
            assert row.prompted_at >= row.prompt_at
            assert row.reason != "too_late_to_ask"
        meant = Counter(
            (
                rounds[row.round_id].check_in_id,
                row.person_id,
                occasions.rhythms_date(rounds[row.round_id].on_date, rounds[row.round_id].detail),
            )
            for row in asked
        )
        assert not [each for each, times in meant.items() if times > 1]
        assert not [row for row in responses.values() if rounds[row.round_id].not_held]
        assert not [line for line in played.told("Grace") if line.startswith("outage")]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=st.lists(STEPS, min_size=3, max_size=9))
def test_no_change_in_mid_window_duplicates_deletes_or_loses_anything(
    sqlite_template: Path, steps: list[tuple[str, str, str]]
) -> None:
    file = sqlite_template.parent / "changes.db"
    if not file.exists():
        shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    try:
        nothing_went_wrong(*play(database, steps))
    finally:
        database.close()
