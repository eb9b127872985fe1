import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.halo.trailer import defuse_html, defuse_text, find_last, new_marker, render, sign
from gateway.steps import Text

MARKER = "7K3XW9QZ2M"
OTHER = "0123456789"
PIECES = [
    "[", "]", "mail", "reference", "mail reference", f"[mail reference {OTHER}]", OTHER, " ", "\n", "\u200b", "&nbsp;",
    "&#91;", "&#x5B", "&lbrack;", "&lsqb;", "&amp;#91;", "&", "&#", "<", ">", "<b>", "</b>", "<i ", "m", "ail", "refer",
    "ence", "\xad", "<!--", "-->", "&rbrack;", "x", "&#91mail", "MAIL", "(",
]  # fmt: skip
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))


def test_markers_are_random_and_of_crockfords_alphabet():
    markers = {new_marker() for _ in range(200)}
    assert len(markers) == 200
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", marker) for marker in markers)


def test_the_trailer_is_the_last_line_and_the_last_paragraph():
    signed = sign(Text("Hello\n\n", "<p>Hello</p>"), MARKER)
    assert signed.plain.splitlines()[-1] == f"[mail reference {MARKER}]"
    assert signed.html == f"<p>Hello</p><p><small>[mail reference {MARKER}]</small></p>"
    assert sign(Text("", ""), MARKER) == render(MARKER)


@pytest.mark.parametrize(
    "kept",
    [
        f"text [mail reference {MARKER}]",
        f"<p>&#91;mail&nbsp;reference <b>{MARKER}</b>&#93;</p>",
        f"[mail\r\n reference {MARKER}]  \n",
        f"[mail reference {OTHER}] and [mail reference {MARKER}]",
        f"<p><small>[mail reference {MARKER}]</small></p><br>\n</body></html>",
    ],
)
def test_it_is_found_whatever_a_server_made_of_it(kept):
    assert find_last(kept) == MARKER


@pytest.mark.parametrize("text", ["", "[mail reference 7K3XW9QZ2]", "[mail reference 7K3XW9QZ2MM]", MARKER, "[mail"])
def test_nothing_else_is(text):
    assert find_last(text) is None


@given(texts)
def test_a_defused_text_has_no_reference(text):
    assert find_last(defuse_text(text)) is None
    assert find_last(defuse_html(text)) is None
    assert defuse_text(defuse_text(text)) == defuse_text(text)


@given(texts)
def test_ours_is_found_behind_any_text(text):
    signed = sign(Text(text, nh3.clean(text)), MARKER)
    assert find_last(signed.plain) == find_last(signed.html) == MARKER


@pytest.mark.parametrize("quoted", [f"[mail reference {OTHER}]", f"[MAIL\u200b reference {OTHER}]"])
def test_where_a_server_cuts_ours_off_no_other_takes_its_place(quoted):
    signed, ours = sign(Text(f"{quoted} above", f"<p>{quoted}</p>"), MARKER), render(MARKER)
    assert find_last(signed.plain.removesuffix(ours.plain)) is find_last(signed.html.removesuffix(ours.html)) is None


@given(st.text(max_size=200))
def test_innocent_text_is_left_alone(text):
    assert defuse_text(text) == text


def test_only_the_bracket_is_taken():
    assert defuse_text(f"see [mail reference {OTHER}] [1]") == f"see (mail reference {OTHER}] [1]"
    assert defuse_html("<p>&#91;mail <b>refer</b>ence X]</p>") == "<p>(mail <b>refer</b>ence X]</p>"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", ["<", "&", "[mail", "[mail reference ", "<b>", " ", "&#91;", "&lt<"])
def test_hostile_text_takes_no_longer_than_any(piece):
    text = piece * (400_000 // len(piece))
    assert find_last(defuse_html(text)) is None
