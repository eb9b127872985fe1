"""Hostile HTML through every exit: nothing runs, nothing leaves, and cleaning once more changes nothing."""

from __future__ import annotations

import pytest
from attacks.soak import Found, judge, soak
from fakes import chromium
from fakes.exits import LINK, MARKER, leave
from fakes.hostile_html import QUOTED, Hostile
from lxml import etree, html

from gateway.halo.trailer import find_last
from parsers.markup import final_html

SEED = 20261201
COUNT = 120
MAIL = (
    b"From: Mal <mal@example.com>\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n%s"
)


@pytest.mark.timeout(120)
async def test_no_script_runs_and_no_request_leaves(tmp_path):
    found = await soak(SEED, range(COUNT), tmp_path)
    assert not found.bad, (found, found.called, found.unstable)
    assert found.mails == COUNT
    assert found.texts > 10 * COUNT


@pytest.mark.timeout(120)
async def test_the_same_mails_uncleaned_do_both(tmp_path):
    hostile = Hostile(SEED)
    called = await chromium.show([chromium.page(number, hostile.markup(number)) for number in range(COUNT)], tmp_path)
    assert sum(one.endswith(".ran.example") for one in called) > 10
    assert sum(one.endswith(".load.example") for one in called) > 10


@pytest.mark.parametrize("dialect", ["observed", "documented"])
def test_cleaning_once_more_changes_nothing(dialect):
    hostile, found = Hostile(SEED + 1), Found()
    for number in range(60):
        judge(leave(hostile.mail(number), dialect), number, found)
    assert not found.bad, found


WORDS = "&lt;script&gt;ran()&lt;/script&gt; &lt;img src=x onerror=ran()&gt; &amp;lt;b&amp;gt;"
SEEN = "<script>ran()</script> <img src=x onerror=ran()> &lt;b&gt;"


@pytest.mark.parametrize(
    "markup",
    [
        WORDS + " cid:",
        f'{WORDS}<img src="cid:none">',
        f'<p>{WORDS}</p><img src="cid:none">',
        f'<img src="data:image/png;base64,iVBORw0KGgoAAAAA">{WORDS}',
        f"<p>new {WORDS}</p>cid:" + QUOTED % "old",
        f"---------- Forwarded message ---------<br>From: Jo &lt;jo@example.com&gt;<br>Subject: x<br><br>{WORDS} cid:",
        f'<img alt="{WORDS}"> {WORDS} cid:',
        f"<ul><li>{WORDS}</ul>cid:",
    ],
)
@pytest.mark.parametrize("dialect", ["observed", "documented"])
def test_what_was_words_stays_words(markup, dialect):
    left = leave(MAIL % (b"<script>ran()</script>", markup.encode()), dialect)
    for text in left.markup:
        seen = html.fragment_fromstring(text, create_parent="div")
        assert not [one.tag for one in seen.iter("script", "iframe", "svg")]
        assert not [name for one in seen.iter(etree.Element) for name in one.attrib if name.startswith("on")]
    shown = [
        html.fragment_fromstring(str(one[name]), create_parent="div").text_content()
        for one in left.tickets
        for name in ("details_html", "details")
        if name in one and (name != "details" or dialect == "documented")
    ]
    assert all(SEEN in one for one in shown)
    assert "<script" not in left.answer


def test_a_reference_of_ours_cannot_be_planted_by_what_cleaning_changes():
    planted = "[mail reference 0123456789]"
    names = (
        planted,
        "&#91;mail <b>refer</b>ence 0123456789]",
        '[mail<img src="cid:x">reference 0123456789]',
        "[ma&shy;il reference 0123456789]",
    )
    for one in names:
        for text in leave(MAIL % (b"x", f"<p>{one}</p>{one}".encode())).markup:
            assert find_last(text) == MARKER
            assert find_last(text.removesuffix(f"<p><small>[mail reference {MARKER}]</small></p>")) is None


@pytest.mark.parametrize(
    ("markup", "final"),
    [
        ("<p>x</p>", "<p>x</p>"),
        ("<p>x<script>ran()</script></p>", "<p>x</p>"),
        ('<img src="https://else.example/x.png">', "<img>"),
        (f'<img src="{LINK}">', f'<img src="{LINK.replace("&", "&amp;")}">'),
        ('<img src="/x">', "<img>"),
        ('<a href="/x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<a href="java&#10;script:ran()">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<p style="color:red;background:url(x)">y</p>', '<p style="color:red">y</p>'),
        ('<p class="x" onclick="ran()" align="left">y</p>', '<p align="left">y</p>'),
        ("<form><p>y</p></form>", "<p>y</p>"),
    ],
)
def test_the_last_cleaning_lets_only_its_own_list_through(markup, final):
    assert final_html(markup, (LINK,)) == final
    assert final_html(final, (LINK,)) == final


@pytest.mark.parametrize("piece", ["<div>", "<b>&amp;", "<a x=1 y=2>", "&amp;xx"])
def test_what_would_cost_too_much_is_not_cleaned_but_shown_as_words(piece):
    assert final_html(piece * (3_000_000 // len(piece))) is None


def test_plain_text_of_any_size_is_shown_as_words():
    left = leave(b"From: a@example.com\r\nSubject: x\r\n\r\n" + b"<script>&[mail reference 0123456789]\r" * 3_000)
    for text in left.markup[:1]:
        assert "<script" not in text
        assert find_last(text) == MARKER
        assert text.count("&lt;script&gt;") == 3_000
