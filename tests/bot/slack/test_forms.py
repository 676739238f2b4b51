"""A submitted modal is judged by what it carries itself, in the person's language; whatever else arrives is let go."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks import modal
from bot.slack.forms import answer_to, values_of
from models.messages import Form, FormField

Json = dict[str, Any]
FIELDS = (
    FormField(name="0", label="What moved?", max_length=20),
    FormField(name="note", label="Anything else?", required=False, value="before"),
    FormField(name="due", label="Until when?", kind="date", required=False),
    FormField(name="owner", label="Who?", kind="choice", options=(("id:1", "Ana"), ("id:2", "Bob")), required=False),
)


def sent(given: dict[str, str], locale: str = "en", today: date | None = date(2026, 11, 23)) -> Json:
    """A view_submission of this form with these fields filled in, as Slack sends it."""
    form = Form(action="v1:form:1", title="t", submit="s", close="c", fields=FIELDS, locale=locale, today=today)
    view = modal(form)
    values = {
        block["block_id"]: {"value": _state(block["element"]["type"], given.get(block["block_id"].split(".")[0]))}
        for block in view["blocks"]
    }
    return {"type": "view_submission", "view": {**view, "state": {"values": values}}}


def _state(kind: str, given: str | None) -> Json:
    if kind == "datepicker":
        return {"type": kind, "selected_date": given}
    if kind == "static_select":
        return {"type": kind, "selected_option": {"value": given} if given else None}
    return {"type": kind, "value": given}


def errors(body: Json) -> Json:
    answer = answer_to(body)
    return answer["errors"] if answer else {}


def test_what_is_right_is_let_go() -> None:
    assert answer_to(sent({"0": "the rig", "due": "2026-11-23", "owner": "id:2"})) is None


@pytest.mark.parametrize("blank", [None, "", "   ", "\n\t", "\u200b", "\u3000"])
def test_blanks_fill_no_required_field(blank: str | None) -> None:
    assert errors(sent({} if blank is None else {"0": blank})) == {"0": "Please write something here."}


def test_what_is_too_long_is_said_with_the_limit() -> None:
    assert errors(sent({"0": "x" * 21})) == {"0": "Please shorten this to 20 characters."}


def test_a_day_that_is_over_is_not_taken_where_the_persons_day_is_known() -> None:
    assert list(errors(sent({"0": "x", "due": "2026-11-22"}))) == ["due"]
    assert errors(sent({"0": "x", "due": "2026-11-22"}, today=None)) == {}


def test_the_sentence_is_in_the_persons_language_and_stands_at_the_block_as_slack_knows_it() -> None:
    body = sent({"0": "x"}, locale="zh")
    body["view"]["blocks"][1]["optional"] = False
    (block, sentence) = next(iter(errors(body).items()))
    assert block.startswith("note.")
    assert sentence == "\u8bf7\u5728\u8fd9\u91cc\u586b\u5199\u5185\u5bb9\u3002"


def test_the_values_are_those_of_the_fields_whatever_they_are_called_on_slack() -> None:
    body = sent({"0": "the rig", "note": "changed", "due": "2026-12-05", "owner": "id:2"})
    assert values_of(body["view"]) == {"0": "the rig", "note": "changed", "due": "2026-12-05", "owner": "id:2"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(view=ANYTHING, metadata=ANYTHING)
def test_whatever_a_view_holds_it_is_let_go_or_judged_and_never_breaks(view: Any, metadata: Any) -> None:
    assert answer_to({"type": "view_submission", "view": view}) is None
    odd = sent({"0": "x"})
    odd["view"]["private_metadata"] = metadata if isinstance(metadata, str) else json.dumps(metadata)
    assert answer_to(odd) is None or errors(odd)


def test_nothing_but_a_submission_is_judged() -> None:
    assert answer_to({**sent({}), "type": "view_closed"}) is None
    assert answer_to({"type": "event_callback"}) is None
