"""chat.*: posting, updating, deleting, and the limits on what a message may hold."""

import math

from tests.fakes import slack_rules as rules
from tests.fakes.slack_files import Files
from tests.fakes.slack_state import Channel, Json, Refusal

POSTS_AT_ONCE = 5  # Slack: about 1 message a second and channel, "short bursts" allowed; the 5 is ours


class Messages(Files):
    """A message stands in its channel as it was last written."""

    def _chat_post_message(self, args: Json) -> Json:
        place = self._writable(args["channel"])
        self._check_content("chat.postMessage", args, rules.TEXT_OF_A_POST)
        self._check_thread("chat.postMessage", place, args.get("thread_ts"))
        self._pay(place.id)
        message = self._message(args)
        place.posts[message["ts"]] = message
        return {"channel": place.id, "ts": message["ts"], "message": message}

    def _chat_update(self, args: Json) -> Json:
        place, message = self._own(args["channel"], args["ts"], "cant_update_message")
        if place.archived:
            raise Refusal("is_inactive")
        self._check_content("chat.update", args, rules.TEXT_OF_AN_UPDATE)
        fresh = self._message(args)
        # Slack: a text without blocks removes the old blocks, metadata stays unless it is sent, {} removes it.
        kept = {"ts": message["ts"], "thread_ts": message.get("thread_ts")}
        kept |= {"metadata": args.get("metadata", message.get("metadata")) or None}
        kept |= {} if "text" in args else {"text": message["text"]}
        edited = {"edited": {"user": self.bot_user, "ts": fresh["ts"]}}
        message.clear()
        message.update({name: it for name, it in {**fresh, **kept, **edited}.items() if it is not None})
        return {"channel": place.id, "ts": message["ts"], "text": message["text"], "message": message}

    def _chat_post_ephemeral(self, args: Json) -> Json:
        place = self._writable(args["channel"])
        if args["user"] not in (*place.members, place.user):
            raise Refusal("user_not_in_channel")
        self._check_content("chat.postEphemeral", args, rules.TEXT_OF_A_POST)
        self.ephemerals.append({**self._message(args), "channel": place.id, "to": args["user"]})
        return {"message_ts": self.ephemerals[-1]["ts"]}

    def _chat_delete(self, args: Json) -> Json:
        place, message = self._own(args["channel"], args["ts"], "cant_delete_message")
        del place.posts[message["ts"]]
        return {"channel": place.id, "ts": message["ts"]}

    def _chat_get_permalink(self, args: Json) -> Json:
        place, ts = self._visible(args["channel"]), args["message_ts"]
        if ts not in place.posts:
            raise Refusal("message_not_found")
        return {"channel": place.id, "permalink": f"https://acme.slack.com/archives/{place.id}/p{ts.replace('.', '')}"}

    def _writable(self, channel: str) -> Channel:
        if channel in self.people:  # Slack opens the DM when a message is sent to a person's id
            self.place(channel).opened = True
        place = self._visible(self.place(channel).id if channel in self.people else channel)
        if place.archived:
            raise Refusal("is_archived")
        if place.user and (not self.messages_tab or self.people[place.user].deleted):
            raise Refusal("user_disabled" if self.messages_tab else "messages_tab_disabled")
        if not place.user and self.bot_user not in place.members and "chat:write.public" not in self.scopes:
            raise Refusal("not_in_channel")
        return place

    def _own(self, channel: str, ts: str, otherwise: str) -> tuple[Channel, Json]:
        place = self._visible(channel)
        if ts not in place.posts:
            raise Refusal("message_not_found")
        if place.posts[ts]["user"] != self.bot_user:
            raise Refusal(otherwise)
        return place, place.posts[ts]

    def _check_content(self, method: str, args: Json, most: int) -> None:
        error, details = rules.content_refused(args, most)
        if error:
            self._refuse(method, error, details)
        self._check_pictures(args.get("blocks") or [])
        if args.get("blocks") and not args.get("text"):  # Slack takes it, and the notification is empty
            self.problems.append(f"{method}: blocks without a text for the notification")

    def _check_thread(self, method: str, place: Channel, thread: str | None) -> None:
        """Slack takes a reply to nothing or to a reply, and nobody finds it."""
        parent = place.posts.get(thread or "")
        if thread and (not parent or parent.get("thread_ts", thread) != thread):
            self.problems.append(f"{method}: thread_ts {thread} is no parent message here")

    def _pay(self, channel: str) -> None:
        now = self.clock()
        debt = max(self._paid_until.get(channel, 0.0) - now, 0.0)
        if self.enforce_rate and debt > POSTS_AT_ONCE - 1:
            raise Refusal("ratelimited", retry_after=math.ceil(debt - POSTS_AT_ONCE + 1))
        self._paid_until[channel] = now + debt + 1.0

    def _message(self, args: Json) -> Json:
        message: Json = {"type": "message", "user": self.bot_user, "bot_id": self.bot_id, "app_id": self.app_id}
        message |= {"team": self.team, "ts": self.next_ts(), "text": args.get("text") or ""}
        message |= {"subtype": "thread_broadcast"} if args.get("reply_broadcast") else {}
        message |= {name: args[name] for name in ("thread_ts", "metadata", "attachments") if args.get(name)}
        return message | ({"blocks": self._with_ids(args["blocks"])} if args.get("blocks") else {})
