"""Settings come from the environment; what is missing, unknown or wrong stops the start and is named, never shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import Settings, SettingsError, load

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-very-secret", "SLACK_SIGNING_SECRET": "8f742231b10e8888"}
KEY = "0123456789abcdef0123456789abcdef"
PLATFORMS = {
    "slack": {**SLACK, "SLACK_APP_TOKEN": "xapp-secret"},
    "slack for several": {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret",
        "SLACK_SIGNING_SECRET": "8f742231b10e8888",
        "LOOPKEEPER_SECRET_KEY": KEY,
        "LOOPKEEPER_PUBLIC_URL": "https://loop.example.com",
    },
    "telegram": {"TELEGRAM_BOT_TOKEN": "1:AA", "TELEGRAM_WEBHOOK_SECRET": "hush"},
    "wecom": {
        "WECOM_CORP_ID": "ww1",
        "WECOM_AGENT_ID": "1000002",
        "WECOM_SECRET": "app-secret",
        "WECOM_TOKEN": "QDG6eK",
        "WECOM_ENCODING_AES_KEY": "a" * 43,
    },
    "wecom_aibot": {"WECOM_BOT_ID": "aib1", "WECOM_BOT_SECRET": "bot-secret"},
}
EVERYTHING = {name: value for given in PLATFORMS.values() for name, value in given.items()}


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    return str(caught.value)


def test_nothing_needs_to_be_set() -> None:
    settings = load({})
    assert (settings.database_url, settings.host, settings.port) == ("sqlite:///data/loopkeeper.db", "127.0.0.1", 8000)
    assert (settings.public_url, settings.secret_key, settings.slack_bot_token) == (None, None, None)
    assert settings.slack_api_url == "https://slack.com/api/"


def test_every_variable_is_read() -> None:
    given_ = {
        "LOOPKEEPER_DATABASE_URL": "postgresql://u:p@h/d",
        "LOOPKEEPER_HOST": "0.0.0.0",
        "LOOPKEEPER_PORT": "9000",
        "LOOPKEEPER_PUBLIC_URL": "https://loop.example.com",
        "LOOPKEEPER_SECRET_KEY": KEY,
        "SLACK_API_URL": "http://127.0.0.1:1/api/",
        **SLACK,
    }
    settings = load(given_)
    assert (settings.database_url, settings.host, settings.port) == ("postgresql://u:p@h/d", "0.0.0.0", 9000)
    assert (settings.public_url, settings.slack_api_url) == ("https://loop.example.com", "http://127.0.0.1:1/api/")
    secrets = [settings.secret_key, settings.slack_bot_token, settings.slack_signing_secret]
    assert [it.get_secret_value() for it in secrets if it] == [KEY, *SLACK.values()]


def test_the_address_of_slack_may_end_with_or_without_a_slash() -> None:
    urls = {load({"SLACK_API_URL": url}).slack_api_url for url in ("http://127.0.0.1:1/api", "http://127.0.0.1:1/api/")}
    assert urls == {"http://127.0.0.1:1/api/"}


def test_the_address_of_wecom_may_be_given_without_its_path() -> None:
    urls = {
        load({"WECOM_API_URL": f"http://127.0.0.1:1{path}"}).wecom_api_url
        for path in ("", "/", "/cgi-bin", "/cgi-bin/")
    }
    assert urls == {"http://127.0.0.1:1/cgi-bin"}


@pytest.mark.parametrize("there", SLACK)
def test_half_a_platform_stops_the_start_and_names_the_missing_half(there: str) -> None:
    (missing,) = set(SLACK) - {there}
    sentence = refused({there: SLACK[there]})
    assert sentence.startswith(f"{missing} is missing")
    assert sentence.endswith("without it")
    assert there in sentence
    assert SLACK[there] not in sentence


@pytest.mark.parametrize(
    ("platform", "missing"), [(p, name) for p in ("wecom", "wecom_aibot") for name in PLATFORMS[p]]
)
def test_every_missing_part_of_a_platform_is_named(platform: str, missing: str) -> None:
    given_ = {name: value for name, value in PLATFORMS[platform].items() if name != missing}
    assert refused(given_).startswith(f"{missing} is missing")


def test_with_a_secret_key_alone_there_is_nobody_to_talk_to() -> None:
    assert load({"LOOPKEEPER_SECRET_KEY": KEY}).is_deaf()
    assert not load({"LOOPKEEPER_SECRET_KEY": KEY, **PLATFORMS["telegram"]}).is_deaf()


def test_all_platforms_may_be_on_together() -> None:
    assert load(EVERYTHING).platforms() == ["slack", "telegram", "wecom", "wecom_aibot", "wecom_robot"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("WECOM_ENCODING_AES_KEY", "too-short"), ("TELEGRAM_BOT_TOKEN", "no colon"), ("WECOM_AGENT_ID", "seven")],
)
def test_a_value_of_the_wrong_shape_is_named_and_not_shown(name: str, value: str) -> None:
    sentence = refused({**EVERYTHING, name: value})
    assert sentence.startswith(name)
    assert value not in sentence


@pytest.mark.parametrize("missing", SLACK)
def test_an_empty_variable_counts_as_missing(missing: str) -> None:
    assert missing in refused({**SLACK, missing: ""})


def test_a_platform_without_any_of_its_variables_is_off() -> None:
    assert load(dict.fromkeys(SLACK, "")).slack_bot_token is None


@pytest.mark.parametrize("field", Settings.model_fields.values(), ids=lambda it: str(it.alias))
def test_each_setting_may_stand_in_a_file(field: object, tmp_path: Path) -> None:
    name = str(getattr(field, "alias", ""))
    value = {
        "LOOPKEEPER_PORT": "9000",
        "LOOPKEEPER_CALENDAR_NETWORKS": "10.1.2.0/24, fd00::/8",
        "LOOPKEEPER_SECRET_KEY": KEY[::-1],
        "LOOPKEEPER_LOG_LEVEL": "DEBUG",
        "LOOPKEEPER_DATABASE_URL": "sqlite:///x.db",
        "TELEGRAM_BOT_TOKEN": "1:other",
        "WECOM_AGENT_ID": "7",
        "WECOM_ENCODING_AES_KEY": "b" * 43,
        "WECOM_BOT_URL": "ws://127.0.0.1:1",
    }.get(name)
    value = value or ("https://x.example.com/" if name.endswith("_URL") else "value")
    (tmp_path / "it").write_text(f"  {value}\n")
    rest = {other: EVERYTHING[other] for other in EVERYTHING if other != name}
    in_file, plain = load({**rest, f"{name}_FILE": str(tmp_path / "it")}), load({**rest, name: value})
    assert in_file == plain
    assert in_file != load(EVERYTHING)


def test_a_setting_given_twice_is_refused_whichever_comes_first(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-file")
    file = {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}
    for environ in ({**SLACK, **file}, {**file, **SLACK}):
        sentence = refused(environ)
        assert "SLACK_BOT_TOKEN is set twice" in sentence
        assert "xoxb-" not in sentence


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none", tmp_path, tmp_path / "binary"):
        sentence = refused({**SLACK, "LOOPKEEPER_SECRET_KEY_FILE": str(path)})
        assert "LOOPKEEPER_SECRET_KEY_FILE" in sentence
        assert str(path) in sentence


@pytest.mark.parametrize("name", ["LOOPKEEPER_DATABSE_URL", "LOOPKEEPER_", "LOOPKEEPER_TOKEN_FILE"])
def test_an_unknown_variable_of_ours_is_a_typing_error_and_named(name: str) -> None:
    sentence = refused({name: "hush-hush"})
    assert sentence.startswith(f"{name} is not a setting")
    assert "LOOPKEEPER_DATABASE_URL" in sentence
    assert "hush-hush" not in sentence


def test_other_peoples_variables_are_left_alone() -> None:
    assert load({"SLACK_WEBHOOK_URL": "x", "HOME": "/root", "DATABASE_URL": "x"}) == load({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOOPKEEPER_PORT", "eighty"),
        ("LOOPKEEPER_PORT", "65536"),
        ("LOOPKEEPER_PORT", "-1"),
        ("LOOPKEEPER_CALENDAR_NETWORKS", "calendar.example.com"),
        ("LOOPKEEPER_CALENDAR_NETWORKS", "10.1.2.3/8"),
        ("LOOPKEEPER_PUBLIC_URL", "loop.example.com"),
        ("LOOPKEEPER_SECRET_KEY", "too-short-to-be-one"),
        ("LOOPKEEPER_LOG_LEVEL", "LOUD"),
        ("SLACK_API_URL", "slack.com/api"),
    ],
)
def test_a_wrong_value_is_refused_by_the_variables_name_and_not_shown(name: str, value: str) -> None:
    sentence = refused({name: value})
    assert name in sentence
    assert value not in sentence


@given(st.sampled_from([*SLACK, "LOOPKEEPER_SECRET_KEY"]), st.text(st.characters(min_codepoint=33), min_size=9))
def test_no_message_ever_shows_a_secret(name: str, secret: str) -> None:
    secret = f"~{secret}"  # no sentence of ours has this sign, so that whatever shows it shows the secret
    said = "the value is taken"
    try:
        settings = load({name: secret})
        said = f"{settings!r} {settings} {settings.model_dump()}"
    except SettingsError as wrong:
        said = str(wrong)
    assert secret not in said


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        load({}).port = 1  # type: ignore[misc]
