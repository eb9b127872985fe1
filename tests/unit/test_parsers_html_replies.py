"""What is new in a reply that was written as HTML: text and HTML say the same, pictures and looks stay."""

import pytest

from parsers import parse
from parsers.cleaners import html_place
from parsers.cleaners.html_quotes import PLACE, as_markup, read_tree
from parsers.cleaners.marker import REPLY_MARKER
from parsers.markup import safe_html

OLD = "<div>old <b>words</b></div>"
GMAIL = f'<blockquote class="gmail_quote">{OLD}</blockquote>'
CITED = f'<blockquote type="cite">{OLD}</blockquote>'


def body_of(markup):
    return parse(f"Subject: x\nContent-Type: text/html; charset=utf-8\n\n{markup}".encode()).body


@pytest.mark.parametrize(
    ("markup", "text", "html"),
    [
        # Apple Mail: the introduction stands outside of what it introduces.
        (
            f"<div>new</div><div>On 2 March 2026, at 10:00, Jo &lt;j@x.y&gt; wrote:</div>{CITED}",
            "new",
            "<div>new</div>",
        ),
        # A language that nobody has listed.
        (f"<p>new</p><div>Na 2026-03-02 10:00, Jo &lt;j@x.y&gt; blabla:</div>{CITED}", "new", "<p>new</p>"),
        # Below what it answers.
        (f'<div class="moz-cite-prefix">On x, Jo wrote:</div>{CITED}<p>new</p>', "new", "<p>new</p>"),
        # Known by its lines alone, the HTML keeps its looks.
        (
            "<p>a <i>new</i> part</p><p>-----Original Message-----<br>From: Jo<br>Sent: 2 March<br>Subject: x</p>old",
            "a new part",
            "<p>a <i>new</i> part</p>",
        ),
        (f"<p>new</p><p>{REPLY_MARKER}</p><p>old</p>", "new", "<p>new</p>"),
        ("<p>new</p><div class='gmail_signature'>Jo<br>ACME</div>", "new", "<p>new</p>"),
    ],
)
def test_text_and_html_agree(markup, text, html):
    body = body_of(markup)
    assert (body.reply_text, body.reply_html) == (text, html)
    assert body.text != body.reply_text


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>intro</p>{CITED}<p>answer</p>{CITED}<p>answer</p>",
        f"<p>hi</p><div class=gmail_quote>On x{GMAIL}<div>answer</div>{GMAIL}<div>answer</div></div>",
    ],
)
def test_interleaved_answers_are_kept_with_the_lines_they_answer(markup):
    body = body_of(markup)
    assert body.reply_text.count("answer") == 2
    assert body.reply_text.count("old words") == 2
    assert body.reply_html == body.html


@pytest.mark.parametrize(
    "markup",
    [
        '<p>See:</p><blockquote class="gmail_quote" style="margin:0 0 0 40px;border:none">moved right</blockquote>',
        "<p>Price list</p><div style='border-top:solid #E1E1E1 1.0pt'><p>Paper</p></div><p>moved right</p>",
        '<div id="ms-outlook-mobile-signature">moved right</div>',
        '<p>FYI</p><div class="gmail_quote">---------- Forwarded message ---------<br>moved right</div>',
        f"<p>{PLACE}</p><p>moved right</p>",
        f"<p>a</p><blockquote type=cite>{PLACE}</blockquote><p>moved right</p>",
    ],
)
def test_nothing_is_cut(markup):
    assert "moved right" in body_of(markup).reply_text


def test_pictures_stay_in_the_reply():
    body = body_of(f'<p>new <img src="cid:a@b" alt="the screen"></p>{CITED}')
    assert 'src="cid:a@b"' in (body.reply_html or "")
    assert "old" not in (body.reply_html or "")
    assert "old words" in body.quoted_text


def test_a_signature_that_everything_was_typed_into_is_no_signature():
    body = body_of(f'<div class="gmail_signature">all that I wrote</div>{CITED}')
    assert body.reply_text == "all that I wrote"


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("two", "<b>two</b>"),
        ("one two", "one <b>two</b>"),
        ("two three", "<b>two</b> three"),
        ("ne tw", "ne <b>tw</b>"),
        ("one two three", "one <b>two</b> three"),
    ],
)
def test_a_place_in_html(reply, kept):
    root = read_tree("<p>one <b>two</b> three</p>")
    assert html_place.keep(root, "one two three", reply)
    assert safe_html(as_markup(root))[0] == f"<p>{kept}</p>"


@pytest.mark.parametrize(("text", "reply"), [("one two", "four"), ("one two", ""), ("a b b", "b")])
def test_a_place_that_is_not_certain(text, reply):
    root = read_tree(f"<p>{text}</p>")
    assert not html_place.keep(root, text, reply)
    assert as_markup(root) == f"<body><p>{text}</p></body>"
