"""One person in two teams, and two people who share a name: what could mean two things is asked, never guessed."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from models.db import Database
from models.ledger import Action
from models.organization import Identity
from models.recognition import Honoured, Recognition
from services import roster
from tests.world import World, stage

pytestmark = pytest.mark.in_turn

TWO_TEAMS = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob Stone, slack: U0BOB, playground: U0BOB}
  - {name: Grace Park, slack: U0GRACE, playground: U0GRACE}
  - {name: Otto Other, slack: U0OTTO, playground: U0OTTO}
teams:
  - name: Product
    leads: [Grace Park]
    members: [Bob Stone]
    channels: {slack: C0PRODUCT, playground: C0PRODUCT}
    check_ins:
      - {name: Weekly, rhythm: FREQ=WEEKLY;BYDAY=MO, at: "09:30", questions: [{ask: {en: What moved?}}]}
  - name: Elsewhere
    leads: [Otto Other]
    members: [Bob Stone]
    channels: {slack: C0ELSE, playground: C0ELSE}
    check_ins:
      - {name: Standup, rhythm: FREQ=WEEKLY;BYDAY=MO, at: "10:00", questions: [{ask: {en: Which door?}}]}
"""
NAMESAKES = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {slack: U0BOB, playground: U0BOB}
  - {slack: U0ANA, playground: U0ANA}
  - {name: Grace Park, slack: U0GRACE, playground: U0GRACE}
teams:
  - name: Product
    leads: [Grace Park]
    members: [U0BOB, U0ANA]
    channels: {slack: C0PRODUCT, playground: C0PRODUCT}
"""
NEW = "new fix the rig @Bob Stone by Dec 5 measure zero red builds"
THANKS = "thanks @Bob Stone for the rig #craft"


@pytest.fixture
def two_teams(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, TWO_TEAMS) as world:
        yield world


def learn_names(world: World) -> World:
    """Both accounts turn out to belong to a Bob Stone."""
    with world.database.transaction() as session:
        for identity in session.exec(select(Identity)).all():
            roster.learn(session, identity, "Bob Stone", None, None, world.clock.now())
    return world


@pytest.fixture
def namesakes(platform: str, database: Database) -> Iterator[World]:
    with stage(platform, database, NAMESAKES) as world:
        yield learn_names(world)


@pytest.fixture
def slack_namesakes(database: Database) -> Iterator[World]:
    with stage("slack", database, NAMESAKES) as world:
        yield learn_names(world)


def honoured(world: World) -> list[str]:
    people = {row["person_id"]: row["external_id"] for row in world.stored(Identity)[0]}
    return [people[row["person_id"]] for row in world.stored(Honoured)[0]]


def test_who_is_in_two_teams_is_asked_which_board_he_means(two_teams: World) -> None:
    two_teams.says("Bob", "board")
    assert two_teams.heard("Bob") == "For which team?"
    two_teams.presses("Bob", "Elsewhere")

    assert two_teams.heard("Bob").startswith("Elsewhere ·")


def test_a_new_item_of_somebody_in_two_teams_goes_where_he_says(two_teams: World) -> None:
    two_teams.says("Bob", NEW)
    assert two_teams.heard("Bob") == "For which team?"
    assert two_teams.stored(Action) == [[]]
    two_teams.presses("Bob", "Product")

    assert "Added #1 fix the rig" in two_teams.heard("Bob")
    two_teams.says("Otto", "#1")
    assert "I find no #1" in two_teams.heard("Otto")
    two_teams.says("Grace", "#1")
    assert "fix the rig" in two_teams.heard("Grace")


@pytest.mark.needs("groups")
def test_in_a_teams_channel_that_team_is_meant(two_teams: World) -> None:
    two_teams.says_in_channel("Bob", "board", channel="C0ELSE")

    assert two_teams.posted("C0ELSE")[-1].startswith("Elsewhere ·")
    assert two_teams.heard("Bob") == ""


def test_each_team_reads_its_own_answers(two_teams: World) -> None:
    two_teams.at("2026-11-23 09:30")
    two_teams.at("2026-11-23 10:00")
    assert "Which door?" in two_teams.heard("Bob")
    two_teams.says("Bob", "the green door")
    two_teams.says("Bob", "the rig moved")
    two_teams.at("2026-11-23 18:00")

    assert len(two_teams.posted()) == len(two_teams.posted("C0ELSE")) == 1
    assert "What moved? the rig moved" in two_teams.posted()[0]
    assert "Which door? the green door" in two_teams.posted("C0ELSE")[0]
    assert "door" not in two_teams.posted()[0]


def test_thanks_to_somebody_of_two_shared_teams_ask_which(two_teams: World) -> None:
    two_teams.says("Grace", THANKS)
    assert "about to be posted in Product" in two_teams.heard("Grace")

    two_teams.says("Bob", "thanks @Otto Other for the door")
    assert "about to be posted in Elsewhere" in two_teams.heard("Bob")


def test_a_typed_name_that_two_people_bear_is_asked_about(namesakes: World) -> None:
    namesakes.says("Grace", THANKS)

    assert "several people called \u201cBob Stone\u201d" in namesakes.heard("Grace")
    assert namesakes.stored(Recognition) == [[]]


def test_the_choices_between_two_namesakes_can_be_told_apart(namesakes: World) -> None:
    namesakes.says("Grace", THANKS)

    choices = [label for label in namesakes.buttons("Grace") if label != "Cancel"]
    assert len(choices) == 2
    assert len(set(choices)) == 2


def test_typing_the_same_name_again_is_not_a_choice(namesakes: World) -> None:
    namesakes.says("Grace", "coach @Bob Stone talked about pacing")
    namesakes.heard("Grace")
    namesakes.says("Grace", "Bob Stone")

    assert "Who may see this note" not in namesakes.heard("Grace")


def test_a_first_name_that_only_one_bears_is_enough(world: World) -> None:
    world.says("Grace", "thanks @Bob for the rig #craft")

    assert "Product:\nBob Stone: the rig #craft" in world.heard("Grace")


def test_a_mention_means_exactly_the_person_mentioned(slack_namesakes: World) -> None:
    slack_namesakes.says("Grace", "thanks @U0ANA for the rig #craft")
    assert "about to be posted" in slack_namesakes.heard("Grace")
    slack_namesakes.presses("Grace", "Post")

    assert "Posted in Product" in slack_namesakes.heard("Grace")
    assert honoured(slack_namesakes) == ["U0ANA"]
    assert "@U0ANA" in slack_namesakes.posted()[0]


def test_two_namesakes_mentioned_together_are_both_thanked(slack_namesakes: World) -> None:
    slack_namesakes.says("Grace", "thanks @U0ANA @U0BOB for the rig #craft")
    slack_namesakes.presses("Grace", "Post")

    assert sorted(honoured(slack_namesakes)) == ["U0ANA", "U0BOB"]
