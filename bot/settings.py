"""Settings from the environment, once, frozen. Each may also be given as NAME_FILE, a file that holds it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_DATABASE_URL = "sqlite:///data/loopkeeper.db"
SECRET_KEY_CHARACTERS = 32
SLACK_API_URL = "https://slack.com/api/"
PREFIXES = ("LOOPKEEPER_", "SLACK_")
SLACK_PAIR = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")


class SettingsError(Exception):
    """A setting that stops the start; its text names the variable and how to mend it, never a secret's value."""


class Settings(BaseModel):
    """Field names are the variables' own. A platform is on when its variables are there."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    database_url: str = Field(DEFAULT_DATABASE_URL, alias="LOOPKEEPER_DATABASE_URL", min_length=1)
    host: str = Field("127.0.0.1", alias="LOOPKEEPER_HOST", min_length=1)
    port: int = Field(8000, alias="LOOPKEEPER_PORT", ge=0, le=65535)
    public_url: str | None = Field(None, alias="LOOPKEEPER_PUBLIC_URL", pattern=r"^https?://\S+$")
    secret_key: SecretStr | None = Field(None, alias="LOOPKEEPER_SECRET_KEY")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOOPKEEPER_LOG_LEVEL")
    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN", min_length=1)
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET", min_length=1)
    slack_api_url: str = Field(SLACK_API_URL, alias="SLACK_API_URL", pattern=r"^https?://\S+$")

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        try:
            backend = make_url(url).get_backend_name()
        except ArgumentError:
            raise ValueError("not a database URL such as sqlite:///data/loopkeeper.db") from None
        if backend not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("the database must be SQLite or PostgreSQL")
        return url

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SECRET_KEY_CHARACTERS:
            raise ValueError(f"a secret key has at least {SECRET_KEY_CHARACTERS} characters")
        return key

    @field_validator("slack_api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    def platforms(self) -> list[str]:
        """The platforms whose variables are there."""
        return ["slack"] if self.slack_bot_token is not None else []


def load(environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError naming the variable that is unknown, missing, unreadable or wrong."""
    known = {str(field.alias) for field in Settings.model_fields.values()}
    given = _given(environ, known)
    _refuse_half_a_platform(given)
    try:
        return Settings.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False)[0]
        raise SettingsError(f"{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}") from None


def _given(environ: Mapping[str, str], known: set[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIXES):
            continue
        setting = name.removesuffix("_FILE")
        if name not in known and setting not in known:
            if name.startswith("LOOPKEEPER_"):
                raise SettingsError(f"{name} is not a setting. Known: {', '.join(sorted(known))}")
            continue
        if setting in given:
            raise SettingsError(f"{setting} is set twice: as itself and as {setting}_FILE")
        given[setting] = value if name in known else _read(name, value)
    return {name: value for name, value in given.items() if value != ""}


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} names a file that cannot be read: {path} ({type(error).__name__})") from None


def _refuse_half_a_platform(given: Mapping[str, str]) -> None:
    missing = [name for name in SLACK_PAIR if name not in given]
    if len(missing) == 1:
        there = next(name for name in SLACK_PAIR if name in given)
        raise SettingsError(f"{missing[0]} is missing: {there} is set, and Slack needs both")
