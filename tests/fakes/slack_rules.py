"""The rule book of the stand-in Slack: which arguments, messages, blocks and views Slack takes, and how it refuses."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

Json = dict[str, Any]

TEXT_IN_ALL_BLOCKS = 13_200  # not documented by Slack: measured in github.com/slackapi/bolt-js/issues/2509
TEXT_OF_A_POST, TEXT_OF_AN_UPDATE = 40_000, 4_000  # Slack: chat.postMessage and chat.update, msg_too_long
VIEW_BYTES = 250_000  # Slack: view_too_large

# How to read the tables: `name=kind` is required, `name?=kind` is not, no other field is allowed. `str9` has up to 9
# characters and `some9` at least one; `plain9` and `text9` are text objects; `kind*1-5` is an array; `a|b` are the
# only values; `@table` looks the object's `type` up; `+_mixin` adds fields; `either:a,b` wants one of them, `only:a,b`
# exactly one. The numbers are those of docs.slack.dev/reference/block-kit and of the doc comments in Slack's own
# @slack/types, and the smaller where they differ (an option's value: 150 and 75). Blocks that the bot has no use for
# (table, alert, card, task_card, video, ...) are refused as unsupported.
SHAPES_SOURCE = """
confirm: text=text300 title?=plain100 confirm?=plain30 deny?=plain30 style?=primary|danger
option: text=plain75 value=str75 description?=plain75 url?=url
choice: text=text75 value=str75 description?=plain75 url?=url
group: label=plain75 options=option*1-100
file: id?=some255 url?=url either:id,url
dispatch: trigger_actions_on?=on_enter_pressed|on_character_entered*1-2

_action: action_id?=some255
_input: +_action placeholder?=plain150 focus_on_load?=flag
_typed: +_input dispatch_action_config?=dispatch
_pick: +_input confirm?=confirm
_many: +_pick max_selected_items?=num1-100
_boxes: +_action options=choice*1-10 confirm?=confirm focus_on_load?=flag
_offer: options?=option*1-100 option_groups?=group*1-100 only:options,option_groups
_picture: alt_text=str2000 image_url?=url slack_file?=file either:image_url,slack_file

picture: +_picture
button: +_action text=plain75 url?=url value?=str2000 style?=primary|danger confirm?=confirm accessibility_label?=str75
overflow: +_action options=option*1-5 confirm?=confirm
checkboxes: +_boxes initial_options?=choice*1-10
radio_buttons: +_boxes initial_option?=choice
datepicker: +_pick initial_date?=day
timepicker: +_pick initial_time?=time timezone?=some255
datetimepicker: +_action confirm?=confirm focus_on_load?=flag initial_date_time?=num1000000000-9999999999
static_select: +_pick +_offer initial_option?=option
multi_static_select: +_many +_offer initial_options?=option*1-100
users_select: +_pick initial_user?=some255
multi_users_select: +_many initial_users?=some255*0-100
channels_select: +_pick initial_channel?=some255 response_url_enabled?=flag
plain_text_input: +_typed multiline?=flag min_length?=num0-3000 max_length?=num1-3000 initial_value?=str3000
number_input: +_typed is_decimal_allowed=flag initial_value?=decimal min_value?=decimal max_value?=decimal
url_text_input: +_typed initial_value?=str3000
email_text_input: +_typed initial_value?=str3000

style: bold?=flag italic?=flag strike?=flag code?=flag underline?=flag
_style: style?=style
run: +_style text=some13200
user: +_style user_id=person
usergroup: +_style usergroup_id=some255
channel: +_style channel_id=place
link: +_style url=some3000 text?=str3000 unsafe?=flag
emoji: +_style name=some255 unicode?=str255 url?=url
broadcast: +_style range=here|channel|everyone
moment: +_style timestamp=num0-9999999999 format=some255 url?=url fallback?=str3000
swatch: +_style value=hex
_border: border?=0|1
rich_text_section: elements=@inline*0-1000
rich_text_list: +_border style=bullet|ordered elements=@item*0-1000 indent?=num0-8 offset?=num0-1000
rich_text_quote: +_border elements=@inline*0-1000
rich_text_preformatted: +_border elements=@code*0-1000

_block: block_id?=some255
section: +_block text?=text3000 fields?=text2000*1-10 accessory?=@accessory expand?=flag either:text,fields
divider: +_block
header: +_block text=plain150
context: +_block elements=@context*1-10
actions: +_block elements=@action*1-25
image: +_block +_picture title?=plain2000
input: +_block label=plain2000 element=@input hint?=plain2000 optional?=flag dispatch_action?=flag
markdown: +_block text=some12000
rich_text: +_block elements=@rich*1-1000

_view: private_metadata?=str3000 callback_id?=str255 external_id?=str255 blocks=@view_block*0-100
modal: +_view title=plain24 submit?=plain24 close?=plain24 clear_on_close?=flag notify_on_close?=flag
home: +_view
metadata: event_type=some255 event_payload=any
"""
PICKERS = "checkboxes radio_buttons datepicker timepicker static_select multi_static_select users_select "
PICKERS += "multi_users_select channels_select"
INLINE = "text>run user usergroup channel link emoji broadcast date>moment color>swatch"
VIEW_BLOCKS = "section divider header context actions image input rich_text"
TABLES_SOURCE = {
    "action": f"button overflow datetimepicker {PICKERS}",
    "accessory": f"button overflow image>picture {PICKERS}",
    "input": f"plain_text_input number_input url_text_input email_text_input datetimepicker {PICKERS}",
    "context": "image>picture plain_text>text3000 mrkdwn>text3000",
    "inline": INLINE,
    "code": "text>run link",
    "item": "rich_text_section",
    "rich": "rich_text_section rich_text_list rich_text_quote rich_text_preformatted",
    "view_block": VIEW_BLOCKS,
    "block": f"{VIEW_BLOCKS} markdown",
}
# What Slack also knows (parse, link_names, as_user, icon_url, markdown_text, ...) the bot never sends.
PAGED = "cursor?=str1000 limit?=num1-1000"
SPAN = f"{PAGED} oldest?=ts latest?=ts inclusive?=flag include_all_metadata?=flag"
CONTENT = "text?=str200000 blocks?=any attachments?=any"
UNFURL = "unfurl_links?=flag unfurl_media?=flag mrkdwn?=flag"
POST = f"{CONTENT} {UNFURL} metadata?=any thread_ts?=str255 reply_broadcast?=flag"
ARGUMENTS_SOURCE = f"""
auth.test:
team.info: team?=some255
users.info: user=some255 include_locale?=flag
conversations.open: users?=some2000 channel?=some255 return_im?=flag prevent_creation?=flag
conversations.info: channel=some255 include_locale?=flag include_num_members?=flag
conversations.members: channel=some255 {PAGED}
conversations.history: channel=some255 {SPAN}
conversations.replies: channel=some255 ts=ts {SPAN}
chat.postMessage: channel=some255 {POST}
chat.update: channel=some255 ts=ts {CONTENT} metadata?=any
chat.postEphemeral: channel=some255 user=some255 {CONTENT} thread_ts?=str255
chat.delete: channel=some255 ts=ts
chat.getPermalink: channel=some255 message_ts=ts
views.open: trigger_id=some255 view=any
views.update: view=any view_id?=some255 external_id?=some255 hash?=str255
views.publish: user_id=some255 view=any hash?=str255
files.getUploadURLExternal: filename=some255 length=num1-1000000000 alt_txt?=str1000
files.completeUploadExternal: files=any channel_id?=some255
"""
JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files")
PATTERNS = {
    "url": r"https?://.{1,2990}",
    "time": r"([01]\d|2[0-3]):[0-5]\d",
    "day": r"\d{4}-\d\d-\d\d",
    "decimal": r"-?\d+(\.\d+)?",
    "hex": r"#[0-9A-Fa-f]{6}",
    "person": r"[UW][A-Z0-9]+",
    "place": r"[CGD][A-Z0-9]+",
    "ts": r"\d{1,12}(\.\d{1,6})?",
}


@dataclass(frozen=True)
class Shape:
    fields: dict[str, str]
    required: list[str]
    choose: list[tuple[str, list[str]]]


def _shapes(source: str) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for line in filter(None, source.splitlines()):
        name, _, words = line.partition(":")
        shape = shapes[name] = Shape({}, [], [])
        for word in words.split():
            _add(shape, word, shapes)
    return shapes


def _add(shape: Shape, word: str, shapes: dict[str, Shape]) -> None:
    if word.startswith("+"):
        other = shapes[word[1:]]
        shape.fields.update(other.fields)
        shape.required.extend(other.required)
        shape.choose.extend(other.choose)
    elif word.startswith(("either:", "only:")):
        rule, _, names = word.partition(":")
        shape.choose.append((rule, names.split(",")))
    else:
        name, kind = word.split("=", 1)
        shape.fields[name.rstrip("?")] = kind
        shape.required.extend([] if name.endswith("?") else [name])


SHAPES, ARGUMENTS = _shapes(SHAPES_SOURCE), _shapes(ARGUMENTS_SOURCE)
TABLES = {
    name: {word.split(">")[0]: word.split(">")[-1] for word in words.split()} for name, words in TABLES_SOURCE.items()
}


def _bad(words: str, path: str) -> str:
    return f"{words} [json-pointer:{path or '/'}]"


def check(kind: str, value: Any, path: str = "") -> Iterator[str]:
    """What Slack would refuse in a value of this kind, in Slack's words; rules across fields come after the fields."""
    found = list(_fields(kind, value, path))
    across = EXTRA.get(kind)
    yield from found or (across(value, path) if across else ())


def _fields(kind: str, value: Any, path: str) -> Iterator[str]:
    item, _, span = kind.partition("*")
    if span:
        yield from _array(item, value, path, *map(int, span.split("-")))
    elif kind.startswith("@"):
        yield from _typed(TABLES[kind[1:]], value, path)
    elif kind in SHAPES:
        yield from _object(SHAPES[kind], value, path)
    elif "|" in kind:
        allowed = [int(it) if it.isdigit() else it for it in kind.split("|")]
        if isinstance(value, bool) or value not in allowed:
            yield _bad(f"must be one of {kind}", path)
    else:
        yield from _scalar(kind, value, path)


def _array(item: str, value: Any, path: str, least: int, most: int) -> Iterator[str]:
    if not isinstance(value, list):
        yield _bad("must provide an array", path)
        return
    if len(value) > most:
        yield _bad(f"no more than {most} items allowed", path)
    if len(value) < least:
        yield _bad(f"no fewer than {least} items allowed", path)
    for place, it in enumerate(value):
        yield from check(item, it, f"{path}/{place}")


def _typed(table: dict[str, str], value: Any, path: str) -> Iterator[str]:
    name = value.get("type") if isinstance(value, dict) else None
    kind = table.get(name) if isinstance(name, str) else None
    yield from check(kind, value, path) if kind else [_bad(f"unsupported type: {name}", path)]


def _object(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _bad("must provide an object", path)
        return
    yield from (_bad(f"missing required field: {it}", path) for it in shape.required if it not in value)
    for rule, names in shape.choose:
        given = sum(bool(value.get(it)) for it in names)
        if given == 0 or (rule == "only" and given > 1):
            yield _bad(f"must provide {' or '.join(names)}", path)
    for name, it in value.items():
        if name in shape.fields:
            yield from check(shape.fields[name], it, f"{path}/{name}")
        elif name != "type":
            yield _bad(f"invalid additional property: {name}", path)


def _scalar(kind: str, value: Any, path: str) -> Iterator[str]:
    if kind == "any":
        return
    name, numbers = re.fullmatch(r"([a-z]+)([\d-]*)", kind).groups()  # type: ignore[union-attr]
    if name in PATTERNS:
        if not isinstance(value, str) or not re.fullmatch(PATTERNS[name], value) or not _is_a_day(name, value):
            yield _bad(f"failed to match the format of {name}", path)
    elif name == "flag":
        if not isinstance(value, bool):
            yield _bad("must provide a boolean", path)
    elif name == "num":
        least, most = map(int, numbers.split("-"))
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield _bad(f"must provide a number between {least} and {most}", path)
    elif name in ("str", "some"):
        yield from _string(value, path, name == "some", int(numbers))
    else:
        yield from _text_object(name, value, path, int(numbers))


def _is_a_day(name: str, value: str) -> bool:
    try:
        return name != "day" or bool(date.fromisoformat(value))
    except ValueError:
        return False


def _string(value: Any, path: str, some: bool, most: int) -> Iterator[str]:
    if not isinstance(value, str):
        yield _bad("must provide a string", path)
    elif len(value) > most:
        yield _bad(f"must be less than {most + 1} characters", path)
    elif some and not value:
        yield _bad("must be more than 0 characters", path)


def _text_object(name: str, value: Any, path: str, most: int) -> Iterator[str]:
    allowed = {"plain_text": "emoji"} if name == "plain" else {"plain_text": "emoji", "mrkdwn": "verbatim"}
    kind = str(value.get("type")) if isinstance(value, dict) else ""
    if kind not in allowed:
        yield _bad(f"unsupported type: {kind}", path)
        return
    yield from _object(Shape({"text": f"some{most}", allowed[kind]: "flag"}, ["text"], []), value, path)


# --- rules across fields


def _offered(value: Json, path: str) -> Iterator[str]:
    offered = [it for group in value.get("option_groups") or [value] for it in group["options"]]
    chosen = value.get("initial_options") or [value.get("initial_option")]
    if any(it and it not in offered for it in chosen):
        yield _bad("initial option must be one of the options", path)


def _distinct_actions(value: Json, path: str) -> Iterator[str]:
    twice = _twice([it.get("action_id") for it in value["elements"]])
    yield from (_bad(f"action_id already exists: {it}", path) for it in twice)


def _distinct_blocks(blocks: list[Json], path: str) -> Iterator[str]:
    twice = _twice([it.get("block_id") for it in blocks])
    yield from (_bad(f"block_id already exists: {it}", path) for it in twice)


def _twice(given: list[str | None]) -> list[str]:
    return sorted({it for it in given if it and given.count(it) > 1})


def _whole_view(view: Json, path: str) -> Iterator[str]:
    written = json.dumps(view, ensure_ascii=False)
    if len(written.encode()) > VIEW_BYTES:
        yield _bad("view_too_large: must be less than 250 KB", path)
    if written.count('"focus_on_load": true') > 1:
        yield _bad("only one element may have focus_on_load", path)
    if view.get("type") == "modal" and not view.get("submit") and '"type": "input"' in written:
        yield _bad("`submit` is required for modals containing input blocks", path)
    yield from _distinct_blocks(view["blocks"], f"{path}/blocks")


EXTRA: dict[str, Callable[[Json, str], Iterator[str]]] = {
    **dict.fromkeys(("static_select", "multi_static_select", "radio_buttons", "checkboxes"), _offered),
    "actions": _distinct_actions,
    "modal": _whole_view,
    "home": _whole_view,
}


def blocks_problems(blocks: Any) -> list[str]:
    return list(check("@block*0-50", blocks, "/blocks")) or list(_distinct_blocks(blocks, "/blocks"))


def view_problems(view: Any, surface: str) -> list[str]:
    """What Slack would refuse in this view; the surface is modal or home."""
    return list(_typed({surface: surface}, view, "/view"))


def text_length(node: Any) -> int:
    """All the `text` strings of a block list, which Slack adds up for msg_blocks_too_long."""
    if isinstance(node, list):
        return sum(map(text_length, node))
    if not isinstance(node, dict):
        return 0
    return sum(len(it) if name == "text" and isinstance(it, str) else text_length(it) for name, it in node.items())


def content_refused(args: Json, most: int) -> tuple[str, list[str]]:
    """Slack's error for what a message says, with its details where Slack gives some; "" is none."""
    text, blocks, metadata = args.get("text") or "", args.get("blocks"), args.get("metadata")
    if blocks is not None and not isinstance(blocks, list):
        return "invalid_blocks_format", []
    if found := blocks_problems(blocks or []):
        return "invalid_blocks", found
    if metadata and (found := list(check("metadata", metadata, "/metadata"))):
        return "invalid_metadata_format", found
    if args.get("thread_ts") and not re.fullmatch(r"\d{10}\.\d{6}", args["thread_ts"]):
        return "invalid_thread_ts", [f"{args['thread_ts']} is not a valid thread_ts"]
    if not text and not blocks and not args.get("attachments"):
        return "no_text", []
    if len(text) > most:
        return "msg_too_long", []
    return ("msg_blocks_too_long" if text_length(blocks) > TEXT_IN_ALL_BLOCKS else ""), []


# --- arguments


def decoded(raw: Json) -> Json:
    """The arguments of a call, whether they came as JSON or as a form, in which everything is a string."""
    return {name: _decode(name, it) for name, it in raw.items()}


def _decode(name: str, value: Any) -> Any:
    kinds = {shape.fields.get(name) for shape in ARGUMENTS.values()}
    if name in JSON_ARGUMENTS and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if "flag" in kinds and str(value).lower() in ("0", "1", "true", "false"):
        return str(value).lower() in ("1", "true")
    return int(value) if name in ("limit", "length") and str(value).isdigit() else value


def argument_problems(method: str, args: Json) -> list[str]:
    shape = ARGUMENTS[method]
    known = {name: it for name, it in args.items() if name in shape.fields}
    return list(_object(shape, known, ""))


def surplus(method: str, args: Json) -> list[str]:
    """Arguments that Slack ignores, or takes in a way the bot never wants (parse, link_names)."""
    return [f"unwanted argument: {name}" for name in args if name not in ARGUMENTS[method].fields | {"team_id": ""}]
