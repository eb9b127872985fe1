"""HTML that is safe to show, and text from it."""

import pytest

from parsers.limits import DEFAULT, Limits
from parsers.markup import html_to_text, safe_html, take_pictures, text_to_html, unwrap_text
from parsers.markup.bounds import check
from parsers.markup.links import unwrap
from parsers.markup.reduce import reduce
from parsers.markup.styles import read_style
from parsers.markup.tables import lay_out

WORD_BULLET = (
    "<p style='text-indent:-.25in;mso-list:l0 level1 lfo1' class=MsoListParagraph><![if !supportLists]>"
    "<span style='font-family:Symbol'><span style='mso-list:Ignore'>\u00b7"
    "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span></span><![endif]>"
)


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<p>x</p>", "<p>x</p>"),
        ("<script>x</script>y", "y"),
        ("<b onclick=x>y</b>", "<b>y</b>"),
        ('<a href="javascript:x">y</a>', "y"),
        ('<a href="//evil.example">y</a>', "y"),
        ('<a href="/relative">y</a>', "y"),
        ('<a href="mailto:a@b.c">y</a>', '<a href="mailto:a@b.c" rel="noopener noreferrer">y</a>'),
        ('<img src="https://x.example/p.gif">', ""),
        ('<img src="data:image/png;base64,AA">', ""),
        ('<img src="https://x.example/p.gif" alt="Confirm &quot;it&quot;">', 'Confirm "it"'),
        ('<img src="https://x.example/p.gif" alt="p.gif">', ""),
        ('<img src="cid:a" width="1" height="1">', ""),
        ('<img src="cid:a" alt="b">', '<img src="cid:a" alt="b">'),
        ('<p style="color:red;position:fixed">x</p>', '<p style="color:red">x</p>'),
        ("<svg><a href=x>y</a></svg>z", "z"),
        ("<form><input>x</form>", "<div>x</div>"),
        ("<details><summary>a</summary>b</details>", "<div><div>a</div>b</div>"),
        ('<div style="display:none">preview</div>x', "x"),
        ('<div style="max-height:0;overflow:hidden">preview</div>x', "x"),
        ("<div hidden>preview</div>x", "x"),
        ('<div style="display:none">all there is</div>', "<div>all there is</div>"),
        ('<div style="font-size:0"><i style="font-size:14px">x</i> y</div>', "<div><i>x</i></div>"),
        ("<!--[if mso]><b>x</b><![endif]--><![if !mso]>y<![endif]>", "y"),
        (
            "<xml><o:AllowPNG/><w:View>Normal</w:View></xml><p class=MsoNormal>x<o:p></o:p></p>",
            '<p style="margin:0">x</p>',
        ),
        ('<font face=Calibri size=3 color=black><span style="font-family:Calibri;color:black">x</span></font>', "x"),
        (
            '<span style="color:red"><span style="color:black">x</span></span>',
            '<span style="color:red"><span style="color:black">x</span></span>',
        ),
        ('<code style="font-family:Consolas,monospace">x</code>', '<code style="font-family:monospace">x</code>'),
        ("<p>a</p><p>&nbsp;</p><p>&nbsp;</p><p><br></p><p>b</p>", "<p>a</p><p>&nbsp;</p><p>b</p>"),
        ("<p></p><span></span><b><i></i></b>x", "x"),
        (
            '<a href="https://n.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example%2Fa%3Fb%3D1%26c&data=05">y</a>',
            '<a href="https://x.example/a?b=1&amp;c" rel="noopener noreferrer">y</a>',
        ),
        ('<span style="font-family:Wingdings">J</span>', "\U0001f642"),
        ("<td colspan=100000>x</td>", "x"),
        ('<table><tr><td colspan="100000">x</table>', "<table><tbody><tr><td>x</td></tr></tbody></table>"),
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
        ("<ol start=9><li>a<li>b<p>c</ol>d", "  9. a\n 10. b\n\n     c\n\nd"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "  * a\n      * b\n  * c"),
        ("<dl><dt>a<dd>b</dl>", "a\n    b"),
        ("<img alt='The plan' src=x>", "[image: The plan]"),
        ("<img alt='\U0001f600' src=x>", "\U0001f600"),
        ("<img alt='logo.png' src=https://x.example/logo.png>", ""),
        ("<img alt='shot.png' src=cid:a>", "[image: shot.png]"),
        ("<img alt=x width=1 height=1 src=cid:a>y", "y"),
        ("<div>a<br></div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
        (
            "<p class=MsoNormal>a</p><p class=MsoNormal>b</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c",
            "a\nb\n\nc",
        ),
        ("<p style='margin:0'>a</p><p style='margin:0in'>b</p>", "a\nb"),
        ("a <b> b </b> c\n d", "a b c d"),
        ("co&shy;op&#8203;er&zwnj;", "cooper\u200c"),
        ("x<div style='display:none'>&zwnj;&nbsp;&#847;</div>", "x"),
        ("a&nbsp;&nbsp; b", "a   b"),
        ("<pre>a\n  b\n\nc</pre>d", "a\n  b\n\nc\n\nd"),
        ("<div style='white-space:pre-wrap'>a\n  b</div>", "a\n  b"),
        ("a<hr>b", f"a\n{'_' * 32}\nb"),
        ("<a href='https://x.example/a'>here</a>.", "here <https://x.example/a>."),
        ("<a href='https://www.x.example/'>x.example</a>", "x.example"),
        ("<a href='https://evil.example/'>https://bank.example/</a>", "https://bank.example/ <https://evil.example/>"),
        (
            "<a href='mailto:jo@x.example'>Jo</a>, <a href='mailto:al@x.example?subject=y'>al@x.example</a>",
            "Jo <jo@x.example>, al@x.example",
        ),
        ("<a href='https://x.example/'><img src=y></a>z", "z"),
        (f"<a href='https://x.example/{'y' * 600}'>here</a>", "here"),
        (
            "On 1 Jo wrote:<blockquote type=cite>a<br>b<blockquote type=cite>c</blockquote></blockquote>d",
            "On 1 Jo wrote:\n\n> a\n> b\n>\n> > c\n\nd",
        ),
        ("<blockquote style='margin:0 0 0 40px;border:none'>moved</blockquote>", "    moved"),
        (
            "<table><tr><th>Part<th>Price<tr><td>Bolt<td>1.20<tr><td>Washer, large<td>0.30</table>",
            "Part           Price\nBolt           1.20\nWasher, large  0.30",
        ),
        ("<table><tr><td>Jo Doe<br>Sales<td>Tel 1<br>Fax 2</table>", "Jo Doe\nSales\n\nTel 1\nFax 2"),
        ("<table><tr><td><table><tr><td>a</table><tr><td><p>b</p></table>", "a\nb"),
        (
            f"{WORD_BULLET}first</p>",
            "\u2022 first",
        ),
        ("<blockquote>moved</blockquote>", "    moved"),
        ("<blockquote style='border-left:2px solid'>a</blockquote>", "> a"),
        ("<blockquote class=gmail_quote>a</blockquote>", "> a"),
        ("<blockquote class=gmail_quote style='margin:0 0 0 .8ex'>a</blockquote>", "> a"),
        ("<blockquote class=gmail_quote style='margin:0 0 0 40px;border:none;padding:0px'>a</blockquote>", "    a"),
        ("<q>a</q>", "\u201ca\u201d"),
        ("<title>t</title><script>s</script>x<!-- c -->", "x"),
        ("<div style='display:none'>all there is</div>", "all there is"),
        ("&eacute;&nbsp;&lt;", "\u00e9 <"),
        ("", ""),
    ],
)
def test_html_to_text(markup, text):
    assert html_to_text(markup) == (text, ())


@pytest.mark.parametrize(
    "markup", ['<meta content="x><p>Hello</p>', "<svg><text>Hello</text></svg>", "<p title='>Hello</p>"]
)
def test_words_are_never_lost_altogether(markup):
    assert "Hello" in html_to_text(markup)[0]
    assert "Hello" in safe_html(markup)[0]
    assert safe_html(safe_html(markup)[0]) == safe_html(markup)


@pytest.mark.parametrize("markup", ["<pre>\n\n\na\nb</pre>", "<pre>\n\n<b>\na</b></pre>", "<pre>\n<pre>\n\nx"])
def test_preformatted_text_stays_as_it_is(markup):
    once = safe_html(markup)[0]
    assert safe_html(once)[0] == once


def test_text_to_html():
    assert text_to_html("a <b>\n  c\n\n\nd & e\n") == "<p>a &lt;b&gt;<br>\n&nbsp;&nbsp;c</p>\n<p>d &amp; e</p>"
    assert safe_html(text_to_html("a <b> & c"))[0] == text_to_html("a <b> & c")


@pytest.mark.parametrize(
    ("wrapped", "real"),
    [
        ("https://eur01.safelinks.protection.outlook.com/ap/w-59/?url=http%3A%2F%2Fa.example%2F&data=1", "http://a.example/"),
        ("https://urldefense.proofpoint.com/v1/url?u=http://a.example/b&k=1", "http://a.example/b"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__a.example_b-3Fc-3D1&d=x", "https://a.example/b?c=1"),
        ("https://urldefense.com/v3/__https://a.example/b*c__;Iw!!abc!def$", "https://a.example/b#c"),
        ("https://urldefense.com/v3/__https://a.example/**Bz*__;w6nDqOKAk8Kn!!abc$", "https://a.example/\u00e9\u00e8\u2013z\u00a7"),
        ("https://urldefense.com/v3/__https:/a.example/__;!!abc$", "https://a.example/"),
        ("https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fa.example%2fb&c=E,1,x&typo=1", "https://a.example/b"),
        ("https://www.google.com/url?q=https://a.example/b&sa=D", "https://a.example/b"),
        ("https://google.co.uk/url?sa=t&url=https%3A%2F%2Fa.example", "https://a.example"),
        ("https://secure-web.cisco.com/1AbC-x/https%3A%2F%2Fa.example%2Fb", "https://a.example/b"),
        ("https://x-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=https%3a%2f%2fa.example&umid=1", "https://a.example"),
        ("https://eu.protection.sophos.com/?d=a.example&u=aHR0cHM6Ly9hLmV4YW1wbGUvYg==&i=1", "https://a.example/b"),
        ("https://protect2.fireeye.com/v1/url?k=1&q=1&u=https%3A%2F%2Fa.example%2Fb", "https://a.example/b"),
        ("https://clicktime.symantec.com/3abc?u=https%3A%2F%2Fa.example", "https://a.example"),
        ("https://mx.a.example/fmlurlsvc/?fewReq=x&url=https%3a%2f%2fa.example%2f", "https://a.example/"),
        ("https://url.avanan.click/v2/___https://a.example/b___.YXA", "https://a.example/b"),
        ("https://n.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fa.example",
         "https://a.example"),
    ],
)  # fmt: skip
def test_a_wrapped_address(wrapped, real):
    assert unwrap(wrapped) == real
    assert unwrap_text(f"see <{wrapped}>, or {wrapped}.") == f"see <{real}>, or {real}."


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/?url=https%3A%2F%2Fb.example",
        "https://protect-eu.mimecast.com/s/AbC?domain=a.example",
        "https://n.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)",
        "https://n.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F%22%3E",
        "https://n.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%20b",
        "https://n.safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fa.example",
        "https://n.safelinks.protection.outlook.com@evil.example/?url=https%3A%2F%2Fa.example",
        "https://evilgoogle.com/url?q=https://a.example",
        "https://eu.protection.sophos.com/?u=%%%",
        "https://urldefense.com/v3/__https://a.example/*b__;!!abc$",
        "mailto:jo@a.example",
    ],
)
def test_an_address_that_stays(address):
    assert unwrap(address) == address


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def test_pictures_in_the_markup_become_attachments():
    markup = f"<p><img alt=a src=\"data:image/png;base64,{PNG}\"><IMG SRC='data:image/jpeg;base64,{PNG}'></p>"
    with_ids, taken, defects = take_pictures(markup)
    (one,) = taken
    assert (one.filename, one.media_type, one.inline, defects) == ("image001.png", "image/png", True, ())
    assert with_ids == f"<p><img alt=a src=\"cid:{one.content_id}\"><IMG SRC='cid:{one.content_id}'></p>"
    assert safe_html(with_ids)[0].count(f'src="cid:{one.content_id}"') == 2
    assert take_pictures(markup, taken)[1] == ()


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
        "<img src='data:image/png;base64,PHNjcmlwdD4='>",
        "<img src='data:image/png;base64,%%%'>",
        "<img src='data:image/png,x'>",
        f"<img src='data:image/png;base64,{PNG}",
        f"<p title='src=data:image/png;base64,{PNG}'>",
        f"src='data:image/png;base64,{PNG}'",
    ],
)
def test_what_is_no_picture_stays_where_it_is(markup):
    assert take_pictures(markup) == (markup, (), ())


def test_pictures_are_bounded():
    pictures = "".join(f"<img src='data:image/gif;base64,R0lGODlh{n:04}'>" for n in range(9))
    _, taken, defects = take_pictures(pictures, limits=Limits(data_pictures=5))
    assert (len(taken), defects) == (5, ("limit: pictures in the markup",))


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("color:red", "color:red"),
        ("COLOR : Red !important", "color:red"),
        ("background:url(x)", ""),
        ("background-color:url(x)", ""),
        ("background:yellow", "background-color:yellow"),
        ("color:rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("position:absolute;top:0;z-index:9", ""),
        ("margin:-50px", ""),
        ("margin-left:-999px", ""),
        ("text-indent:-18.0pt", "text-indent:-18.0pt;margin-left:36pt"),
        ("text-indent:-999px", "margin-left:36pt"),
        ("line-height:0", ""),
        ("line-height:1.5", "line-height:1.5"),
        ("font-size:900px", ""),
        ("font-size:24px", "font-size:24px"),
        ("width:expression(alert(1))", ""),
        ("color:r\\65d", ""),
        ("color:red/**/", ""),
        ("color:red}p{", ""),
        ("border:1px solid rgb(0,0,0)", "border:1px solid rgb(0,0,0)"),
        ("border:1px solid url(x)", ""),
        ("mso-style-name:x;mso-list:l0", ""),
        ("color:" + "x" * 3000, ""),
    ],
)
def test_styles(style, shown):
    assert "".join(read_style(style).split("|")[1:2]) == shown


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("a<!-- b -->c", "a<param>c"),
        ("<p><!-- b --></p>", "<p></p>"),
        ("<p><!-- b", "<p> b"),
        ("<p><!-->a", "<p>a"),
        ("<p><!-- --!>a", "<p>a"),
        ("<scr<!-- -->ipt>a", "<scr<param>ipt>a"),
        ("<STYLE type=x>a</Style >b", "b"),
        ("<style>a", ""),
        ("<stylex>a", "<stylex>a"),
        ("<?xml x?><!DOCTYPE y>a</ b>c", "a<param>c"),
        ("\u0130<script>a</script>", "\u0130<param>"),
    ],
)
def test_reduce(markup, left):
    assert reduce(markup) == left


@pytest.mark.parametrize(
    "markup",
    [
        "<b><div></b>" * 20_000,
        "<optgroup>" * 20_000,
        "".join(f"<html a{n}>" for n in range(20_000)),
        "<table>" + "<br>" * 20_000,
        "<table><!-- <td> -->" + "<br>x" * 20_000,
        '<table title="<td>">' + "<br>x" * 20_000,
    ],
)
def test_nesting_that_only_a_parser_sees_is_bounded(markup):
    assert check(markup, DEFAULT) == "nesting"


def test_no_break_spaces_are_entities():
    assert check("\u00a0" * 60_000, DEFAULT) == "entities"


def test_tables_are_no_wider_than_what_is_in_them():
    wide = lay_out([[["x" * 500], ["y"]], [["z"], ["z"]]])
    assert wide == ["x" * 500, "y", "", "z  z"]
    assert lay_out([]) == []
    assert lay_out([[[""], ["a"], []], [["b"], ["c"], ["d"]], [["e"], [], ["f"]]]) == ["a", "b  c  d", "e     f"]
