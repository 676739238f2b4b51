"""Settings from the environment, once, frozen. Each may also be given as NAME_FILE, a file that holds it."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_DATABASE_URL = "sqlite:///data/loopkeeper.db"
SECRET_KEY_CHARACTERS = 32
SLACK_API_URL = "https://slack.com/api/"
TELEGRAM_API_URL = "https://api.telegram.org"
WECOM_API_URL = "https://qyapi.weixin.qq.com/cgi-bin"
WECOM_BOT_URL = "wss://openws.work.weixin.qq.com"
PREFIXES = ("LOOPKEEPER_", "SLACK_", "TELEGRAM_", "WECOM_")
WECOM_APP = ("WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_ENCODING_AES_KEY")
TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Slack for several workspaces", ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")),
    ("the WeCom app", WECOM_APP),
    ("the WeCom AI bot", ("WECOM_BOT_ID", "WECOM_BOT_SECRET")),
)
NEEDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SLACK_BOT_TOKEN", ("SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")),
    ("SLACK_APP_TOKEN", ("SLACK_BOT_TOKEN",)),
    ("SLACK_SIGNING_SECRET", ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID")),
    ("SLACK_CLIENT_ID", ("SLACK_SIGNING_SECRET",)),
    ("SLACK_CLIENT_ID", ("LOOPKEEPER_SECRET_KEY",)),
    ("SLACK_CLIENT_ID", ("LOOPKEEPER_PUBLIC_URL",)),
    ("TELEGRAM_WEBHOOK_SECRET", ("TELEGRAM_BOT_TOKEN",)),
)
"""The first is worth nothing without one of the others."""


class SettingsError(Exception):
    """A setting that stops the start; its text names the variable and how to mend it, never a secret's value."""


def _shaped(shape: str, like: str) -> AfterValidator:
    """A secret of a known shape: a wrong one is told without being shown."""

    def check(secret: SecretStr) -> SecretStr:
        if not re.fullmatch(shape, secret.get_secret_value()):
            raise ValueError(f"must be {like}")
        return secret

    return AfterValidator(check)


BotToken = Annotated[SecretStr, _shaped(r"[0-9]+:[\w-]+", "a number, a colon and letters, as BotFather gave it")]
HeaderSecret = Annotated[SecretStr, _shaped(r"[A-Za-z0-9_-]{1,256}", "1 to 256 of A-Z a-z 0-9 _ -")]
CallbackToken = Annotated[SecretStr, _shaped(r"[A-Za-z0-9]{1,32}", "up to 32 letters and digits")]
AesKey = Annotated[SecretStr, _shaped(r"[A-Za-z0-9+/]{43}", "the 43 characters of EncodingAESKey")]


Network = IPv4Network | IPv6Network


class Settings(BaseModel):
    """Field names are the variables' own. A platform is on when its variables are there."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    database_url: str = Field(DEFAULT_DATABASE_URL, alias="LOOPKEEPER_DATABASE_URL", min_length=1)
    host: str = Field("127.0.0.1", alias="LOOPKEEPER_HOST", min_length=1)
    port: int = Field(8000, alias="LOOPKEEPER_PORT", ge=0, le=65535)
    public_url: str | None = Field(None, alias="LOOPKEEPER_PUBLIC_URL", pattern=r"^https?://\S+$")
    secret_key: SecretStr | None = Field(None, alias="LOOPKEEPER_SECRET_KEY")
    calendar_networks: tuple[Network, ...] = Field((), alias="LOOPKEEPER_CALENDAR_NETWORKS")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOOPKEEPER_LOG_LEVEL")

    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN", min_length=1)
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET", min_length=1)
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN", min_length=1)
    slack_client_id: str | None = Field(None, alias="SLACK_CLIENT_ID", min_length=1)
    slack_client_secret: SecretStr | None = Field(None, alias="SLACK_CLIENT_SECRET", min_length=1)
    slack_thanks_emoji: str = Field("raised_hands", alias="SLACK_THANKS_EMOJI", pattern=r"^[a-z0-9_+'-]{1,100}$")
    slack_api_url: str = Field(SLACK_API_URL, alias="SLACK_API_URL", pattern=r"^https?://\S+$")

    telegram_bot_token: BotToken | None = Field(None, alias="TELEGRAM_BOT_TOKEN")
    telegram_webhook_secret: HeaderSecret | None = Field(None, alias="TELEGRAM_WEBHOOK_SECRET")
    telegram_api_url: str = Field(TELEGRAM_API_URL, alias="TELEGRAM_API_URL", pattern=r"^https?://\S+$")

    wecom_corp_id: str | None = Field(None, alias="WECOM_CORP_ID", min_length=1)
    wecom_agent_id: int | None = Field(None, alias="WECOM_AGENT_ID", ge=1)
    wecom_secret: SecretStr | None = Field(None, alias="WECOM_SECRET", min_length=1)
    wecom_token: CallbackToken | None = Field(None, alias="WECOM_TOKEN")
    wecom_encoding_aes_key: AesKey | None = Field(None, alias="WECOM_ENCODING_AES_KEY")
    wecom_api_url: str = Field(WECOM_API_URL, alias="WECOM_API_URL", pattern=r"^https?://\S+$")
    wecom_bot_id: str | None = Field(None, alias="WECOM_BOT_ID", min_length=1)
    wecom_bot_secret: SecretStr | None = Field(None, alias="WECOM_BOT_SECRET", min_length=1)
    wecom_bot_url: str = Field(WECOM_BOT_URL, alias="WECOM_BOT_URL", pattern=r"^wss?://\S+$")

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

    @field_validator("calendar_networks", mode="before")
    @classmethod
    def _are_networks(cls, written: str) -> tuple[Network, ...]:
        try:
            return tuple(ip_network(part.strip()) for part in written.split(",") if part.strip())
        except ValueError:
            raise ValueError("must be networks such as 10.1.2.0/24, with commas between them") from None

    @field_validator("slack_api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"

    @field_validator("telegram_api_url", "wecom_api_url", "wecom_bot_url", "public_url")
    @classmethod
    def _ends_without_a_slash(cls, url: str | None) -> str | None:
        return url.rstrip("/") if url else url

    @field_validator("wecom_api_url")
    @classmethod
    def _has_the_path_of_the_api(cls, url: str) -> str:
        """A host alone is enough: every call of WeCom's stands under /cgi-bin."""
        return url if urlsplit(url).path.strip("/") else f"{url.rstrip('/')}/cgi-bin"

    def platforms(self) -> list[str]:
        """The platforms whose variables are there. A group robot's key stands in the database, sealed."""
        on = {
            "slack": self.slack_bot_token or self.slack_client_id,
            "telegram": self.telegram_bot_token,
            "wecom": self.wecom_corp_id,
            "wecom_aibot": self.wecom_bot_id,
            "wecom_robot": self.secret_key,
        }
        return [platform for platform, there in on.items() if there]

    def is_deaf(self) -> bool:
        """Nobody can say anything to it: a group robot only posts."""
        return set(self.platforms()) <= {"wecom_robot"}


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
    for what, names in TOGETHER:
        missing = [name for name in names if name not in given]
        there = [name for name in names if name in given]
        if there and missing:
            raise SettingsError(f"{missing[0]} is missing: {there[0]} is set, and {what} needs {', '.join(names)}")
    for name, others in NEEDS:
        if name in given and not any(other in given for other in others):
            instead = f" (or {others[1]})" if len(others) > 1 else ""
            raise SettingsError(f"{others[0]} is missing{instead}: {name} is set, and is worth nothing without it")
