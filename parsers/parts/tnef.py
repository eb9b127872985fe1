"""TNEF, the `winmail.dat` of Outlook and Exchange: its texts and files (MS-OXTNEF).

Promises: one pass, bounded; `whole` says whether everything for people in it could be taken out. Checksums are not
checked: what can be read is worth more. A mail within the mail gives its files and its text as a file. Fails:
`read_tnef` raises ValueError for what is no TNEF. Knows nothing of MIME.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from parsers import charset
from parsers.limits import DEFAULT, Limits
from parsers.parts import rtf
from parsers.parts.mapi import Properties, read_properties

SIGNATURE = b"\x78\x9f\x3e\x22"
FIRST_ATTRIBUTE = 6  # after the signature and a key
ATTRIBUTE_HEADER = 9  # level, identifier, type, length
CHECKSUM = 2
# Identifiers of attributes (§2.1.3.3) and of properties (MS-OXPROPS).
SUBJECT, MESSAGE_CLASS, BODY, MESSAGE_PROPERTIES, CODE_PAGE = 0x8004, 0x8008, 0x800C, 0x9003, 0x9007
BEGIN_ATTACHMENT, DATA, TITLE, TRANSPORT_NAME, ATTACHMENT_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9001, 0x9005
PR_SUBJECT, PR_BODY, PR_RTF, PR_HTML, PR_INTERNET_CPID = 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE
PR_DATA, PR_NAME, PR_METHOD, PR_LONG_NAME, PR_MIME_TAG = 0x3701, 0x3704, 0x3705, 0x3707, 0x370E
PR_CONTENT_ID, PR_DISPLAY_NAME = 0x3712, 0x3001
EMBEDDED_MESSAGE, OLE_OBJECT = 5, 6
IDENTIFIER_OF_MESSAGE = 16  # the GUID of IID_IMessage before a mail within the mail
DEEPEST = 4  # mails within mails
# Mail and its reports; what is of another class (an appointment, a contact, a task) is more than texts and files.
MAIL_CLASSES = ("IPM.NOTE", "IPM.MICROSOFT MAIL.", "REPORT.", "IPM.POST")


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. `media_type` and `name` may be empty."""

    name: str
    octets: bytes = field(repr=False)
    media_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Tnef:
    """What a TNEF stream holds for people."""

    subject: str = ""
    plain: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    whole: bool = True
    cut: bool = False  # a limit was reached
    rtf: int = 0  # octets of Rich Text that were unpacked for it


@dataclass(slots=True)
class _Raw:
    """The attributes of an attachment on the way."""

    title: bytes = b""
    transport_name: bytes = b""
    data: bytes | None = None
    properties: Properties = field(default_factory=Properties)


def read_tnef(octets: bytes, limits: Limits = DEFAULT, depth: int = 0) -> Tnef:
    """The texts and files. `depth` counts the mails around this one. Raises ValueError if it is no TNEF."""
    if not octets.startswith(SIGNATURE):
        msg = "no TNEF"
        raise ValueError(msg)
    found = Tnef()
    message: dict[int, bytes] = {}
    files: list[_Raw] = []
    at = FIRST_ATTRIBUTE
    for _ in range(limits.tnef_attributes):
        if at + ATTRIBUTE_HEADER > len(octets):
            break
        identifier = int.from_bytes(octets[at + 1 : at + 3], "little")
        size = int.from_bytes(octets[at + 5 : at + 9], "little")
        begin = at + ATTRIBUTE_HEADER
        if octets[at] not in {1, 2} or begin + size > len(octets):
            found.whole = found.whole and octets[at] not in {1, 2}  # garbage at the end is no loss
            break
        _keep(identifier, octets[begin : begin + size], message, files, limits)
        at = begin + size + CHECKSUM
    else:
        found.cut = True
    codec = charset.codec_for(f"cp{int.from_bytes(message.get(CODE_PAGE, b'')[:4], 'little')}")
    _read_message(found, message, codec, limits)
    for one in files:
        _read_file(found, one, codec, limits, depth)
    return found


def _keep(identifier: int, value: bytes, message: dict[int, bytes], files: list[_Raw], limits: Limits) -> None:
    if identifier == BEGIN_ATTACHMENT:
        files.append(_Raw())
    elif not files:
        if identifier in {SUBJECT, MESSAGE_CLASS, BODY, MESSAGE_PROPERTIES, CODE_PAGE}:
            message.setdefault(identifier, value)
    elif identifier == TITLE:
        files[-1].title = value
    elif identifier == TRANSPORT_NAME:
        files[-1].transport_name = value
    elif identifier == DATA:
        files[-1].data = value
    elif identifier == ATTACHMENT_PROPERTIES:
        files[-1].properties = read_properties(value, limits.tnef_attributes)


def _read_message(found: Tnef, message: dict[int, bytes], codec: str | None, limits: Limits) -> None:
    properties = read_properties(message.get(MESSAGE_PROPERTIES, bytes(4)), limits.tnef_attributes)
    found.whole = found.whole and properties.whole
    kind = message.get(MESSAGE_CLASS, b"").rstrip(b"\0").decode("latin-1").upper()
    found.whole = found.whole and (not kind or kind.startswith(MAIL_CLASSES))
    found.subject = properties.text(PR_SUBJECT, codec) or _text(message.get(SUBJECT, b""), codec)
    found.plain = properties.text(PR_BODY, codec) or _text(message.get(BODY, b""), codec)
    internet = charset.codec_for(_label(properties.number(PR_INTERNET_CPID)))
    found.html = properties.text(PR_HTML, internet or codec)
    if found.html or not properties.octets(PR_RTF):
        return
    try:
        unpacked = rtf.decompress(properties.octets(PR_RTF), limits)
        found.rtf += len(unpacked)
        document = rtf.read_rtf(unpacked, limits)
    except ValueError:
        found.whole = False
        return
    found.cut = found.cut or document.cut
    if document.is_html:
        found.html = document.text
    elif not found.plain.strip():
        found.plain = document.text


def _read_file(found: Tnef, raw: _Raw, codec: str | None, limits: Limits, depth: int) -> None:
    properties = raw.properties
    found.whole = found.whole and properties.whole
    name = (
        properties.text(PR_LONG_NAME, codec)
        or _text(raw.transport_name, codec)
        or _text(raw.title, codec)
        or properties.text(PR_NAME, codec)
        or properties.text(PR_DISPLAY_NAME, codec)
    )
    method = properties.number(PR_METHOD)
    data = properties.octets(PR_DATA) or raw.data or b""
    inner = data[IDENTIFIER_OF_MESSAGE:]
    if method == EMBEDDED_MESSAGE or inner.startswith(SIGNATURE):
        _read_embedded(found, inner, name, limits, depth)
    elif data or raw.data is not None:
        found.whole = found.whole and method != OLE_OBJECT
        media_type = properties.text(PR_MIME_TAG, codec).strip().lower()
        found.files.append(File(name, data, media_type, properties.text(PR_CONTENT_ID, codec)))


def _read_embedded(found: Tnef, octets: bytes, name: str, limits: Limits, depth: int) -> None:
    """A mail within the mail: its text as a file of its name, its files beside the others."""
    if depth >= DEEPEST or not octets.startswith(SIGNATURE):
        found.whole = False
        return
    inner = read_tnef(octets, replace(limits, rtf=max(limits.rtf - found.rtf, 0)), depth + 1)
    found.rtf += inner.rtf
    found.whole = found.whole and inner.whole
    found.cut = found.cut or inner.cut
    stem = (inner.subject or name).strip() or "message"
    if inner.html.strip():
        found.files.append(File(f"{stem}.html", inner.html.encode("utf-8", "replace"), "text/html"))
    elif inner.plain.strip():
        found.files.append(File(f"{stem}.txt", inner.plain.encode("utf-8", "replace"), "text/plain"))
    found.files.extend(inner.files)


def _text(value: bytes, codec: str | None) -> str:
    return charset.decode(value.rstrip(b"\0"), codec).text if value else ""


def _label(number: int | None) -> str:
    """The charset label of a Windows code page."""
    return {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 20866: "koi8-r", 50220: "iso-2022-jp"}.get(
        number or 0, f"cp{number}"
    )
