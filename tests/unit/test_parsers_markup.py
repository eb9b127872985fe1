"""HTML that is safe to show, and text from it."""

import pytest

from parsers.limits import DEFAULT, Limits
from parsers.markup import html_to_text, safe_html, text_to_html


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<p>x</p>", "<p>x</p>"),
        ("<script>x</script>y", "y"),
        ("<b onclick=x>y</b>", "<b>y</b>"),
        ('<a href="javascript:x">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<a href="//evil.example">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<a href="/relative">y</a>', '<a rel="noopener noreferrer">y</a>'),
        ('<a href="mailto:a@b.c">y</a>', '<a href="mailto:a@b.c" rel="noopener noreferrer">y</a>'),
        ('<img src="https://x.example/p.gif">', "<img>"),
        ('<img src="data:image/png;base64,AA">', "<img>"),
        ('<img src="cid:a" alt="b">', '<img src="cid:a" alt="b">'),
        ('<p style="color:red;position:fixed">x</p>', '<p style="color:red">x</p>'),
        ("<svg><a href=x>y</a></svg>z", "z"),
        ("<form><input>x</form>", "x"),
        ("<style>p{}</style><title>t</title>x<!-- c -->", "x"),
        ("1 < 2", "1 &lt; 2"),
    ],
)
def test_safe_html(markup, safe):
    assert safe_html(markup) == (safe, ())
    assert safe_html(safe) == (safe, ())


@pytest.mark.parametrize(
    ("markup", "limits", "word"),
    [
        ("<p>hi</p>" * 100, Limits(html=100), "size"),
        ("<div>" * 300 + "hi", DEFAULT, "nesting"),
        ("<br>" * 50 + "hi", Limits(html_tags=40), "tags"),
        ("hi" + "&amp;" * 50, Limits(html_entities=40), "entities"),
        (f"<p {' '.join(f'a{n}' for n in range(50))}>hi", Limits(html_attributes=40), "attributes"),
    ],
)
def test_html_beyond_a_bound_is_shown_as_text(markup, limits, word):
    safe, defects = safe_html(markup, limits)
    assert defects == (f"limit: html {word}, shown as text",)
    assert "hi" in safe
    assert "hi" in html_to_text(markup, limits)[0]


@pytest.mark.parametrize(
    "markup",
    [
        "<p>a</p>" * 2000,
        "<table>" + "<tr><td>a<td>b" * 500 + "</table>",
        "<div><span>a</div>" * 500,  # sloppy, but not deep
        "<td><font color=red><b>a</td>" * 100,
    ],
)
def test_sloppy_html_is_still_html(markup):
    assert safe_html(markup)[1] == ()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b", "a\nb"),
        ("<style>x</style><p>a</p>", "a"),
        ("<ul><li>a<li>b</ul>", "  * a\n  * b"),
        ("<img alt='The plan' src=x>", "[The plan]"),
        ("&eacute;&nbsp;&lt;", "\u00e9 <"),
        ("", ""),
    ],
)
def test_html_to_text(markup, text):
    assert html_to_text(markup) == (text, ())


def test_text_to_html():
    assert text_to_html("a <b>\n  c\n\n\nd & e\n") == "<p>a &lt;b&gt;<br>\n\u00a0\u00a0c</p>\n<p>d &amp; e</p>"
    assert safe_html(text_to_html("a <b> & c"))[0] == text_to_html("a <b> & c")
