"""Mails whose HTML attacks whoever reads it: made by chance from a seed, the same ones every time.

Promises: `Hostile(seed).mail(n)` is a whole mail; its scripts call `ran()`, what it loads is at `vN.load.example`; the
words of `escaped` stand in many of them as text. They are made of vectors that are known to work, broken and nested as
fuzzers do, in all the structures that mails have. Knows nothing of what is done about them.
"""

from __future__ import annotations

import html
import random
from base64 import b64encode
from pathlib import Path

VECTORS = [
    line
    for line in (Path(__file__).parents[1] / "e2e" / "attack_vectors.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("# ")
]
CHARACTERS = {"{TAB}": "\t", "{LF}": "\n", "{CR}": "\r", "{NUL}": "\0", "{NBSP}": "\u00a0"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
DATA = f"data:image/png;base64,{b64encode(PNG).decode()}"
CIDS = (
    "a@b", "bild%201@x", "A@B", "q&quot;@b", "&lt;i&gt;@b", "none@b", "a@b' onerror='ran()", "a@b&quot; onerror=ran() x=&quot;",
    'a@b" onerror="ran()', "a@b&amp;quot;&gt;&lt;script&gt;ran()&lt;/script&gt;",
)  # fmt: skip
AROUND = (
    "<svg><style>%s</style></svg>", "<math><mtext><table><mglyph><style><!--</style>%s", '<noscript><p title="</noscript>%s">',
    "<template>%s</template>", "<!--%s-->", "<!-->%s", "<![CDATA[%s]]>", "<svg><![CDATA[%s]]></svg>", "<title>%s</title>",
    "<textarea>%s</textarea>", "<select><option>%s", "<table>%s<tr><td>x", "<table><caption>%s", "<a href=x>%s<a>y", "<form>%s<form>",
    "<!--[if mso]>%s<![endif]-->", "<![if !mso]>%s<![endif]>", "<xmp>%s</xmp>", "<plaintext>%s", "<pre>\n\n%s</pre>",
    "<p title='%s'>x", '<img alt="%s">', '<a title="%s" href="http://a.example">x</a>', '<svg></p><style><a id="%s">', "<b><p>%s</b>x",
    "<math><annotation-xml encoding='text/html'>%s", "<svg><foreignObject>%s", "<details open>%s", '<iframe srcdoc="%s"></iframe>',
    "<noembed>%s</noembed>", "<blockquote type=cite>%s</blockquote>", '<font face="%s">x', '<p style="%s">x', "<li>%s<ul><li>", "%s",
)  # fmt: skip
CHARSETS = ("utf-8", "utf-8", "utf-8", "windows-1252", "utf-7", "utf-16", "iso-2022-jp", "shift_jis", "hz-gb-2312", "x")
QUOTED = '<div class="gmail_quote">On Mon, 5 Jan 2026 Jo &lt;jo@example.com&gt; wrote:<blockquote>%s</blockquote></div>'
FORWARDED = (
    "---------- Forwarded message ---------<br>From: Jo &lt;jo@example.com&gt;<br>Date: Mon, 5 Jan 2026<br>"
    "Subject: x<br>To: a@example.com<br><br>%s"
)
OUTLOOK = '<hr tabindex="-1"><div id="divRplyFwdMsg"><b>From:</b> Jo<br><b>Sent:</b> Monday<br><b>To:</b> A<br></div>%s'


class Hostile:
    """One series."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def markup(self, number: int) -> str:
        """The HTML of one mail."""
        chance = random.Random(f"{self._seed} {number}")
        return "".join(self._piece(chance, number) for _ in range(chance.randint(1, 4)))

    def mail(self, number: int) -> bytes:
        """One mail."""
        chance = random.Random(f"mail {self._seed} {number}")
        return _mail(chance, self.markup(number), self.markup(-number - 1))

    def _piece(self, chance: random.Random, number: int) -> str:
        kind = chance.random()
        vector = self._vector(chance, number)
        if kind < 0.3:
            piece = html.escape(vector, quote=False)
            if chance.random() < 0.3:
                piece = html.escape(piece)
        elif kind < 0.4:
            piece = "".join(f"&#{ord(one)}" + chance.choice(";;; ") for one in vector[:200])
        elif kind < 0.5:
            piece = f'<img src="{chance.choice(("cid:", "CID:", "cid: "))}{chance.choice(CIDS)}" onerror=ran()>{vector}'
        elif kind < 0.55:
            piece = f'<img src="{DATA}" onerror="ran()">{html.escape(vector, quote=False)} cid:'
        else:
            piece = vector
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            piece = chance.choice(AROUND).replace("%s", piece)
        if chance.random() < 0.02:
            piece = (
                chance.choice(("<div>", "<b>", "<font>", "<table><tr><td>", "<svg>", "<p><a>"))
                * chance.randint(20, 300)
                + piece
            )
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            piece = _broken(chance, piece)
        return piece

    def _vector(self, chance: random.Random, number: int) -> str:
        markup = chance.choice(VECTORS)
        for name, character in CHARACTERS.items():
            markup = markup.replace(name, character)
        host = f"v{max(number, -number - 1)}.load.example/x"
        return markup.replace("{URL}", f"http://{host}").replace("{HOST}", host)


def _broken(chance: random.Random, piece: str) -> str:
    """One mutation."""
    at = chance.randrange(len(piece) + 1)
    to = min(at + chance.randint(1, 8), len(piece))
    match chance.randrange(7):
        case 0:
            return piece[:at] + piece[to:]
        case 1:
            return piece[:to] + piece[at:]
        case 2:
            return piece[:at] + chance.choice("\0\t\n\x0c<>\"'`=/&;\u00a0\ufeff!-]") + piece[at:]
        case 3:
            return piece[:at] + piece[at:to].swapcase() + piece[to:]
        case 4:
            return piece[:at] + html.escape(piece[at:to]) + piece[to:]
        case 5:
            return (
                piece[:at]
                + chance.choice(("<!--", "-->", "]]>", "</style>", "</svg>", "</p>", "&lt", "<br>"))
                + piece[at:]
            )
        case _:
            return piece[:at] + html.unescape(piece[at:])


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset, "replace")
    except (LookupError, UnicodeError):
        return text.encode("utf-8", "replace")


def _part(chance: random.Random, markup: str, kind: str = "text/html", more: str = "") -> bytes:
    charset = chance.choice(CHARSETS)
    octets = b64encode(_encoded(markup, charset)).decode()
    lines = "\r\n".join(octets[at : at + 76] for at in range(0, len(octets), 76))
    head = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n{more}"
    return f"{head}\r\n{lines}\r\n".encode()


def _joined(kind: str, *parts: bytes) -> bytes:
    boundary = f"b{sum(map(len, parts))}"
    mark = f"--{boundary}\r\n".encode()
    body = b"".join(mark + part for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + body
        + f"--{boundary}--\r\n".encode()
    )


def _picture(chance: random.Random) -> bytes:
    named = html.unescape(chance.choice(CIDS)).replace("%20", " ")
    name = chance.choice(
        ("z.png", "<img src=x onerror=ran()>.png", '"><script>ran()</script>.png', "[mail reference 0123456789]")
    )
    quoted = name.replace('"', '\\"')
    head = f'Content-Type: image/png; name="{quoted}"\r\nContent-ID: <{named}>\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode() + b64encode(PNG) + b"\r\n"


def _mail(chance: random.Random, markup: str, other: str) -> bytes:
    said = " ".join(html.unescape(other).split())[:300].encode("ascii", "ignore").decode()
    said = "".join(one for one in said if one.isprintable())
    subject = chance.choice(("Re: x", "Fwd: x", "x", f"x {said}"))
    head = f'From: "<script>ran()</script>" <mal@example.com>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n'.encode()
    plain = _part(chance, chance.choice(("see", markup, other)), "text/plain")
    match chance.randrange(10):
        case 0:
            body = _part(chance, markup)
        case 1:
            body = _joined("alternative", plain, _part(chance, markup))
        case 2:
            body = _joined("related", _part(chance, markup), _picture(chance), _picture(chance))
        case 3:
            body = _joined("mixed", _part(chance, markup), plain, _part(chance, other))
        case 4:
            body = plain
        case 5:
            body = _part(chance, f"<p>new</p>{markup}" + QUOTED % other)
        case 6:
            body = _part(chance, f"{markup}<br>" + FORWARDED % other)
        case 7:
            body = _part(chance, f"{markup}<br>" + OUTLOOK % other)
        case 8:
            inside = b"Content-Type: message/rfc822\r\n\r\nFrom: a@example.com\r\nSubject: y\r\n" + _part(
                chance, markup
            )
            body = _joined("mixed", _part(chance, chance.choice(("", other))), inside)
        case _:
            body = _joined("mixed", _part(chance, markup, more="Content-Disposition: inline\r\n"), _picture(chance))
    return head + body
