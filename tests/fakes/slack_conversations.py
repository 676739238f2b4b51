"""auth, team, users and conversations: who there is, where one can write, what was written."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.fakes.slack_state import Channel, Json, Refusal, SlackState, page


class Conversations(SlackState):
    """People, their direct messages, channels and the history of both."""

    def _auth_test(self, args: Json) -> Json:
        ids = {"team_id": self.team, "user_id": self.bot_user, "bot_id": self.bot_id, "is_enterprise_install": False}
        return {"url": "https://acme.slack.com/", "team": "Acme", "user": "checkin", **ids}

    def _team_info(self, args: Json) -> Json:
        return {"team": {"id": self.team, "name": "Acme", "domain": "acme", "email_domain": "", "icon": {}}}

    def _users_info(self, args: Json) -> Json:
        person = self._person(args["user"])
        profile = {"real_name": person.name, "display_name": person.name, "title": "", "team": self.team}
        user: Json = {"id": person.id, "team_id": self.team, "name": person.id.lower(), "profile": profile}
        user |= {"deleted": person.deleted, "is_bot": person.is_bot, "is_app_user": False, "updated": 1749999999}
        if not person.deleted:  # Slack gives deactivated people no zone, and their name only in the profile
            offset = datetime.fromtimestamp(self.clock(), ZoneInfo(person.tz)).utcoffset()
            zone = {"tz": person.tz, "tz_label": person.tz, "tz_offset": int(offset.total_seconds()) if offset else 0}
            user |= {"real_name": person.name, **zone}
        return {"user": user | ({"locale": person.locale} if args.get("include_locale") else {})}

    def _conversations_open(self, args: Json) -> Json:
        if not args.get("users"):
            return {"channel": {"id": self._visible(args.get("channel", "")).id}}
        person = self._person(args["users"])  # one person only: the bot opens no group DMs
        if person.deleted or person.is_bot:
            raise Refusal("user_disabled" if person.deleted else "cannot_dm_bot")
        place = self.place(person.id)
        known, place.opened = place.opened, True
        channel = {"id": place.id, **({"is_im": True, "user": person.id} if args.get("return_im") else {})}
        return {"channel": channel, **({"no_op": True, "already_open": True} if known else {})}

    def _conversations_info(self, args: Json) -> Json:
        place = self._visible(args["channel"], "read")
        if place.user:
            return {"channel": {"id": place.id, "is_im": True, "user": place.user, "is_archived": False}}
        kind = {"is_channel": True, "is_group": False, "is_im": False, "is_private": place.private}
        state = {"is_archived": place.archived, "is_member": self.bot_user in place.members}
        count = {"num_members": len(place.members)} if args.get("include_num_members") else {}
        return {"channel": {"id": place.id, "name": place.name, **kind, **state, **count}}

    def _conversations_members(self, args: Json) -> Json:
        place = self._visible(args["channel"], "read")
        members, more = page([place.user, self.bot_user] if place.user else place.members, args)
        return {"members": members, "response_metadata": {"next_cursor": more}}

    def _conversations_history(self, args: Json) -> Json:
        place = self._visible(args["channel"], "history", joined=True)
        top = [it for it in place.posts.values() if it.get("thread_ts", it["ts"]) == it["ts"] or "subtype" in it]
        return _messages(place, reversed(top), args)

    def _conversations_replies(self, args: Json) -> Json:
        place = self._visible(args["channel"], "history", joined=True)
        if args["ts"] not in place.posts:
            raise Refusal("thread_not_found")
        thread = [it for it in place.posts.values() if args["ts"] in (it["ts"], it.get("thread_ts"))]
        return _messages(place, thread, args)


def _messages(place: Channel, found: Iterable[Json], args: Json) -> Json:
    """One page of history as Slack gives it: `oldest` and `latest` are left out unless inclusive."""
    oldest, latest = float(args.get("oldest", 0)), float(args.get("latest", "inf"))
    rim = (oldest, latest) if args.get("inclusive") else ()
    inside = [it for it in found if oldest < float(it["ts"]) < latest or float(it["ts"]) in rim]
    one_page, more = page(inside, args)
    hidden = () if args.get("include_all_metadata") else ("metadata",)
    shown = [{name: value for name, value in it.items() if name not in hidden} | _thread(place, it) for it in one_page]
    return {"messages": shown, "has_more": bool(more), "response_metadata": {"next_cursor": more}}


def _thread(place: Channel, message: Json) -> Json:
    replies = [it for it in place.posts.values() if it.get("thread_ts") == message["ts"] != it["ts"]]
    if not replies:
        return {}
    return {"thread_ts": message["ts"], "reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
