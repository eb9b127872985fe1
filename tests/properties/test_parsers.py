"""What holds for all octets."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers import parse
from parsers.addresses import parse_addresses
from parsers.cleaners import clean
from parsers.headers import decode_words, parse_parameters
from parsers.markup import html_to_text, safe_html, text_to_html
from parsers.message_ids import parse_message_ids
from parsers.model import Body
from parsers.parts.filenames import safe_filename
from parsers.subject import base_subject, find_references, without_references
from parsers.view import as_object

MAILS = [path.read_bytes() for path in (Path(__file__).parents[1] / "golden" / "mail").glob("*/mail.eml")]
PIECES = [
    b"\n",
    b"\r\n",
    b"\n\n",
    b": ",
    b"--b",
    b"--b--",
    b"Content-Type: multipart/mixed; boundary=b",
    b"Subject: ",
    b"From: ",
    b"Content-Type: text/html",
    b"Content-Type: message/rfc822",
    b"Content-Transfer-Encoding: base64",
    b"=?utf-8?q?",
    b"?=",
    b"<div>",
    b"</div>",
    b"<a href=",
    b"&amp;",
    b"> ",
    b"On 1 wrote:",
    b"-- ",
    b"\xff",
    b"\xc3",
    b"From: a@b.c\nDate: x\nTo: y",
    b"text",
    b"filename*0*=utf-8''",
    b'"',
    b";",
    b"<",
    b">",
    b"@",
    b"(",
    b"\0",
    b"---- Forwarded message ----",
]
assembled = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=60).map(b"".join)
MARKUP = [
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<a href='",
    '<a href="javascript:x">',
    "</a>",
    "<img src=cid:x>",
    "<img src='http://a.example/b.gif'>",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<table>",
    "<tr><td>",
    "</table>",
    "<svg>",
    "<math>",
    "<form>",
    "<textarea>",
    "<title>",
    "<noscript>",
    "<template>",
    "<iframe>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<blockquote type=cite>",
    "</blockquote>",
    "<div class=gmail_quote>",
    "<p style='color:red;position:fixed'>",
    "onload=x",
    "&lt;",
    "&amp;",
    "&#60;",
    "&nbsp;",
    "\u00a0",
    "<",
    ">",
    "'",
    '"',
    "=",
    "x",
    " ",
    "\n",
    "https://a.example/?b=c&d=e",
    "<o:p>",
    "<ul><li>",
    "<select><option>",
    "<pre>\n",
    "<br>",
    "<body onload=x>",
    "<meta http-equiv=refresh>",
    "<base href=//a>",
    "\0",
]
FORBIDDEN = (
    "<script",
    "<style",
    "<iframe",
    "<svg",
    "<math",
    "<form",
    "<meta",
    "<base",
    "<textarea",
    "<template",
    "<title",
)
KEYS = as_object(parse(b"")).keys()
markups = st.lists(st.sampled_from(MARKUP) | st.text(max_size=5), max_size=40).map("".join)
SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
lines = st.lists(
    st.sampled_from(
        [
            "",
            "Hello there.",
            "> quoted",
            "On 1 Jan 2026 Jo <j@x.y> wrote:",
            "-- ",
            "Sent from my iPhone",
            "-----Original Message-----",
            "From: Jo <j@x.y>",
            "Sent: now",
            "To: us",
            "Subject: x",
        ]
    )
    | st.text(max_size=20),
    max_size=25,
).map("\n".join)


def holds(octets):
    """What holds of every mail."""
    mail = parse(octets)
    assert not [one for one in mail.defects if one.startswith("unreadable")]
    for one in mail.attachments:
        assert one.filename
        assert "/" not in one.filename
    found = as_object(mail)
    assert found.keys() == KEYS
    assert json.loads(json.dumps(found, allow_nan=False, ensure_ascii=False).encode()) == found
    assert bool(mail.body.reply_text.strip()) == bool(mail.body.text.strip()) or mail.forward
    for markup in (mail.body.html, mail.body.reply_html):
        is_safe(markup or "")
    return mail


def is_safe(markup):
    """Nothing forbidden is in it, and made safe again it is the same, unless it has become too much by its escapes."""
    assert not [one for one in FORBIDDEN if one in markup.lower()]
    again, defects = safe_html(markup)
    assert again == markup or defects


@given(assembled | st.binary(max_size=500))
@SETTINGS
def test_any_octets_parse(octets):
    assert holds(octets) == parse(octets)


@given(st.sampled_from(MAILS), st.data())
@SETTINGS
def test_damaged_mails_parse(octets, data):
    at = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(at, min(at + 40, len(octets))))
    holds(octets[:at] + data.draw(st.sampled_from(PIECES)) + octets[end:])


@given(lines)
@SETTINGS
def test_a_body_with_text_never_becomes_empty(text):
    once = clean(Body(text=text, reply_text=text))
    assert bool(once.reply_text.strip()) == bool(text.strip())
    assert once.text == text
    holds(b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode("utf-8", "replace"))


@given(lines)
@SETTINGS
def test_cleaning_is_idempotent(text):
    once = clean(Body(text=text, reply_text=text))
    assert clean(Body(text=text, reply_text=once.reply_text)).reply_text == once.reply_text


@given(markups | st.text(alphabet=st.sampled_from("<>/abdivp \"'=&;!-[]:\n")))
@SETTINGS
def test_safe_html_is_idempotent_and_becomes_text(markup):
    is_safe(safe_html(markup)[0])
    html_to_text(markup)
    mail = holds(b"Content-Type: text/html; charset=utf-8\n\n" + markup.encode("utf-8", "replace"))
    assert mail.body.html is not None or not mail.body.text


@given(st.text())
@SETTINGS
def test_small_readers_take_any_text(text):
    decode_words(text)
    parse_parameters(text)
    assert all("@" in one.address for one in parse_addresses(text))
    assert all(one.strip() for one in parse_message_ids(text))
    assert base_subject(base_subject(text)) == base_subject(text)
    kinds = [("[ID:", "]"), ("#", ""), ("case ", " ")]
    assert find_references(without_references(text, kinds), kinds) == ()
    assert safe_filename(text, "text/plain")
    assert safe_html(text_to_html(text))[1] == ()
