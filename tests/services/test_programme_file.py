"""A programme file is read whole or not at all; every mistake is told with the line it stands in."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.programme_file import MOST_BYTES, ProgrammeError, read
from services.programme_parts import Programme

EXAMPLE = (Path(__file__).parent.parent / "bot" / "payloads" / "programme.yaml").read_text("utf-8")
RIGHT = """organization: {name: Acme, time_zone: Asia/Shanghai, locale: zh, consent: elsewhere}
people:
  - {name: Ana, slack: U0ANA}
  - {name: Bob, slack: U0BOB, telegram: 1001}
teams:
  - name: Product
    leads: [Bob]
    members: [Ana]
    check_ins:
      - name: Weekly
        rhythm: FREQ=WEEKLY;BYDAY=MO
        at: "09:30"
        reminder_before: PT1H
        questions:
          - {ask: {en: What moved?}}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ProgrammeError) as caught:
        read(text)
    return caught.value.problems


def test_the_example_everybody_is_shown_is_read_as_it_is_meant() -> None:
    programme = read(EXAMPLE)
    assert (programme.organization.time_zone, programme.organization.locale) == ("Asia/Shanghai", "zh")
    assert [person.slack for person in programme.people] == ["U0LILEI", "U0ANA", "U0HAN"]
    assert programme.people[0].accounts() == [
        ("slack", "", "U0LILEI"),
        ("telegram", "", "1001"),
        ("wecom", "", "lilei"),
    ]
    assert [person.work_days for person in programme.people][:2] == [
        ["mo", "tu", "we", "th", "fr"],
        ["mo", "tu", "we", "th"],
    ]
    (team,) = programme.teams
    (check_in,) = team.check_ins
    assert (check_in.at, check_in.closes_after, check_in.reminder_before) == (
        "09:30",
        timedelta(hours=8),
        timedelta(hours=1),
    )
    assert [question.kind for question in check_in.questions] == ["text", "blocker"]
    assert (team.digest is not None and team.digest.day) == "friday"


def test_an_account_and_a_channel_may_name_the_workspace_they_are_of() -> None:
    text = RIGHT.replace("slack: U0ANA", "slack: T0TEAM/U0ANA, prefers: slack")
    text = text.replace("leads: [Bob]", 'leads: [Bob]\n    channels: {slack: T0TEAM/C0PRODUCT, telegram: "-1001234:5"}')
    programme = read(text)
    assert programme.people[0].accounts() == [("slack", "T0TEAM", "U0ANA")]
    assert programme.people[0].prefers == "slack"
    assert programme.teams[0].places() == [("slack", "T0TEAM", "C0PRODUCT"), ("telegram", "", "-1001234:5")]


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("Asia/Shanghai", "Asia/Shangri-La", 1, "Asia/Shangri-La"),
        ("locale: zh", "locale: fr", 1, "locale"),
        ("name: Acme, ", "", 1, "organization.name is missing"),
        ("slack: U0ANA", "slak: U0ANA", 3, "slak: there is no such key"),
        ("slack: U0ANA", "slack: U0ANA, role: king", 3, "role"),
        ("slack: U0ANA", "slack: U0ANA, work_days: []", 3, "work_days"),
        ("slack: U0ANA", "slack: U0ANA, work_days: [xx]", 3, "work_days"),
        ("slack: U0ANA", "slack: U0ANA, slack: U0ANA", 3, "'slack' stands here twice"),
        ("name: Bob,", "name: Ana,", 4, "'Ana' belongs to two people"),
        ("slack: U0BOB", "slack: U0ANA", 4, "'U0ANA' belongs to two people"),
        ("{name: Bob, slack: U0BOB, telegram: 1001}", "{role: hr}", 4, "a name or an account id"),
        ("[Ana]", "[Ana, Charlie]", 8, "'Charlie' is not among the people"),
        ("telegram: 1001", "telegram: bob", 4, "a Telegram user id is a number"),
        ("telegram: 1001", "telegram: -1001", 4, "a Telegram user id is a number"),
        ("slack: U0ANA", "slack: T0/T1/U0ANA", 3, "T0TEAM/C0PRODUCT"),
        ("slack: U0ANA", "prefers: pigeon", 3, "prefers"),
        ("leads: [Bob]", "channels: {telegram: Product}", 7, "a Telegram group is a number"),
        ("leads: [Bob]", 'channels: {telegram: "-1001:x"}', 7, "a Telegram group is a number"),
        ("leads: [Bob]", "channels: {slack: T0/}", 7, "T0TEAM/C0PRODUCT"),
        ("leads: [Bob]", "leads: Bob", 7, "leads"),
        ("FREQ=WEEKLY;BYDAY=MO", "every monday", 11, "every monday"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=MINUTELY", 11, "FREQ=MINUTELY"),
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 11, "never fires"),
        ('"09:30"', '"9 o\'clock"', 12, "is not a time"),
        ("reminder_before: PT1H", "reminder_before: PT8H", 13, "shorter than closes_after"),
        ("reminder_before: PT1H", "reminder_before: 60", 13, "not a duration"),
        ("reminder_before: PT1H", "reminder_before: -PT1H", 13, "not a duration"),
        ("reminder_before: PT1H", "reminder_before: PT0S", 13, "greater than"),
        ("reminder_before: PT1H", "closes_after: P40D", 13, "less than or equal"),
        ("{ask: {en: What moved?}}", "{ask: {}}", 15, "ask"),
        ("{ask: {en: What moved?}}", "{ask: {de: Was?}}", 15, "de"),
        ("teams:", "team:", 5, "team: there is no such key"),
        ("slack: U0ANA", "slack: [", 3, "not valid YAML"),
        ("locale: zh", "country: XX", 1, "such as CN, US or DE-BY"),
        ("slack: U0ANA", "slack: U0ANA, country: DE-XX", 3, "there are DE-BB"),
        ("leads: [Bob]", "country: Mars", 7, "such as CN, US or DE-BY"),
        ("leads: [Bob]", "off_day: sometimes", 7, "off_day"),
        ("locale: zh", "days: [{on: 2026-02-30}]", 1, "on"),
        ("locale: zh", "days: [{on: 2026-12-24, until: 2026-12-20}]", 1, "not before 2026-12-24"),
        ("locale: zh", "days: [{on: 2026-12-24, until: 2027-12-24}]", 1, "at most 62 days"),
        (
            "locale: zh",
            "days: [{on: 2026-12-24, until: 2026-12-26}, {on: 2026-12-25}]",
            1,
            "2026-12-25 stands here twice",
        ),
        ("reminder_before: PT1H", "paused_until: someday", 13, "paused_until"),
    ],
)
def test_a_mistake_is_told_with_its_line(was: str, becomes: str, line: int, says: str) -> None:
    assert was in RIGHT
    found = problems(RIGHT.replace(was, becomes, 1))
    assert [sentence for where, sentence in found if where == line and says in sentence], found


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    wrong = RIGHT.replace("Asia/Shanghai", "Mars").replace("slack: U0ANA", "slak: U0ANA").replace("09:30", "25:00")
    assert [line for line, _ in problems(wrong)] == [1, 3, 12]


def test_an_alias_is_refused_because_a_few_lines_could_stand_for_gigabytes() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    assert "aliases" in problems(bomb)[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "---\n---\n",
        "just words",
        "- a",
        "~",
        "? [a]\n: b",
        "a: !!python/object:os.system x",
        "\x00",
        "\ufeff",
        "x" * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_programme_is_refused_in_a_sentence(text: str) -> None:
    ((line, sentence), *_) = problems(text)
    assert line >= 1
    assert sentence


def test_a_file_of_nothing_but_brackets_is_refused_in_a_sentence() -> None:
    assert problems("[" * 1_000)
    assert problems("[" * 1_000 + "]" * 1_000)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_to_a_file_is_read_or_told_but_never_a_crash(data: st.DataObject) -> None:
    lines = EXAMPLE.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        start = data.draw(st.integers(0, len(lines[place])))
        junk = data.draw(
            st.text(max_size=6) | st.sampled_from([": ", "- ", "{", "}", "[", "'", '"', "&a ", "*a", "!!int "])
        )
        lines[place] = lines[place][:start] + junk + lines[place][start + data.draw(st.integers(0, 6)) :]
    try:
        found = read("\n".join(lines))
    except ProgrammeError as wrong:
        found = None
        last = len("\n".join(lines).splitlines()) + 2
        lines_told = [line for line, _ in wrong.problems]
    if found is None:
        assert lines_told == sorted(lines_told)
        assert all(1 <= line <= last for line in lines_told)
    else:
        assert isinstance(found, Programme)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{raw: 0}", "raw may be kept from 1 to 90 days, not 0"),
        ("{audit: 30}", "audit may be kept from 365 to 3650 days, not 30"),
        ("{moods: 9}", "'moods' is none of raw, messages, answers, absences, codes, audit"),
        ("{items: 9}", "'items' is none of raw, messages, answers, absences, codes, audit"),
    ],
)
def test_how_long_data_is_kept_has_limits(said: str, problem: str) -> None:
    with pytest.raises(ProgrammeError) as wrong:
        read(RIGHT.replace("consent: elsewhere", f"retention: {said}"))
    assert wrong.value.problems == [(1, f"organization.retention: {problem}")]
