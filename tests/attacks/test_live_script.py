"""A mail's script on a ticket: what was words stays words, whichever way the mail takes, by the installed command."""

from __future__ import annotations

import re
from base64 import b64encode
from email.message import EmailMessage

import pytest
from fakes.messages import USER
from fakes.stack import Stack
from lxml import etree, html

from gateway.halo import wire
from gateway.smtp import texts as texts_of

SCRIPT = "&lt;script&gt;alert(%d)&lt;/script&gt; &lt;img src=x onerror=alert(%d)&gt;"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
DATA = f'<img src="data:image/png;base64,{b64encode(PNG).decode()}">'
FORWARDED = "---------- Forwarded message ---------<br>From: Jo &lt;jo@c.example&gt;<br>"
QUOTED = '<div class="gmail_quote">On Mon, 5 Jan 2026 Jo &lt;jo@c.example&gt; wrote:<blockquote>old</blockquote></div>'
GENUINE = 'see <img alt="zebra.png" src="[^"]+" width="60"> there'
LIVE = {"script", "iframe", "object", "embed", "svg", "math", "form", "style", "link", "meta", "base"}


def mail(
    number: int, markup: str, *, sender: str = "Anna <anna@customer.example>", subject: str = "", reply: str = "",
    picture: str = "", name: str = "zebra.png",
) -> bytes:  # fmt: skip
    made = EmailMessage()
    made["From"], made["To"] = sender, USER
    made["Subject"] = subject or f"Variant {number} <script>alert({number})</script>"
    made["Message-ID"] = f"<m{number}@customer.example>"
    if reply:
        made["In-Reply-To"] = f"<{reply}@customer.example>"
    made.set_content("see <script>alert(0)</script>")
    made.add_alternative(markup, subtype="html")
    if picture:
        made.get_payload()[1].add_related(PNG, "image", "png", cid=f"<{picture}>", filename=name)
    return made.as_bytes()


def texts(stack: Stack) -> list[str]:
    """All HTML that HaloPSA holds."""
    held = [one.fields for one in (*stack.sandbox.tickets, *stack.sandbox.actions)]
    rich = ("details_html", "note_html") if stack.sandbox.dialect == "observed" else ("details", "note")
    return [str(fields[name]) for fields in held for name in rich if fields.get(name)]


def live(markup: str) -> list[str]:
    """What of it would run or load."""
    found = []
    for one in html.fragment_fromstring(markup, create_parent="div").iter(etree.Element):
        found += [str(one.tag)] if one.tag in LIVE else []
        found += [name for name in one.attrib if name.startswith("on") or name in {"srcdoc", "action", "formaction"}]
        found += [one.get(name) for name in ("href", "src") if "script:" in one.get(name, "")]
    return found


def words(number: int) -> str:
    return f"<script>alert({number})</script> <img src=x onerror=alert({number})>"


@pytest.mark.parametrize("dialect", ["observed", "documented"])
async def test_words_of_a_mail_never_become_a_script(tmp_path, dialect):
    said = {number: SCRIPT.replace("%d", str(number)) for number in range(1, 12)}
    plain = 'see <img src="cid:zebra@c" width="60"> there'
    async with Stack(tmp_path, dialect=dialect) as stack:
        for octets in (
            mail(1, f"{said[1]} the letters cid: are enough"),
            mail(2, f'{said[2]}<img src="cid:zebra@c">', picture="zebra@c"),
            mail(3, f"{said[3]}{DATA}"),
            mail(4, f"{FORWARDED}{said[4]} cid:", subject="Fwd: x"),
            mail(5, f'<p>{said[5]}</p><img src="cid:q%22@c">', picture='q"@c', name='"><script>alert(5)</script>.png'),
            mail(6, f"<ul><li>{said[6]}</ul>cid:"),
            mail(7, plain, picture="zebra@c", subject="Genuine"),
        ):  # fmt: skip
            stack.deliver(octets)
        assert await stack.once() == 0
        stack.deliver(mail(8, f'{said[8]} <img src="cid:zebra@c">', reply="m1", picture="zebra@c"))
        stack.deliver(mail(9, f"{said[9]} cid:", reply="m2", sender="<i>Mal</i> <mal@evil.example>"))
        stack.deliver(mail(10, f"{said[10]} cid:{QUOTED}", reply="m3"))
        stack.deliver(mail(11, plain, reply="m7", picture="zebra@c"))
        assert await stack.once() == 0
        held = texts(stack)
        assert [live(one) for one in held if live(one)] == []
        shown = [html.fragment_fromstring(one, create_parent="div").text_content() for one in held]
        for number in (1, 2, 3, 4, 5, 6, 8, 9, 10):
            assert any(words(number) in one for one in shown), number
        links = [one for text in held for one in re.findall('<img[^>]* src="([^"]+)"', text)]
        assert all(one.startswith(stack.url) for one in links)
        if dialect == "observed":
            assert len(links) >= 5
            genuine = [text for text in held if re.search(GENUINE, text)]
        else:
            genuine = [text for text in held if "see [picture: zebra.png] there" in text]
        assert len(genuine) >= 2
        for answer in stack.smtp.messages:
            assert b"<script>alert" not in answer.octets.replace(b"=\r\n", b"").split(b"text/html")[-1]


async def test_a_picture_from_afar_is_not_shown(tmp_path):
    async with Stack(tmp_path) as stack:
        afar = '<img src="http://afar.example/x.png">'
        stack.deliver(mail(1, f'{SCRIPT.replace("%d", "1")}{afar}<img src="cid:zebra@c">', picture="zebra@c"))
        assert await stack.once() == 0
        assert not any("afar.example" in one for one in texts(stack))


@pytest.mark.parametrize(
    ("link", "usable"),
    [
        ("https://halo.example/api/Attachment/image?token=x", True),
        ("https://HALO.example:443/x", True),
        ("/api/Attachment/image?token=x", True),
        ("https://halo.example.evil.example/x", False),
        ("https://evil.example/x", False),
        ("https://halo.example@evil.example/x", False),
        ("https://user@halo.example/x", False),
        ("https://halo.example:8443/x", False),
        ("http://halo.example/x", False),
        ("//evil.example/x", False),
        ("/\\evil.example/x", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ('https://halo.example/x" onerror="alert(1)', False),
        ("https://halo.example:x/", False),
        ("https://[halo.example/", False),
    ],
)
def test_only_links_of_the_server_itself_are_shown(link, usable):
    assert wire.link({"link": link}, "https://halo.example") == (link if usable else "")


def test_an_operators_template_escapes_what_it_includes_under_another_name(tmp_path):
    (tmp_path / "_greeting.txt.j2").write_text("About {{ summary }}", "utf-8")
    (tmp_path / "acknowledgement.txt.j2").write_text("{% include '_greeting.txt.j2' %}", "utf-8")
    (tmp_path / "acknowledgement.html.j2").write_text("<p>{% include '_greeting.txt.j2' %}</p>", "utf-8")
    values = {"summary": "<script>alert(1)</script>", "kind": "opened", "language": "en"}
    plain, rich = texts_of.render(values, base="acknowledgement", mailbox="", language="en", folder=tmp_path)
    assert plain == "About <script>alert(1)</script>"
    assert rich == "<p>About &lt;script&gt;alert(1)&lt;/script&gt;</p>"
