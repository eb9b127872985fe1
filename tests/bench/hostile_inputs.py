"""Mail made to hurt: a catalogue of makers, each a function of a size in octets.

Promises: pure; every input is close to the size asked for and made of invented text. A maker aims at one loop, table
or library; what it aims at is its name. Beyond 150 lines because it is a table. Knows nothing of what the parsers do
about it: `hostile.py` measures, `test_parsers_hostile.py` reads small ones of each.
"""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable

Maker = Callable[[int], bytes]

HEAD = b"From: Ada <ada@example.com>\nTo: desk@example.com\nMessage-ID: <x@example.com>\nSubject: Fwd: y\n"
REPORT = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\n"
)
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
ON = b"On Mon, 2 Mar 2026 at 10:00, Bob <bob@example.com> wrote:\n"
BLOCK = b"From: Bob <bob@example.com>\nSent: Monday, 2 March 2026 10:00\nTo: Ada <ada@example.com>\nSubject: y\n\n"


def fill(piece: bytes, size: int) -> bytes:
    """As many repetitions as fit."""
    return piece * max(size // len(piece), 1)


def numbered(pattern: bytes, size: int) -> bytes:
    """`pattern % n` for n = 0, 1 … until the size is reached: nothing in it is the same twice."""
    return b"".join(pattern % n for n in range(max(size // (len(pattern) + 4), 1)))


def text(body: bytes, encoding: bytes = b"8bit", kind: bytes = b"text/plain; charset=utf-8") -> bytes:
    return HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body


def reply(body: bytes) -> bytes:
    """The same as an answer: other searches are made than in what is passed on."""
    return text(body).replace(b"Subject: Fwd: y", b"Subject: Re: y", 1)


def html(markup: bytes) -> bytes:
    return text(markup, kind=b"text/html; charset=utf-8")


def field(name: bytes, value: bytes) -> bytes:
    return name + b": " + value + b"\nMessage-ID: <x@example.com>\n\nHello.\n"


def attached(kind: bytes, octets: bytes, extra: bytes = b"") -> bytes:
    return (
        HEAD + MIXED + b"--b\n\nHello.\n--b\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n" + extra
        + b"\n" + base64.encodebytes(octets) + b"--b--\n"
    )  # fmt: skip


def multiparts(size: int, kind: bytes = b"mixed") -> bytes:
    out, n, length = [HEAD], 0, 0
    while length < size:
        out.append(b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (kind, n, n))
        length += len(out[-1])
        n += 1
    return b"".join(out) + b"\nhello"


def messages(size: int) -> bytes:
    return HEAD + fill(b"Content-Type: message/rfc822\n\nSubject: x\nFrom: a@example.com\n", size) + b"\n\nhello"


def forwards(size: int) -> bytes:
    """Multiparts with a message that holds the next, and its text."""
    out, n, length = [HEAD], 0, 0
    while length < size:
        out.append(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n\nsee below\n--b%d\n"
            b"Content-Type: message/rfc822\n\nSubject: x\nFrom: a@example.com\n" % (n, n, n)
        )
        length += len(out[-1])
        n += 1
    return b"".join(out) + b"\nhello"


def same_boundaries(size: int) -> bytes:
    return HEAD + fill(MIXED + b"--b\n", size)


def prefixed_boundaries(size: int) -> bytes:
    out = [HEAD, MIXED]
    out += [b"--b\nContent-Type: multipart/mixed; boundary=%s\n\n--%s\n" % (b"b" * n, b"b" * n) for n in range(2, 45)]
    return b"".join(out) + numbered(b"--bb%d\n\nx\n", size)


def tnef(size: int, attributes: int = 0) -> bytes:
    """A TNEF stream (MS-OXTNEF §2.1.3): many attributes, or one that says it is longer than it is."""
    out = [struct.pack("<IH", 0x223E9F78, 1)]
    if not attributes:
        return out[0] + struct.pack("<BII", 2, 0x0006800F, 0xFFFFFFF0) + b"x" * size
    for n in range(size // 21):
        data = struct.pack("<I", n)
        out.append(struct.pack("<BII", 2, attributes, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF))
    return b"".join(out)


def tnef_properties(size: int) -> bytes:
    """A message property list with as many properties as fit."""
    count = size // 8
    data = struct.pack("<I", count) + b"".join(struct.pack("<HHI", 3, 0x1000 + n % 0x6000, n) for n in range(count))
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + struct.pack("<BII", 1, 0x00069003, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    )  # fmt: skip


def tnef_rtf(size: int) -> bytes:
    """Compressed RTF (MS-OXRTFCP) of nothing but references: each octet pair becomes up to 17."""
    packed = b"\xff" + b"\x00\x0f" * 8
    body = fill(packed, size)
    data = struct.pack("<IIII", len(body) + 12, 0x7FFFFFFF, 0x75465A4C, 0) + body
    prop = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(data)) + data
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + struct.pack("<BII", 1, 0x00069003, len(prop)) + prop + struct.pack("<H", sum(prop) & 0xFFFF)
    )  # fmt: skip


def der(size: int) -> bytes:
    """Nested constructed values of indefinite length (X.690 §8.1.3.6)."""
    return fill(b"\x30\x80", size)


def der_definite(size: int) -> bytes:
    out = bytearray()
    for n in range(size // 6):
        out += b"\x30\x84" + struct.pack(">I", max(size - 6 * (n + 1), 0))
    return bytes(out)


def der_signed(size: int) -> bytes:
    """SignedData whose content is cut into as many octet strings as fit."""
    oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    return (
        b"\x30\x80" + oid + b"\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + oid + b"\x01\xa0\x80\x24\x80"
        + fill(b"\x04\x01x", size)
    )  # fmt: skip


def der_value(tag: int, octets: bytes) -> bytes:
    """One value with a definite length of four octets."""
    return bytes((tag, 0x84)) + struct.pack(">I", len(octets)) + octets


def compressed(unpacked: int) -> bytes:
    """CompressedData (RFC 3274): a thousand times as large inside as it is outside."""
    oid = bytes.fromhex("060b2a864886f70d0109100109")
    inside = der_value(
        0x30,
        bytes.fromhex("06092a864886f70d010701") + der_value(0xA0, der_value(0x04, zlib.compress(bytes(unpacked), 9))),
    )
    zlib_oid = der_value(0x30, bytes.fromhex("060b2a864886f70d0109100308"))
    return der_value(0x30, oid + der_value(0xA0, der_value(0x30, b"\x02\x01\x00" + zlib_oid + inside)))


def bombs(size: int, count: int) -> bytes:
    """`count` parts of compressed S/MIME that unpack to as much as the size allows."""
    head = (
        b"--b\nContent-Type: application/pkcs7-mime; smime-type=compressed-data\nContent-Transfer-Encoding: base64\n\n"
    )
    whole = base64.encodebytes(compressed(min(size * 700 // count, 9_900_000 // count)))
    return HEAD + MIXED + (head + whole) * count + b"--b--\n"


def calendar(lines: bytes) -> bytes:
    return text(
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n" + lines,
        kind=b"text/calendar; method=REQUEST; charset=utf-8",
    )


def nested_tables(size: int) -> bytes:
    return html(b"<table><tr><td>" * 70 + b"x" * 1000 + fill(b"<br>x", size))


def random_octets(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def random_tags(size: int) -> bytes:
    """Markup without sense, the same every time."""
    chance = random.Random(2)
    names = b"a b p i div td tr table li ul ol font span u blockquote style h1 form select svg math pre s".split()
    pieces = [(b"<%s>", b"</%s>")[chance.random() < 0.4] % chance.choice(names) for _ in range(size // 6)]
    return html(b"x".join(pieces)[:size])


def formatting(size: int) -> bytes:
    return html(b"".join(b"<font color=%d>" % n for n in range(240)) + fill(b"<p>x", size))


def authentication(value: bytes) -> bytes:
    return b"Authentication-Results: mx.example.com; " + value + b"\n" + HEAD + b"\nHello.\n"


LINES = {
    "marks": b"> x\n", "many marks": b">>>>>>>>>>>>>>>>>>>>>>>>>>>>> x\n", "bare marks": b">\n", "marks apart": b"> x\ny\n",
    "marks, blank": b"> x\n\n", "spaced marks": b" > > > x\n", "wrapped marks": b"> " + b"x" * 70 + b"\ny\n",
    "On": b"On \n", "On a line": b"On 1 Jan 2026 at 10:00 Bob\n", "attributions": ON, "wrote": b"On 1 wrote:\n",
    "attributions, marked": b"> " + ON + b">> x\n", "attribution and answer": ON + b"> x\n\nyes\n\n",
    "wrapped attributions": b"On Mon, 2 Mar 2026 at 10:00,\nBob\n<bob@example.com>\nwrote\n",
    "schrieb": b"Am 01.02.2026 um 10:00 schrieb Bob <bob@example.com>\n", "Japanese": "2026年1月1日(木) 10:00 Bob:\n".encode(),
    "verb without end": b"On 1 Jan 2026 wrote wrote wrote wrote\n", "dates": b"2026-01-01 10:00 <a@example.com>\n",
    "From lines": b"From: x\n", "From and To": b"From: x\nTo: y\n", "header blocks": BLOCK, "blocks, marked": b"> From: x\n> To: y\n",
    "labels": b"Subject: x\n", "wrapped label": b"From: x\n" + b"y\n" * 45, "bold labels": b"*From:* x\n*Sent:* y\n",
    "forward lines": b"---------- Forwarded message ----------\n", "forwards": b"---------- Forwarded message ----------\n" + BLOCK,
    "Begin forwarded": b"Begin forwarded message:\n\n", "original lines": b"-----Original Message-----\n",
    "originals": b"-----Original Message-----\n" + BLOCK, "rules": b"________________________________\n", "rules and blank": b"__________________\n\n",
    "rules and blocks": b"________________________________\n" + BLOCK, "dashes": b"----------\n", "framed": b"--- xxxx ---\n",
    "framed blank": b"--- xxxx ---\n\n", "equals": b"====================\n", "-- ": b"-- \n", "--": b"--\n", "-- and name": b"-- \nBob\n",
    "sign-offs": b"Kind regards\n", "sign-offs, blank": b"Best regards,\n\nBob\n\n", "devices": b"Sent from my iPhone\n", "Get Outlook": b"Get Outlook for iOS<https://aka.ms/x>\n",
    "disclaimers": b"This e-mail is confidential and intended only for the addressee.\n", "disclaimer, blank": b"CONFIDENTIALITY NOTICE: x\n\n",
    "blank lines": b"\n", "blank lines with blanks": b" \t\n", "one letter": b"a\n", "no-break spaces": "\u00a0\n".encode(), "line feeds": b"\r", "form feeds": b"\x0c\n",
    "brackets": b"[image: x]\n", "links": b"<https://example.com/x>\n", "cid": b"[cid:x@y]\n", "addresses": b"a@b.c\n", "marker": b"## reply above this line ##\n",
    "markers": b"-- Please reply above this line --\n", "uuencode": b"begin 644 x\n#86)C\n`\nend\n", "uuencode without end": b"begin 644 x\n", "uuencoded lines": b"M" + b"8" * 60 + b"\n",
    "uuencode, bad": b"begin 644 x\nM\n", "PGP": b"-----BEGIN PGP MESSAGE-----\n", "PGP signed": b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n- x\n-----BEGIN PGP SIGNATURE-----\n",
    "asterisks": b"* x\n** y\n", "hashes": b"#1 x\n", "bounced": b"<a@example.com>: 550 5.1.1 unknown\n", "final recipient": b"Final-Recipient: rfc822;a@b\nAction: failed\n",
    "status": b"550 5.1.1 <a@example.com>\n", "returned": b"Message-ID: <x@example.com>\n", "colons": b":\n", "wide colons": "：\n".encode(), "a colon each": b"a:\n",
    "right to left": "\u200f\u202b> x\n".encode(), "zero width": "\u200b\n".encode(), "hidden marks": "\ufeff> x\n".encode(), "ends with digit": b"Bob Smith 10:00:\n",
}  # fmt: skip
RUNS = {
    "blanks": b" ", "marks": b">", "spaced marks": b"> ", "dashes": b"-", "underscores": b"_", "spaced dashes": b"- ", "equals": b"=", "asterisks": b"*", "pipes": b"|",
    "On": b"On ", "wrote": b" wrote", "wrote:": b" wrote:", "angle": b"<", "addresses": b"<a@b> ", "bare addresses": b"a@b.c ", "at": b"@", "at a": b"a@", "digits": b"1",
    "dates": b"2026-01-01 ", "times": b"10:00 ", "colons": b":", "wide colons": "：".encode(), "From:": b"From: ", "From: x": b"From: x ", "tabs": b"\t", "no-break": "\u00a0".encode(),
    "brackets": b"[", "square": b"[]", "cid": b"[cid:", "https": b"https://", "link": b"https://a.b/c ", "safelinks": b"https://eur01.safelinks.protection.outlook.com/?url=",
    "mailto": b"mailto:", "combining": "e\u0301".encode(), "marks of Zalgo": "\u0301".encode(), "emoji": "\U0001f600".encode(), "ligature": "\ufdfa".encode(), "dotted I": "\u0130".encode(),
    "direction": "\u202e".encode(), "nul": b"\0", "controls": b"\x01\x02", "escape": b"\x1b$B", "hz": b"~{", "utf-7": b"+", "utf-7 words": b"+AGE-", "quotes": b'"', "parens": b"(",
    "semicolons": b";", "begin": b"begin 644 ", "forward": b"----- Forwarded message -----", "backslash": b"\\", "slash": b"/", "percent": b"%41", "ampersand": b"&amp;", "sharp s": "ß".encode(),
}  # fmt: skip
MARKUP = {
    "less-than": b"<", "greater-than": b">", "ampersands": b"&", "ampersand a": b"&a", "ampersand, blank": b"& ", "amp": b"&amp;", "hashes": b"&#", "numbers": b"&#x26;", "long names": b"&CounterClockwiseContourIntegral",
    "divs": b"<div>", "empty divs": b"<div></div>", "divs, text": b"<div>x</div>", "comments": b"<!--", "closed comments": b"<!---->", "comment ends": b"-->", "odd comments": b"<!--->x", "bang": b"<!", "pi": b"<?", "doctype": b"<!DOCTYPE html>",
    "cdata": b"<![CDATA[", "conditional": b"<!--[if mso]>x<![endif]-->", "downlevel": b"<![if !mso]>x<![endif]>", "open tags": b"<a ", "open quotes": b'<a b="', "open single": b"<a b='", "end tags": b"</div>", "ends of p": b"</p>", "ends of br": b"</br>",
    "b": b"<b>", "b and p": b"<b><p>", "b p text": b"<b>x<p>y", "a": b"<a>", "a href": b'<a href="http://a.b/c">x', "a closed": b'<a href="http://a.b/c">x</a>', "b i wrong": b"<b><i></b></i>", "b div wrong": b"<b><div></b>", "i p wrong": b"<i><p></i>", "a div": b"<a><div></a>",
    "font": b"<font color=red>", "font p": b"<font size=1><p>x</font>", "span": b"<span>", "span closed": b"<span>x</span>", "p": b"<p>", "p text": b"<p>x", "br": b"<br>", "br text": b"<br>x", "hr": b"<hr>", "nbsp": b"&nbsp;", "nbsp p": b"<p>&nbsp;</p>",
    "tables": b"<table>", "tables closed": b"<table></table>", "tables in tables": b"<table><tr><td>", "cells": b"<td>", "cells text": b"<td>x", "rows": b"<tr>", "rows text": b"<tr><td>x", "foster": b"<table>x", "foster b": b"<table><b>x", "foster a": b"<table><a>x</table>",
    "wide rows": b"<table><tr>" + b"<td>x" * 100 + b"</table>", "colspan": b"<td colspan=10000>x", "rowspan": b"<tr><td rowspan=10000>x", "caption": b"<table><caption>", "tbody": b"<tbody>", "table p": b"<table><p>x", "table select": b"<table><select>",
    "li": b"<li>", "li text": b"<li>x", "ul": b"<ul>", "ul li": b"<ul><li>", "ul li text": b"<ul><li>x", "ul closed": b"<ul><li>x</ul>", "ol": b"<ol><li>x", "dl": b"<dl><dt>x<dd>y", "dd": b"<dd>", "option": b"<select><option>", "optgroup": b"<optgroup>", "ruby": b"<ruby><rt>x",
    "quotes": b"<blockquote>", "quotes text": b"<blockquote>x", "quotes closed": b"<blockquote>x</blockquote>", "cite": b'<blockquote type="cite">x', "cite closed": b'<blockquote type="cite">x</blockquote>', "gmail": b'<div class="gmail_quote">', "gmail closed": b'<div class="gmail_quote">x</div>',
    "gmail and answer": b'x<div class="gmail_quote"><div class="gmail_attr">On 1 Jan 2026 Bob wrote:</div>y</div>', "outlook": b'<div id="divRplyFwdMsg">x</div>', "outlook rule": b'<div style="border:none;border-top:solid #E1E1E1 1.0pt">x</div>', "appendonsend": b'<div id="appendonsend"></div>',
    "outlook block": b"<p><b>From:</b> x<br><b>Sent:</b> y<br><b>To:</b> z<br><b>Subject:</b> w</p>", "stopSpelling": b'<hr tabindex="-1" style="width:98%">', "moz": b'<div class="moz-cite-prefix">x</div>', "yahoo": b'<div class="yahoo_quoted">x</div>', "signature": b'<div class="gmail_signature">x</div>',
    "signature prefix": b'<span class="gmail_signature_prefix">-- </span><br>', "moz signature": b'<pre class="moz-signature">x</pre>', "proton": b'<div class="protonmail_quote">x</div>', "proton signature": b'<div class="protonmail_signature_block">x</div>', "zimbra": b'<hr id="zwchr">x',
    "apple": b'<br id="lineBreakAtBeginningOfMessage"><div><blockquote type="cite">x</blockquote></div>', "apple forward": b'<blockquote type="cite"><div>Begin forwarded message:</div><div><b>From: </b>x</div></blockquote>', "word": b"<o:p>&nbsp;</o:p>", "mso": b'<p class="MsoNormal" style="mso-x:y">x<o:p></o:p></p>',
    "vml": b"<v:shape><v:imagedata></v:shape>", "xml": b"<xml><w:WordDocument></xml>", "style": b"<style>", "style closed": b"<style>a{b:c}</style>", "style and text": b"<style>x</style>y", "script": b"<script>", "script closed": b"<script>x</script>", "script end": b"</script>", "title": b"<title>", "textarea": b"<textarea>",
    "plaintext": b"<plaintext>", "noscript": b"<noscript>", "noscript closed": b"<noscript>x</noscript>", "template": b"<template>", "iframe": b"<iframe>", "svg": b"<svg>", "svg g": b"<svg><g>", "svg p": b"<svg><p>", "math": b"<math><mi>", "math p": b"<math><p>", "mglyph": b"<math><mtext><table><mglyph><style>",
    "foreignObject": b"<svg><foreignObject>", "annotation": b"<math><annotation-xml encoding=text/html>", "button": b"<button>", "button p": b"<button><p>", "form": b"<form>", "form closed": b"<form></form>", "nobr": b"<nobr>", "nobr text": b"<nobr>x", "marquee": b"<marquee>", "applet": b"<object>", "frameset": b"<frameset>", "body": b"<body a=b>",
    "bodies": b"</body><body>", "html": b"<html a=b>", "head": b"<head>", "base": b"<base href=http://x/>", "meta": b"<meta charset=utf-8>", "img": b"<img>", "img src": b'<img src="cid:x">', "img afar": b'<img src="http://a.b/c.gif" width=1 height=1>', "data": b'<img src="data:image/png;base64,iVBORw0KGgo=">',
    "data open": b'<img src="data:image/png;base64,', "style attribute": b'<p style="color:red;color:blue">x</p>', "style url": b'<p style="background:url(http://a.b)">', "hidden": b'<div style="display:none">x</div>', "hidden open": b'<div style="display:none">', "title attribute": b'<p title="&lt;&gt;&amp;">',
    "safelinks": b'<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.b%2F&amp;data=x">x</a>', "empty names": b"< >", "slashes": b"</", "slash tags": b"<//>", "attribute equals": b"<a =b=c=d>", "tab names": b"<a\tb>", "nul tag": b"<a\0b>", "xmp": b"<xmp>", "listing": b"<listing>", "pre": b"<pre>\n", "pre closed": b"<pre>x\ny</pre>",
    "h1": b"<h1>", "h1 h2": b"<h1><h2>", "headings": b"<h1>x</h1>", "address": b"<address>", "center": b"<center>", "small big": b"<small><big>", "unknown": b"<x-y>", "unknown closed": b"<x-y>z</x-y>", "keygen": b"<keygen>", "image": b"<image>", "col": b"<col>", "details": b"<details><summary>x", "mark": b"<mark>x", "bdo": b"<bdo dir=rtl>x",
    "blank": b" ", "newlines": b"\n", "blank text": b"x ", "newline text": b"x\n", "words": b"<b>x</b> ", "nested inline": b"<b><i><u>x</u></i></b>", "ten formats": b"<b><i><u><s><tt><em><big><code><font><strong>x</p><p>",
}  # fmt: skip

CATALOGUE: dict[str, Maker] = {}
for _name, _piece in LINES.items():
    CATALOGUE[f"text, lines: {_name}"] = lambda size, piece=_piece: text(fill(piece, size))
    CATALOGUE[f"reply, lines: {_name}"] = lambda size, piece=_piece: reply(b"Hello.\n" + fill(piece, size) + b"\nend\n")
    CATALOGUE[f"note above lines: {_name}"] = lambda size, piece=_piece: reply(
        b"Hello.\n\n" + ON + b"\n" + fill(b"> " + piece, size)
    )
for _name, _piece in RUNS.items():
    CATALOGUE[f"text, one line: {_name}"] = lambda size, piece=_piece: text(fill(piece, size))
    CATALOGUE[f"reply, one line: {_name}"] = lambda size, piece=_piece: reply(
        b"Hello.\n\n" + fill(piece, size) + b"x\n"
    )
    CATALOGUE[f"text, lines of 390: {_name}"] = lambda size, piece=_piece: reply(fill(fill(piece, 390) + b"\n", size))
    CATALOGUE[f"subject: {_name}"] = lambda size, piece=_piece: field(b"Subject", fill(piece, size))
    CATALOGUE[f"from: {_name}"] = lambda size, piece=_piece: field(b"From", fill(piece, size) + b" <a@example.com>")
    CATALOGUE[f"html, text: {_name}"] = lambda size, piece=_piece: html(b"<p>" + fill(piece, size))
for _name, _piece in MARKUP.items():
    CATALOGUE[f"html: {_name}"] = lambda size, piece=_piece: html(fill(piece, size))
    CATALOGUE[f"html, limited: {_name}"] = lambda size, piece=_piece: html(
        (fill(piece, min(240, size // len(piece)) * len(piece)) + b"x") + fill(b"<p>y</p>" + b"z" * 200, size)
    )
CATALOGUE |= {
    "random octets": lambda size: text(random_octets(size)),
    "random octets, no charset": lambda size: HEAD + b"\n" + random_octets(size),
    "random octets alone": random_octets,
    "random octets, html": lambda size: html(random_octets(size)),
    "random tags": random_tags,
    "octets above ASCII": lambda size: HEAD + b"\n" + fill(bytes(range(128, 256)), size),
    "UTF-8 with scratches": lambda size: text(fill("äöü".encode() + b"\xff", size)),
    "ISO-2022-JP": lambda size: text(fill(b"\x1b$B$3\x1b(B", size), kind=b"text/plain; charset=iso-2022-jp"),
    "ISO-2022-KR": lambda size: text(fill(b"\x0e0!\x0f", size), kind=b"text/plain; charset=iso-2022-kr"),
    "HZ": lambda size: text(fill(b"~{", size), kind=b"text/plain; charset=hz-gb-2312"),
    "UTF-7": lambda size: text(fill(b"+AGEAYg-", size), kind=b"text/plain; charset=utf-7"),
    "UTF-7, wrong": lambda size: text(fill(b"+A", size), kind=b"text/plain; charset=utf-7"),
    "UTF-16": lambda size: text(fill(b"a\0", size), kind=b"text/plain; charset=utf-16"),
    "UTF-32, odd": lambda size: text(fill(b"a\0\0\0\xff", size), kind=b"text/plain; charset=utf-32"),
    "GB18030": lambda size: text(fill(b"\x81\x30\x81\x30", size), kind=b"text/plain; charset=gb2312"),
    "Big5, wrong": lambda size: text(fill(b"\xa4\x41\xff", size), kind=b"text/plain; charset=big5"),
    "charset not known": lambda size: text(fill(b"\xe4\xf6", size), kind=b"text/plain; charset=x-" + b"y" * 500),
    "punycode": lambda size: text(fill(b"abc-", size), kind=b"text/plain; charset=punycode"),
    "idna": lambda size: text(fill(b"abc.", size), kind=b"text/plain; charset=idna"),
    "base64 in the middle of it": lambda size: text(fill(b"QQ==", size), b"base64"),
    "base64, blanks": lambda size: text(fill(b"Q \n", size), b"base64"),
    "base64, nothing": lambda size: text(fill(b"=", size), b"base64"),
    "base64, none of it": lambda size: text(fill(b"!", size), b"base64"),
    "base64 line by line": lambda size: text(fill(b"Q\n", size), b"base64"),
    "quoted-printable": lambda size: text(fill(b"=", size), b"quoted-printable"),
    "quoted-printable, blanks": lambda size: text(fill(b" \n", size), b"quoted-printable"),
    "quoted-printable, soft": lambda size: text(fill(b"=\n", size), b"quoted-printable"),
    "quoted-printable, html": lambda size: text(fill(b"=3Cb=3E", size), b"quoted-printable", b"text/html"),
    "uuencode by header": lambda size: text(fill(b"M" + b"8" * 60 + b"\n", size), b"x-uuencode"),
    "uuencode by header, one line": lambda size: text(fill(b"M", size), b"x-uuencode"),
    "uuencode by header, blank": lambda size: text(fill(b" \n", size), b"x-uuencode"),
    "yenc": lambda size: text(fill(b"=ybegin line=128 size=1 name=x\n", size)),
    "flowed": lambda size: text(fill(b"x \n", size), kind=b"text/plain; format=flowed; delsp=yes"),
    "flowed marks": lambda size: text(fill(b"> x \n", size), kind=b"text/plain; format=flowed"),
    "flowed, deeper": lambda size: text(fill(b"> x \n>> y \n", size), kind=b"text/plain; format=flowed; delsp=yes"),
    "flowed, one paragraph": lambda size: text(fill(b" \n", size), kind=b"text/plain; format=flowed; delsp=yes"),
    "enriched": lambda size: text(fill(b"<bold>x", size), kind=b"text/enriched"),
    "enriched, brackets": lambda size: text(fill(b"<<", size), kind=b"text/enriched"),
    "rtf": lambda size: text(b"{\\rtf1" + fill(b"{\\b x", size), kind=b"text/rtf"),
    "fields": lambda size: fill(b"X: y\n", size),
    "fields of many names": lambda size: numbered(b"X-%d: y\n", size),
    "the same field": lambda size: fill(b"To: a@example.com\n", size) + b"\nHello.",
    "References in many fields": lambda size: fill(b"References: <a@b>\n", size) + b"\nHello.",
    "Received": lambda size: fill(b"Received: from a by b; Mon, 2 Mar 2026 10:00:00 +0000\n", size) + HEAD + b"\nx",
    "Authentication-Results": lambda size: fill(b"Authentication-Results: a; spf=pass\n", size) + HEAD + b"\nx",
    "no fields": lambda size: fill(b"hello\n", size),
    "lines that are no fields": lambda size: fill(b"X: y\nhello\n", size),
    "postmarks": lambda size: fill(b"From a@b Mon\n", size) + HEAD + b"\nx",
    "no colon": lambda size: b"Subject" + fill(b"x", size),
    "names without end": lambda size: fill(b"x" * 190 + b"\n", size),
    "blanks before the colon": lambda size: fill(b"X" + b" " * 5000 + b"y\n", size),
    "carriage returns": lambda size: fill(b"\r", size) + HEAD + b"\nx",
    "line feeds first": lambda size: fill(b"\n", size) + HEAD + b"\nx",
    "folds": lambda size: b"Subject: x\n" + fill(b" y\n", size),
    "folds of blanks": lambda size: b"Subject: x\n" + fill(b" \n", size) + b"\nx",
    "folds in To": lambda size: b"To: a@b\n" + fill(b" ,a@b\n", size),
    "folds in Content-Type": lambda size: b"Content-Type: text/plain\n" + fill(b" ;a=b\n", size),
    "folds in many fields": lambda size: fill(b"Subject: x\n" + b" y\n" * 200, size),
    "dates": lambda size: field(b"Date", fill(b"Mon, 2 Mar 2026 ", size)),
    "date digits": lambda size: field(b"Date", fill(b"1", size)),
    "encoded-words open": lambda size: field(b"Subject", fill(b"=?utf-8?q?a", size)),
    "encoded-words": lambda size: field(b"Subject", fill(b"=?utf-8?q?=41?= ", size)),
    "encoded-words, glued": lambda size: field(b"Subject", fill(b"=?utf-8?b?QQ==?=", size)),
    "encoded-words, charsets": lambda size: field(b"Subject", numbered(b"=?x-%d?q?=E4?= ", size)),
    "encoded-words, two charsets": lambda size: field(b"Subject", fill(b"=?utf-8?q?=E4?= =?latin1?q?=E4?= ", size)),
    "encoded-words, folded": lambda size: field(b"Subject", fill(b"=?utf-8?q?=41?=\n ", size)),
    "encoded-word starts": lambda size: field(b"Subject", fill(b"=?", size)),
    "encoded-word charset": lambda size: field(b"Subject", b"=?" + fill(b"x", size) + b"?q?a?="),
    "encoded-words in To": lambda size: field(b"To", fill(b"=?utf-8?q?a?= <a@b.c>, ", size)),
    "encoded-word starts in To": lambda size: field(b"To", fill(b"=?utf-8?q?" + b"a" * 390, size)),
    "encoded-words, open, in To": lambda size: field(b"To", fill(b"=?u?q?a ", size)),
    "commas in To": lambda size: field(b"To", fill(b",", size)),
    "addresses": lambda size: field(b"To", numbered(b"a%d@example.com, ", size)),
    "addresses in many fields": lambda size: numbered(b"Cc: a%d@example.com\n", size) + b"\nx",
    "names without address": lambda size: field(b"To", fill(b"a, ", size)),
    "comments in To": lambda size: field(b"To", fill(b"(a)", size)),
    "open comments in To": lambda size: field(b"To", fill(b"a (", size)),
    "angle in To": lambda size: field(b"To", fill(b"<a", size)),
    "closed angle in To": lambda size: field(b"To", fill(b"<a>", size)),
    "quotes in To": lambda size: field(b"To", fill(b'"a" ', size)),
    "escapes in To": lambda size: field(b"To", b'"' + fill(b"\\", size)),
    "groups in To": lambda size: field(b"To", fill(b"a:", size)),
    "groups of many": lambda size: field(b"To", fill(b"a:b@c;", size)),
    "words in To": lambda size: field(b"To", fill(b"a ", size)),
    "routes in To": lambda size: field(b"To", b"<" + fill(b"@a,", size)),
    "dots in To": lambda size: field(b"To", b"a@" + fill(b"a.", size)),
    "international To": lambda size: field(b"To", fill("a@ä.example, ".encode(), size)),
    "long domain": lambda size: field(b"To", b"a@xn--" + fill(b"a-", size)),
    "references": lambda size: field(b"References", numbered(b"<a%d@b> ", size)),
    "references open": lambda size: field(b"References", fill(b"<", size)),
    "references, open a": lambda size: field(b"References", fill(b"<a", size)),
    "references, words": lambda size: field(b"References", fill(b"a@b ", size)),
    "references, comments": lambda size: field(b"In-Reply-To", fill(b"(a@b", size)),
    "message-id": lambda size: b"Message-ID: <" + fill(b"a ", size) + b">\n\nx",
    "prefixes": lambda size: field(b"Subject", fill(b"Re: ", size)),
    "prefixes with counts": lambda size: field(b"Subject", fill(b"Re[2]: ", size)),
    "tags": lambda size: field(b"Subject", fill(b"[a] ", size)),
    "open tags in subject": lambda size: field(b"Subject", fill(b"[", size)),
    "trailers": lambda size: field(b"Subject", b"x" + fill(b" (fwd)", size)),
    "ticket tags": lambda size: field(b"Subject", fill(b"[ID:0", size)),
    "parameters": lambda size: b"Content-Type: text/plain" + fill(b";a*1*=x", size) + b"\n\nx",
    "parameter names": lambda size: b"Content-Type: text/plain" + numbered(b";a%d=x", size) + b"\n\nx",
    "segments": lambda size: b"Content-Disposition: attachment" + numbered(b";filename*%d*=%%41", size) + b"\n\nx",
    "semicolons": lambda size: b"Content-Type: text/plain" + fill(b";", size) + b"\n\nx",
    "quotes in parameters": lambda size: b'Content-Type: text/plain; a="' + fill(b"\\", size) + b"\n\nx",
    "parameter of words": lambda size: b'Content-Type: text/plain; name="' + fill(b"=?utf-8?q?a?= ", size) + b'"\n\nx',
    "stars in parameters": lambda size: b"Content-Type: text/plain;" + fill(b"*", size) + b"=x\n\nx",
    "filename": lambda size: attached(b"a/b", b"x", b'Content-Disposition: attachment; filename="' + fill(b"a.", size) + b'"\n'),
    "filename, slashes": lambda size: attached(b"a/b", b"x", b'Content-Disposition: attachment; filename="' + fill(b"/", size) + b'"\n'),
    "filename, direction": lambda size: attached(b"a/b", b"x", b'Content-Disposition: attachment; filename="' + fill("\u202e".encode(), size) + b'"\n'),
    "media type": lambda size: b"Content-Type: " + fill(b"a", size) + b"\n\nx",
    "multiparts": multiparts,
    "alternatives": lambda size: multiparts(size, b"alternative"),
    "digests": lambda size: multiparts(size, b"digest"),
    "messages in messages": messages,
    "forwards in forwards": forwards,
    "the same boundary": same_boundaries,
    "boundaries that begin alike": prefixed_boundaries,
    "parts": lambda size: HEAD + MIXED + fill(b"--b\n\nx\n", size),
    "parts of many types": lambda size: HEAD + MIXED + numbered(b"--b\nContent-Type: a/b%d\n\nx\n", size),
    "parts with fields": lambda size: HEAD + MIXED + fill(b"--b\n" + b"X: y\n" * 1000 + b"\nx\n", size),
    "html parts": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: text/html\n\n<b>x\n", size),
    "html parts, large": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: text/html\n\n" + b"<p>x" * 2000 + b"\n", size),
    "text parts": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: text/plain\n\n" + b"> x\n" * 500, size),
    "parts, octets": lambda size: HEAD + MIXED + fill(b"--b\n\n" + bytes(range(128, 256)) * 8 + b"\n", size),
    "attachments of one name": lambda size: HEAD + MIXED + numbered(b'--b\nContent-Type: a/b; name="x"\n\n%d\n', size),
    "attachments": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: application/pdf\n\nx\n", size),
    "pictures": lambda size: HEAD + MIXED.replace(b"mixed", b"related")
    + b"--b\nContent-Type: text/html\n\n" + numbered(b'<img src="cid:x%d">', size // 2)
    + b"\n" + numbered(b"--b\nContent-Type: image/png\nContent-ID: <x%d>\n\ny\n", size // 2),
    "attached messages": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n", size),
    "attached messages, large": lambda size: HEAD + MIXED + b"--b\nContent-Type: message/rfc822\n\n" + html(fill(b"<p>x</p>", size)),
    "delimiters of nobody": lambda size: HEAD + MIXED + b"--b\n\n" + fill(b"--x\n", size),
    "delimiters, long": lambda size: HEAD + MIXED + b"--b\n\n" + fill(b"--b" + b" " * 900 + b"\n", size),
    "closing delimiters": lambda size: HEAD + MIXED + fill(b"--b--\n", size),
    "boundary guessed": lambda size: HEAD + b"Content-Type: multipart/mixed\n\n" + fill(b"--" + b"x" * 190 + b"\n", size),
    "boundary guessed, blanks": lambda size: HEAD + b"Content-Type: multipart/mixed\n\n" + fill(b"--x" + b" " * 190, size),
    "boundary missing, often": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--x\n", size),
    "boundary missing, often and far": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: multipart/mixed\n\n" + b"\n--" + b"y" * 900, size),
    "partial": lambda size: text(fill(b"x\n", size), kind=b"message/partial; id=x; number=1; total=1000000"),
    "external": lambda size: text(fill(b"X: y\n", size), kind=b"message/external-body"),
    "report": lambda size: HEAD + REPORT + fill(b"Final-Recipient: rfc822;a@b\n\n", size),
    "report, other": lambda size: HEAD + REPORT + numbered(b"Final-Recipient: rfc822;a%d@b\nAction: failed\nStatus: 5.1.1\n\n", size),
    "report, lines": lambda size: HEAD + REPORT + fill(b"x\n", size),
    "report, blank": lambda size: HEAD + REPORT + fill(b"\n", size),
    "report, long": lambda size: HEAD + REPORT + b"Final-Recipient: rfc822;a@b\nDiagnostic-Code: smtp;" + fill(b"5.1.1 ", size),
    "reports": lambda size: HEAD + REPORT + fill(b"Final-Recipient: rfc822;a@b\n\n--b\nContent-Type: message/delivery-status\n\n", size),
    "bounce, recipients": lambda size: b"X-Failed-Recipients: " + numbered(b"a%d@b, ", size) + b"\n" + HEAD + b"\nx",
    "bounce, text": lambda size: b"Return-Path: <>\n" + text(numbered(b"<a%d@example.com>: unknown user\n", size)).replace(b"ada@", b"mailer-daemon@"),
    "bounce, one line": lambda size: b"Return-Path: <>\n" + text(b"  " + fill(b"a@b (", size)).replace(b"ada@", b"mailer-daemon@"),
    "bounce, returned": lambda size: b"Return-Path: <>\n" + text(fill(b"Message-ID: <a@b>\n", size)).replace(b"ada@", b"mailer-daemon@"),
    "bounce, digits": lambda size: b"Return-Path: <>\n" + text(fill(b"5.1.", size)).replace(b"ada@", b"mailer-daemon@"),
    "authentication": lambda size: authentication(fill(b"spf=pass ", size)),
    "authentication, semicolons": lambda size: authentication(fill(b";", size)),
    "authentication, equals": lambda size: authentication(fill(b"= ", size)),
    "authentication, comments": lambda size: authentication(fill(b"(", size)),
    "attributes": lambda size: html(b"<a " + numbered(b" a%d=1", size) + b">"),
    "attributes, the same": lambda size: html(b"<a " + fill(b" a=1", size) + b">"),
    "attributes, a thousand each": lambda size: html(fill(b"<a " + b" ".join(b"a%d" % n for n in range(999)) + b">", size)),
    "attributes, ninety each": lambda size: html(fill(b"<p " + b" ".join(b"a%d" % n for n in range(90)) + b">", size)),
    "attributes, five hundred each": lambda size: html(fill(b"<p " + b" ".join(b"a%d" % n for n in range(500)) + b">", size)),
    "attribute, long": lambda size: html(b'<a href="' + fill(b"x", size) + b'">y'),
    "attribute, entities": lambda size: html(b'<a title="' + fill(b"&amp;", min(size, 400_000)) + fill(b"x", size) + b'">y'),
    "attribute, style long": lambda size: html(b'<p style="' + fill(b"a:b;", size) + b'">y'),
    "attribute, styles": lambda size: html(fill(b'<p style="' + b"color:red;" * 190 + b'">y', size)),
    "attribute, style blocks": lambda size: html(fill(b'<p style="' + b"{" * 1900 + b'">y', size)),
    "attribute, class": lambda size: html(fill(b'<p class="' + b"a " * 900 + b'">y', size)),
    "99,999 ampersands": lambda size: html(fill(b"&", min(size, 99_999)) + fill(b"x", size)),
    "99,999 tags": lambda size: html(fill(b"<b>x</b>", min(size, 399_000)) + fill(b"x", size)),
    "249 divs and text": lambda size: html(b"<div>" * 249 + fill(b"x<br>", size)),
    "249 divs, broken": lambda size: html(fill(b"<div>" * 245 + b"</div>" * 245, size)),
    "249 spans and p": lambda size: html(b"<span>" * 249 + fill(b"<p>x</p>", size)),
    "249 quotes and text": lambda size: html(b"<blockquote>" * 240 + fill(b"<br>x", size)),
    "249 lists and text": lambda size: html(b"<ul><li>" * 120 + fill(b"<br>x", size)),
    "quote holders, deep": lambda size: html(b'x<div class="gmail_quote">' * 240 + fill(b"<p>y</p>", size)),
    "formatting and paragraphs": formatting,
    "formatting, twenty": lambda size: html(b"".join(b"<font color=%d>" % n for n in range(20)) + fill(b"<p>x</p>", size)),
    "formatting in tables": lambda size: html(b"".join(b"<font color=%d>" % n for n in range(200)) + fill(b"<table><td>x</table>", size)),
    "nested tables": nested_tables,
    "wide table": lambda size: html(b"<table><tr><td>" + b"y" * (size // 2) + fill(b"<tr><td>x", size // 2)),
    "one row": lambda size: html(b"<table><tr>" + fill(b"<td>x</td>", size) + b"</table>"),
    "one column": lambda size: html(b"<table>" + fill(b"<tr><td>x</td></tr>", size) + b"</table>"),
    "tables side by side": lambda size: html(fill(b"<table><tr><td>x</td></tr></table>", size)),
    "tables in a cell": lambda size: html(b"<table><tr><td>" + fill(b"<table><tr><td>x</td></tr></table>", size)),
    "lines in a cell": lambda size: html(b"<table><tr><td>" + fill(b"x<br>", size) + b"</td><td>y</td></tr></table>"),
    "one comment": lambda size: html(b"<!--" + fill(b"x", size) + b"-->y"),
    "one style": lambda size: html(b"<style>" + fill(b"a{b:c}", size) + b"</style>y"),
    "one style, open": lambda size: html(b"<style>" + fill(b"a{b:c}", size)),
    "one tag": lambda size: html(b"<" + fill(b"a", size) + b">y"),
    "a number": lambda size: html(b"&#" + fill(b"9", size) + b";"),
    "a million letters": lambda size: html(fill(b"x", size)),
    "lines of html": lambda size: html(fill(b"<div>> x</div>", size)),
    "attributions in html": lambda size: html(fill(b"<div>On 1 Jan 2026 Bob &lt;b@example.com&gt; wrote:</div>", size)),
    "picture in the text": lambda size: html(b'<img src="data:image/png;base64,' + fill(b"iVBORw0KGgo", size) + b'">x'),
    "pictures in the text": lambda size: html(numbered(b'<img src="data:image/png;base64,QUJD%04d">', size)),
    "two bodies": lambda size: HEAD + MIXED.replace(b"mixed", b"alternative") + b"--b\n\n" + fill(b"> x\n", size // 2)
    + b"--b\nContent-Type: text/html\n\n" + fill(b"<p>x</p>", size // 2),
    "tnef, longer than it is": lambda size: attached(b"application/ms-tnef", tnef(size * 3 // 4)),
    "tnef, attributes": lambda size: attached(b"application/ms-tnef", tnef(size * 3 // 4, 0x00069002)),
    "tnef, names": lambda size: attached(b"application/ms-tnef", tnef(size * 3 // 4, 0x00018010)),
    "tnef, data": lambda size: attached(b"application/ms-tnef", tnef(size * 3 // 4, 0x0006800F)),
    "tnef, properties": lambda size: attached(b"application/ms-tnef", tnef_properties(size * 3 // 4)),
    "tnef, compressed": lambda size: attached(b"application/ms-tnef", tnef_rtf(size * 3 // 4)),
    "tnefs": lambda size: HEAD + MIXED + fill(b'--b\nContent-Type: application/ms-tnef\n\nx\x9f>"\n', size),
    "pkcs7, indefinite": lambda size: attached(b"application/pkcs7-mime; smime-type=signed-data", der(size * 3 // 4)),
    "pkcs7, definite": lambda size: attached(b"application/pkcs7-mime; smime-type=signed-data", der_definite(size * 3 // 4)),
    "pkcs7, pieces": lambda size: attached(b"application/pkcs7-mime; smime-type=signed-data", der_signed(size * 3 // 4)),
    "pkcs7 alone": lambda size: text(base64.encodebytes(der_signed(size * 3 // 4)), b"base64", b"application/pkcs7-mime; smime-type=signed-data"),
    "pkcs7, compressed": lambda size: bombs(size, 1),
    "pkcs7, compressed twenty times": lambda size: bombs(size, 20),
    "pkcs7, compressed each": lambda size: bombs(size, max(size // 50_000, 1)),
    "quotes open in parameters": lambda size: b"Content-Type: text/plain" + fill(b';a="b', size) + b"\n\nx",
    "parameters without semicolons": lambda size: b"Content-Type: text/plain" + fill(b" a=b", size) + b"\n\nx",
    "parameters, blanks": lambda size: b"Content-Type: text/plain;" + fill(b" ", size) + b"a\n\nx",
    "parameters of each part": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: text/plain" + b';a="b' * 1000 + b"\n\nx\n", size),
    "names of each part": lambda size: HEAD + MIXED + fill(b'--b\nContent-Type: a/b; name="' + b"=?utf-8?q?a?= " * 70 + b'"\n\nx\n', size),
    "encoded-words of each part": lambda size: HEAD + MIXED + fill(b"--b\nContent-Disposition: attachment; filename=" + b"=?x?q?=E4" * 100 + b"\n\nx\n", size),
    "charsets of each part": lambda size: HEAD + MIXED + numbered(b"--b\nContent-Type: text/plain; charset=x%d\n\n\xe4\xf6\xfc\xe4\xf6\xfc\xe4\xf6\xfc\n", size),
    "uuencode, many files": lambda size: text(numbered(b"begin 644 x%d.bin\n#86)C\n`\nend\n", size)),
    "uuencode, one file": lambda size: text(b"begin 644 x.bin\n" + fill(b"M" + b"8" * 60 + b"\n", size) + b"`\nend\n"),
    "base64 in the text": lambda size: text(b"begin-base64 644 x\n" + fill(b"QUJD" * 15 + b"\n", size) + b"====\n"),
    "mailto links": lambda size: html(fill(b'<a href="mailto:a@b.c">', size)),
    "mailto links, open": lambda size: html(fill(b"<a href=mailto:", size)),
    "mailto blocks": lambda size: html(fill(b'<b>From:</b> <a href="mailto:a@b.c">x</a><br>', size)),
    "pictures open": lambda size: html(fill(b"<img src=", size)),
    "cids": lambda size: html(numbered(b"cid:x%d ", size)),
    "labels that nobody knows": lambda size: text(b"---------- Forwarded message ---------\nFrom: a@b.c\n" + numbered(b"Xy%d: z\n", size)),
    "labels in a row": lambda size: reply(numbered(b"From: x%d\nSent: y\nXy: z\n", size)),
    "safe links in safe links": lambda size: html(fill(b"<p>" + b"https://eur01.safelinks.protection.outlook.com/?url=" * 12, size)),
    "safe links, encoded": lambda size: html(fill(b'<a href="https://eur01.safelinks.protection.outlook.com/?url=https%253A%252F%252Fa.b">x</a>', size)),
    "calendar, events": lambda size: calendar(fill(b"BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n", size)),
    "calendar, begins": lambda size: calendar(fill(b"BEGIN:VEVENT\r\n", size)),
    "calendar, attendees": lambda size: calendar(fill(b"ATTENDEE;CN=x:mailto:a@b\r\n", size)),
    "calendar, folds": lambda size: calendar(b"DESCRIPTION:x\r\n" + fill(b" y\r\n", size)),
    "calendar, escapes": lambda size: calendar(b"DESCRIPTION:" + fill(b"\\n", size)),
    "calendar, parameters": lambda size: calendar(b"DTSTART" + fill(b";A=b", size) + b":20260101\r\n"),
    "calendar, quotes": lambda size: calendar(b'LOCATION;A="' + fill(b'"', size) + b":x\r\n"),
    "calendar, zones": lambda size: calendar(fill(b"BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n", size)),
    "calendar, rules": lambda size: calendar(b"RRULE:" + fill(b"FREQ=DAILY;", size)),
    "calendar, digits": lambda size: calendar(b"DTSTART:" + fill(b"9", size)),
    "vcard": lambda size: attached(b"text/vcard", fill(b"FN:x\r\n", size * 3 // 4)),
    "clear-signed": lambda size: HEAD + MIXED.replace(b"mixed", b"signed") + fill(b"--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n\nx\n", size),
    "Lotus and the rest": lambda size: reply(fill(b"From:\tBob/Example\nTo:\tAda/Example@Example\nDate:\t02.03.2026 10:00\nSubject:\tRe: y\n----\n", size)),
    "nested forward levels": lambda size: text(b"".join(b"> " * (n % 60) + b"---------- Forwarded message ---------\n" + b"> " * (n % 60) + b"From: a@b\n" for n in range(size // 140))),
    "interleaved": lambda size: reply(ON + fill(b"> question\n\nanswer\n\n", size)),
    "entities and words": lambda size: html(b"<p>" + fill(b"&amp;" + b"x" * 35, size)),
    "entities and words, quoted": lambda size: html(b'Hi<br><div class="gmail_quote">On Mon wrote:<blockquote>' + fill(b"&amp;" + b"x" * 795, size)),
    "Latin letters": lambda size: html(b"<p>" + fill("\u00a1xx".encode(), size)),
    "Latin letters and words": lambda size: html(b"<p>" + fill("\u00a1".encode() + b"x" * 35, size)),
    "no-break spaces and words": lambda size: html(b"<p>" + fill("\u00a0".encode() + b"x" * 35, size)),
    "html parts, Latin letters": lambda size: HEAD + MIXED
    + fill(b"--b\nContent-Type: text/html; charset=utf-8\n\n<p>" + fill("\u00a1".encode(), 40_000) + b"\n", size),
    "html parts, entities": lambda size: HEAD + MIXED + fill(b"--b\nContent-Type: text/html\n\n<p>" + fill(b"&amp;xx", 60_000) + b"\n", size),
    "attribute, styles, no two alike": lambda size: html(b"".join(b'<p style="color:#%06x;margin:%dpx">x' % (n, n % 999) for n in range(size // 42))),
    "attributes of every tag": lambda size: html(fill(b"<p dir=a lang=b align=c valign=d hidden class=e>x", size)),
    "attributes without values": lambda size: html(fill(b"<p hidden dir lang align valign class style>x", size)),
    "text, ampersands": lambda size: text(fill(b"&", size)),
    "two hundred lines of one": lambda size: reply(fill(b"x" * (size // 200) + b"\n", size)),
}  # fmt: skip
