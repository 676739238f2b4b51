"""A calendar somebody else wrote: what counts as a day off, and that no text does harm."""

from datetime import date
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import ics
from services.feeds import FeedError, Off
from services.ics import read

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 11, 22), date(2027, 2, 21)
VACATION = "\u4f11\u5047"


def calendar(*events: str) -> str:
    inner = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inner}END:VCALENDAR\r\n"


def found(text: str) -> list[Off]:
    """Nothing where the calendar was refused."""
    try:
        return read(text, SHANGHAI, FIRST, LAST)
    except FeedError:
        return []


def off(*events: str, zone: ZoneInfo = SHANGHAI) -> list[tuple[str, str]]:
    return [(str(each.start), str(each.end)) for each in read(calendar(*events), zone, FIRST, LAST)]


WHOLE_DAY = "UID:1\nDTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20261127\nSUMMARY:Sea"
TIMED = "UID:1\nDTSTART:20261124T010000Z\nDTEND:20261124T090000Z"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (WHOLE_DAY, [("2026-11-24", "2026-11-26")]),
        ("UID:1\nDTSTART;VALUE=DATE:20261124", [("2026-11-24", "2026-11-24")]),
        (f"{WHOLE_DAY}\nTRANSP:TRANSPARENT", []),
        (f"{WHOLE_DAY}\nSTATUS:CANCELLED", []),
        (f"{WHOLE_DAY}\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", []),
        (f"{TIMED}\nSUMMARY:Workshop", []),
        (f"{TIMED}\nSUMMARY:Workshop\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", [("2026-11-24", "2026-11-24")]),
        (f"{TIMED}\nSUMMARY:Annual leave", [("2026-11-24", "2026-11-24")]),
        (f"{TIMED}\nSUMMARY:{VACATION}", [("2026-11-24", "2026-11-24")]),
        (f"{TIMED}\nCATEGORIES:Private,Vacation", [("2026-11-24", "2026-11-24")]),
        (f"{TIMED}\nSUMMARY:Leaving party for the sickle team", []),
        ("UID:1\nDTSTART:20261124T010000Z\nDTEND:20261124T060000Z\nSUMMARY:sick", []),
        ("UID:1\nDTSTART:20261124T060000Z\nDTEND:20261127T060000Z\nSUMMARY:ooo", [("2026-11-25", "2026-11-27")]),
        ("UID:1\nDTSTART:20261124T120000Z\nDTEND:20261127T010000Z\nSUMMARY:ooo", [("2026-11-25", "2026-11-26")]),
        ("UID:1\nDTSTART:20261124T090000\nDURATION:PT8H\nSUMMARY:ooo", [("2026-11-24", "2026-11-24")]),
        (
            "UID:1\nDTSTART;TZID=W. Europe Standard Time:20261124T010000\nDURATION:PT9H\nSUMMARY:ooo",
            [("2026-11-24", "2026-11-24")],
        ),
        ("UID:1\nDTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY", []),
        (
            "UID:1\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\nRRULE:FREQ=YEARLY",
            [("2026-12-25", "2026-12-26")],
        ),
        (
            "UID:1\nDTSTART;VALUE=DATE:20261124\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261201",
            [("2026-11-24", "2026-11-24"), ("2026-12-08", "2026-12-08")],
        ),
        (
            "UID:1\nDTSTART;VALUE=DATE:20261124\nRRULE:FREQ=WEEKLY;UNTIL=20261202",
            [("2026-11-24", "2026-11-24"), ("2026-12-01", "2026-12-01")],
        ),
    ],
)
def test_what_counts_as_a_day_off(event: str, expected: list[tuple[str, str]]) -> None:
    assert off(event) == expected


def test_a_changed_occurrence_of_a_series_counts_as_it_was_changed() -> None:
    series = "UID:1\nDTSTART;VALUE=DATE:20261124\nRRULE:FREQ=WEEKLY;COUNT=2"
    moved = "UID:1\nRECURRENCE-ID;VALUE=DATE:20261201\nDTSTART;VALUE=DATE:20261203"
    free = "UID:1\nRECURRENCE-ID;VALUE=DATE:20261124\nDTSTART;VALUE=DATE:20261124\nTRANSP:TRANSPARENT"
    assert off(series, moved) == [("2026-11-24", "2026-11-24"), ("2026-12-03", "2026-12-03")]
    assert off(series, moved, free) == [("2026-12-03", "2026-12-03")]


def test_times_are_those_of_the_person() -> None:
    night_in_shanghai = "UID:1\nDTSTART:20261124T130000Z\nDTEND:20261124T220000Z\nSUMMARY:ooo"
    assert off(night_in_shanghai, zone=ZoneInfo("America/Lima")) == [("2026-11-24", "2026-11-24")]
    assert off(night_in_shanghai) == []


def test_the_same_event_has_the_same_key_and_another_day_of_it_another() -> None:
    text = calendar(WHOLE_DAY, "UID:2\nDTSTART;VALUE=DATE:20261124\nRRULE:FREQ=DAILY;COUNT=3")
    keys = [each.key for each in read(text, SHANGHAI, FIRST, LAST)]
    assert len(set(keys)) == 4
    assert keys == [each.key for each in read(text, SHANGHAI, FIRST, LAST)]
    assert "Sea" not in str(read(text, SHANGHAI, FIRST, LAST))


@pytest.mark.parametrize("text", ["", "<!doctype html><title>Sign in</title>", "BEGIN:VCARD\r\nEND:VCARD", "\x00" * 99])
def test_what_is_no_calendar_is_said_to_be_none(text: str) -> None:
    with pytest.raises(FeedError, match="not_a_calendar"):
        read(text, SHANGHAI, FIRST, LAST)


NEVER = "DTSTART;VALUE=DATE:19801124\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
HOSTILE = {
    "every second": calendar("UID:1\nDTSTART;VALUE=DATE:20201124\nRRULE:FREQ=SECONDLY"),
    "each hour of a day": calendar("UID:1\nDTSTART;VALUE=DATE:20201124\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=4"),
    "never": calendar(*(f"UID:{number}\n{NEVER}" for number in range(500))),
    "daily for ever": calendar(*(f"UID:{n}\nDTSTART;VALUE=DATE:20201124\nRRULE:FREQ=DAILY" for n in range(1000))),
    "too many": calendar(*(f"UID:{n}\nDTSTART;VALUE=DATE:20261124" for n in range(3000))),
    "one changed too often": calendar(
        "UID:1\nDTSTART;VALUE=DATE:20101124\nRRULE:FREQ=DAILY",
        *(f"UID:1\nRECURRENCE-ID;VALUE=DATE:20260101\nDTSTART;VALUE=DATE:2026{1 + n % 12:02}01" for n in range(1900)),
    ),
    "the end of time": calendar("UID:1\nDTSTART;VALUE=DATE:99991231\nDTEND;VALUE=DATE:99991231\nRRULE:FREQ=YEARLY"),
    "the beginning": calendar("UID:1\nDTSTART;VALUE=DATE:00010101\nDURATION:P99999D"),
    "lasting for ever": calendar("UID:1\nDTSTART;VALUE=DATE:20201124\nDTEND;VALUE=DATE:20991124"),
    "no such day": calendar("UID:1\nDTSTART;VALUE=DATE:20270229"),
    "a trap of a zone": calendar("UID:1\nDTSTART;TZID=X:20261124T000000\nDTEND;TZID=X:20261125T000000").replace(
        "VERSION:2.0", "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:1\nRRULE:FREQ=SECONDLY\nEND:STANDARD"
    ),
    "one long line": calendar(f"UID:1\nDTSTART;VALUE=DATE:20261124\nRDATE:{'20261124,' * 90_000}"),
    "folded without end": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT" + "\r\n " * 300_000,
    "nested without end": "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\nBEGIN:VALARM\r\n" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_calendar_costs_more_than_a_moment(name: str) -> None:
    began = perf_counter()
    assert len(found(HOSTILE[name])) <= ics.MOST_EVENTS
    assert perf_counter() - began < 10


def test_a_broken_event_spoils_no_other() -> None:
    broken = "UID:9\nDTSTART:yesterday\nRRULE:FREQ=SOMETIMES;BYDAY=XX"
    assert off(broken, WHOLE_DAY, "DTSTART\nUID", "") == [("2026-11-24", "2026-11-26")]


moments = st.sampled_from(
    ["20261124", "20261124T090000", "20261124T090000Z", "00000000", "99991231T235959Z", "20270229", "x", "-1", ""]
)
values = st.one_of(
    moments,
    st.builds(
        "FREQ={};INTERVAL={};{}={}".format,
        st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "", "daily"]),
        st.integers(-1, 10**9),
        st.sampled_from(["COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST", "X"]),
        st.one_of(st.integers(-400, 400).map(str), moments, st.sampled_from(["MO", "5SU", "-1FR,MO", ","])),
    ),
    st.text(max_size=20),
)
properties = st.builds(
    "{}{}:{}".format,
    st.sampled_from(ics.KEPT),
    st.sampled_from(["", ";VALUE=DATE", ";TZID=Europe/Berlin", ";TZID=;X", ";VALUE=PERIOD"]),
    values,
)
events = st.lists(properties, max_size=8).map(lambda lines: "\n".join(["DTSTART;VALUE=DATE:20261124", *lines]))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(events, max_size=4).map(lambda them: calendar(*them))))
def test_no_text_raises_anything_but_its_own_error_or_counts_without_end(text: str) -> None:
    offs = found(text)
    assert len(offs) <= ics.MOST_EVENTS
    assert all(each.start <= each.end and each.start <= LAST and each.end >= FIRST for each in offs)
