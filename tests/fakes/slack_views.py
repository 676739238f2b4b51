"""views.*: modals opened with a trigger, views updated from their newest state, App Home."""

import math
from typing import Any

from tests.fakes import slack_rules as rules
from tests.fakes.slack_state import Json, Refusal, SlackState

TRIGGER_SECONDS = 3  # Slack: a trigger_id lives 3 seconds and works once


class Views(SlackState):
    """Every view as it now stands."""

    def trigger(self) -> str:
        """A trigger_id as an interaction carries it."""
        trigger_id = f"{next(self._count)}.0987654321.{next(self._count):032x}"
        self._triggers[trigger_id] = (self.clock(), False)
        return trigger_id

    def show(self, view: Json, body: Json) -> None:
        """Put another body into an open view, as views.update and the answer to a view_submission do."""
        with self._lock:
            view.update(self._view(body, view["id"]))

    def _views_open(self, args: Json) -> Json:
        self._check_view("views.open", args["view"], "modal")
        issued, spent = self._triggers.get(args["trigger_id"], (math.nan, False))
        if math.isnan(issued) or spent:
            raise Refusal("exchanged_trigger_id" if spent else "invalid_trigger_id")
        if self.clock() - issued > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        self._triggers[args["trigger_id"]] = (issued, True)
        self.views.append(self._view(args["view"], self.serial("V")))
        return {"view": self.views[-1]}

    def _views_update(self, args: Json) -> Json:
        view = self._found_view(args)
        if view["id"] in self.closed:
            raise Refusal("not_found")
        self._check_hash(args, view)
        self._check_view("views.update", args["view"], view["type"])
        self.show(view, args["view"])
        return {"view": view}

    def _views_publish(self, args: Json) -> Json:
        user = self._person(args["user_id"]).id
        if not self.home_tab:
            raise Refusal("not_enabled")
        self._check_view("views.publish", args["view"], "home")
        self._check_hash(args, self.homes.get(user))
        self.homes[user] = self._view(args["view"], self.homes.get(user, {}).get("id") or self.serial("V"))
        return {"view": self.homes[user]}

    def _found_view(self, args: Json) -> Json:
        for view in (*self.views, *self.homes.values()):
            if args.get("view_id") == view["id"] or (args.get("external_id") or "-") == view["external_id"]:
                return view
        raise Refusal("not_found")

    def _check_hash(self, args: Json, view: Json | None) -> None:
        if view and args.get("hash") and args["hash"] != view["hash"]:
            raise Refusal("hash_conflict")

    def _check_view(self, method: str, view: Any, surface: str) -> None:
        if wrong := rules.view_problems(view, surface):
            self._refuse(method, "invalid_arguments", wrong)

    def _view(self, body: Json, view_id: str) -> Json:
        ids = {
            "id": view_id,
            "team_id": self.team,
            "app_id": self.app_id,
            "bot_id": self.bot_id,
            "root_view_id": view_id,
        }
        empty = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        flags: Json = {
            "clear_on_close": False,
            "notify_on_close": False,
            "previous_view_id": None,
            "state": {"values": {}},
        }
        flags["app_installed_team_id"] = self.team
        blocks = self._with_ids(body.get("blocks", []))
        return {**empty, **flags, **body, **ids, "blocks": blocks, "hash": self.serial(f"{int(self.clock())}.")}
