"""People's words in WeCom's dialects: they call nobody, hide no link, and are cut at no character's middle."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape

from bot.wecom import dialect
from services.markup import plain

HOSTILE = st.text(alphabet="<>@[]()`*#&;/ahl\u6c49\u3010 \n\u200b!_~|=\"'.:t") | st.text()
LINK = re.compile(r"\]\(")


def test_bold_and_links_are_what_markdown_makes_of_them() -> None:
    markup = 'Hi <b>Bob</b>, <i>see</i> <a href="https://example.com/a(b)">the board</a>, says <at id="u1">Ana</at>'
    assert dialect.markdown(markup) == "Hi **Bob**, see [the board](https://example.com/a%28b%29), says Ana"
    assert dialect.text(markup) == "Hi Bob, see the board (https://example.com/a(b)), says Ana"


def test_a_style_ends_with_its_line() -> None:
    assert dialect.markdown("<b>one\ntwo </b>three") == "**one**\n**two** three"


def test_a_heading_of_somebodys_is_no_heading_and_an_item_stays_one() -> None:
    assert dialect.markdown("# big\n#12 60%") == "\u200b# big\n#12 60%"


@given(HOSTILE, HOSTILE)
@example("[pay](https://evil.example)", "](x) <@all> `a` **")
@example("see]", "(x)")
def test_what_people_write_is_neither_a_call_nor_a_link_nor_code(before: str, bold: str) -> None:
    styled = dialect.markdown(f"{escape(before)}<b>{escape(bold)}</b>")
    assert not LINK.search(styled)
    assert not set("<>`") & set(styled)
    assert styled.count("**") == 2 * sum(1 for line in bold.splitlines() if line.strip())


@given(HOSTILE)
def test_bare_text_holds_no_tag_and_keeps_every_other_sign(words: str) -> None:
    bare = dialect.text(str(escape(words)))
    assert not set("<>") & set(bare)
    assert bare.replace("\uff1c", "<").replace("\uff1e", ">") == plain(str(escape(words))).replace(
        "\uff1c", "<"
    ).replace("\uff1e", ">")


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_cut_fits_says_so_and_breaks_no_character(words: str, most: int) -> None:
    cut = dialect.cut(words, most)
    assert len(cut.encode("utf-8", "ignore")) <= most
    if len(words.encode("utf-8", "ignore")) <= most:
        assert cut == words
    elif most >= 3:
        assert cut.endswith("…")
        assert words.encode("utf-8", "ignore").decode().startswith(cut[:-1])
