"""Slack's side of an installation: somebody allows or declines, a code is worth a token once and for ten minutes."""

import base64
import itertools
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.fakes.slack import SlackFake
from tests.fakes.slack_state import Json, Refusal

CODE_SECONDS = 600


class SlackOAuth:
    """All workspaces answer at the address of the first; each installation gives a workspace a new token."""

    client_id, client_secret = "123.456", "client-hush"

    def __init__(self, *workspaces: SlackFake, redirect_uri: str) -> None:
        self.workspaces = {fake.team: fake for fake in workspaces}
        self.redirect_uri = redirect_uri
        self._front = workspaces[0]
        self._front.others["oauth.v2.access"] = self._exchange
        self._codes: dict[str, tuple[str, str, float]] = {}
        self._count = itertools.count(1)
        for fake in workspaces:
            fake.revoked = True  # nobody has installed it yet

    # --- in the browser

    def allows(self, address: str, team: str) -> str:
        """Where Slack sends the browser after *Allow* on the page at `address`."""
        asked = self._asked(address)
        code = f"{next(self._count)}.{team}"
        self._codes[code] = (team, asked["scope"], self._front.clock() + CODE_SECONDS)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def declines(self, address: str) -> str:
        asked = self._asked(address)
        return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"

    def _asked(self, address: str) -> dict[str, str]:
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}" == self._front.url
        assert parts.path == "/oauth/v2/authorize"
        asked = dict(parse_qsl(parts.query))
        assert set(asked) == {"client_id", "scope", "redirect_uri", "state"}
        assert (asked["client_id"], asked["redirect_uri"]) == (self.client_id, self.redirect_uri)
        return asked

    # --- between the servers

    def _exchange(self, args: Json, authorization: str) -> Json:
        known = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {known}":
            raise Refusal("bad_client_secret")
        if args.get("redirect_uri") != self.redirect_uri:
            raise Refusal("bad_redirect_uri")
        if args.get("code") not in self._codes:
            raise Refusal("invalid_code")
        team, scope, until = self._codes.pop(args["code"])
        if self._front.clock() > until:
            raise Refusal("invalid_code")
        return self._installed(self.workspaces[team], scope)

    def _installed(self, fake: SlackFake, scope: str) -> Json:
        self._front.neighbours.pop(fake.token, None)
        fake.token, fake.revoked, fake.scopes = f"xoxb-{fake.team}-{next(self._count)}", False, set(scope.split(","))
        if fake is not self._front:
            self._front.neighbours[fake.token] = fake
        about = {"app_id": fake.app_id, "authed_user": {"id": "U0ADMIN"}, "enterprise": None}
        bot = {"access_token": fake.token, "token_type": "bot", "scope": scope, "bot_user_id": fake.bot_user}
        return {**bot, **about, "team": {"name": f"<{fake.team}>", "id": fake.team}, "is_enterprise_install": False}
