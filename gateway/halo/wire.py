"""Steps as the bodies that HaloPSA takes, in both dialects; its answers as receipts, in all three shapes.

Promises: pure; every text is free of control characters and of look-alikes of our trailer, HTML is as the sanitizer
wrote it; a body holds one element;
only field names that the dialect has are sent, and Halo's own acknowledgement is switched off. Fails never: an answer
without a usable id gives None. Knows nothing of HTTP.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from gateway.halo.trailer import sign
from gateway.model import Requester
from gateway.steps import AddAction, CreateTicket, Text, UploadAttachment

Dialect = Literal["documented", "observed"]

NOTE_ACTION: Final = 0  # actiontype_id, documented
EMAIL_ACTION: Final = 1  # of email correspondence
WHO_AGENT: Final = 1
WHO_USER: Final = 2  # who_type: the customer's person, observed
_SUMMARY: Final = 255
_NAME: Final = 200
_RECIPIENTS: Final = 2000
_LINK: Final = 2000
_PORTS: Final = {"https": 443, "http": 80}
_MESSAGE_ID: Final = 100  # the column is NVARCHAR(100)
_LARGEST_ID: Final = 2**63 - 1
_CHUNK: Final = 3 * 64 * 1024  # whole base64 groups
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # and surrogates: no UTF-8 for them
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9][\w.+-]{0,99}/[A-Za-z0-9][\w.+-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a POST: `head`, the octets of a file (in base64 or as they are), `tail`. Made piece by piece."""

    content_type: str
    head: bytes = field(repr=False)
    octets: bytes = field(default=b"", repr=False)
    tail: bytes = field(default=b"", repr=False)
    in_base64: bool = False

    @property
    def length(self) -> int:
        """Size in octets."""
        middle = -(-len(self.octets) // 3) * 4 if self.in_base64 else len(self.octets)
        return len(self.head) + middle + len(self.tail)

    def chunks(self) -> Iterator[bytes]:
        """The pieces: a large file is neither encoded at one go nor held a second time."""
        yield self.head
        view = memoryview(self.octets)
        for start in range(0, len(view), _CHUNK):
            piece = view[start : start + _CHUNK]
            yield base64.b64encode(piece) if self.in_base64 else bytes(piece)
        if self.tail:
            yield self.tail


def create_ticket(step: CreateTicket, marker: str, dialect: Dialect) -> Payload:
    """POST /Tickets."""
    return json_payload(ticket_element(step, marker, dialect))


def ticket_element(step: CreateTicket, marker: str, dialect: Dialect) -> dict[str, object]:
    """The one element of POST /Tickets."""
    said = _clean_text(step.details)
    details = sign(_with_cc(said, step.cc) if dialect == "documented" else said, marker)
    element: dict[str, object] = {
        "summary": summary(step),
        "client_id": int(step.client_id),
        "tickettype_id": int(step.tickettype_id),
        "status_id": int(step.status_id),
        "priority_id": int(step.priority_id),
        "dateoccurred": date_text(step.date_occurred),
    }
    element |= {f"category_{number}": cut(line(name), _NAME) for number, name in enumerate(step.categories, 1)}
    if step.agent_id is not None:
        element["agent_id"] = int(step.agent_id)
    who = step.requester
    if who.user_id is not None:
        element["user_id"] = int(who.user_id)
        if who.site_id is not None:
            element["site_id"] = int(who.site_id)
    if dialect == "documented":
        element["details"] = details.html
        if who.user_id is None:
            element["reportedby"] = _reported_by(who)
        return element
    element |= {
        "details": details.plain,
        "details_html": details.html,
        "reportedby": _reported_by(who),
        "third_party_id_string": marker,
        "sendack": False,
        "createacknowledgement": False,
    }
    if step.cc:
        element["emailcclist"] = _recipients(step.cc)
    if step.team:
        element["team"] = line(step.team)
    if step.custom_fields:
        element["customfields"] = [{"name": name, "value": value} for name, value in step.custom_fields]
    if who.user_id is None:
        element |= {"user_name": cut(line(who.name) or who.address, _NAME), "user_email": line(who.address)}
    if step.message_id:
        element["internet_message_id"] = cut(f"<{line(step.message_id)}>", _MESSAGE_ID)
    return element


def summary(step: CreateTicket) -> str:
    """The summary as we send it; HaloPSA takes no ticket without one."""
    return cut(line(step.summary), _SUMMARY) or "(no subject)"


def add_action(step: AddAction, marker: str, dialect: Dialect, outcome: str) -> Payload:
    """POST /Actions."""
    return json_payload(action_element(step, marker, dialect, outcome))


def action_element(step: AddAction, marker: str, dialect: Dialect, outcome: str) -> dict[str, object]:
    """The one element of POST /Actions. Nothing in it makes Halo send mail."""
    note = sign(_clean_text(step.note), marker)
    element: dict[str, object] = {
        "ticket_id": int(step.ticket_id),
        "outcome": outcome,
        "hiddenfromuser": step.hidden,
    }
    agent: dict[str, object] = {} if step.agent_id is None else {"agent_id": int(step.agent_id)}
    if dialect == "documented":
        return element | {"note": note.html, "actiontype_id": EMAIL_ACTION} | agent
    element |= {
        "note": note.plain,
        "note_html": note.html,
        "emailfrom": line(step.requester.address),
        "emailto": _recipients(step.sent_to),
        "emailcc": _recipients(step.cc),
        "emailsubject": cut(line(step.subject), _SUMMARY),
        "emaildirection": "I",
        "dateemailed": date_text(step.date),
        "sendemail": False,
        "who_type": WHO_USER if step.agent_id is None else WHO_AGENT,
    }
    if step.agent_id is not None:
        element |= {"who_agentid": int(step.agent_id), "actionby_agent_id": int(step.agent_id)}
    elif step.requester.user_id is not None:
        element["actionby_user_id"] = int(step.requester.user_id)
    if step.message_id:
        element["internet_message_id"] = cut(f"<{line(step.message_id)}>", _MESSAGE_ID)
    return element


def user_element(who: Requester) -> dict[str, object]:
    """The one element of POST /Users, as observed. The server writes site ids as decimals, and takes whole numbers."""
    name = cut(line(who.name), _NAME) or who.address
    element: dict[str, object] = {"name": name, "emailaddress": line(who.address)}
    if who.site_id is not None:
        element["site_id"] = int(who.site_id)
    if who.client_id is not None:
        element["client_id"] = int(who.client_id)
    return element


def note_element(ticket_id: int, text: Text, marker: str, dialect: Dialect, outcome: str) -> dict[str, object]:
    """The one element of POST /Actions for a note that only agents see."""
    note = sign(_clean_text(text), marker)
    element: dict[str, object] = {"ticket_id": int(ticket_id), "outcome": outcome, "hiddenfromuser": True}
    if dialect == "documented":
        return element | {"note": note.html, "actiontype_id": NOTE_ACTION}
    return element | {"note": note.plain, "note_html": note.html, "sendemail": False}


def details_element(ticket_id: int, text: Text, marker: str, dialect: Dialect) -> dict[str, object]:
    """The one element of POST /Tickets that gives a ticket other details."""
    details = sign(_clean_text(text), marker)
    if dialect == "documented":
        return {"id": int(ticket_id), "details": details.html}
    return {"id": int(ticket_id), "details": details.plain, "details_html": details.html}


def upload(
    step: UploadAttachment, ticket_id: int, action_id: int | None, octets: bytes, dialect: Dialect, boundary: str
) -> Payload:
    """POST /Attachment. `boundary` is random, so that it is not in the file (RFC 2046 §5.1.1)."""
    is_image = step.media_type.lower().startswith("image/")
    if dialect == "observed":
        element: dict[str, object] = {
            "filename": filename(step),
            "ticket_id": int(ticket_id),
            "isimage": is_image,
            "showforusers": not step.hidden,
        }
        if action_id is not None:
            element["action_id"] = int(action_id)
        head = _dumps([element])[:-2] + b',"data_base64":"'
        return Payload("application/json", head, octets, b'"}]', in_base64=True)
    media_type = step.media_type if _MEDIA_TYPE.fullmatch(step.media_type) else "application/octet-stream"
    # The HTML standard's way to write a file name in multipart/form-data; servers undo just these three.
    name = filename(step).replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    fields = {"ticket_id": str(int(ticket_id)), "isimage": str(is_image).lower(), "filename": filename(step)}
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    parts += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    return Payload(
        f"multipart/form-data; boundary={boundary}", parts.encode(), octets, f"\r\n--{boundary}--\r\n".encode()
    )


def filename(step: UploadAttachment) -> str:
    """The name as we send it, and so as we find it again."""
    return cut(line(step.filename), _SUMMARY) or "attachment"


def one(body: object, entity: str) -> Mapping[str, object] | None:
    """The one object of an answer: bare, in an array, or under the name of its entity. None if it is not just one."""
    if isinstance(body, dict) and entity in body and number(body.get("id")) is None:
        body = body[entity]
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    return body if isinstance(body, dict) else None


def new_id(body: object, entity: str) -> int | None:
    """The id of what was made, from any of the three shapes of answer."""
    found = one(body, entity)
    return number(found.get("id")) if found is not None else None


def link(row: Mapping[str, object] | None, server: str) -> str:
    """Where an attachment of an answer can be seen; empty if it says nothing usable, or points at another server.

    Whoever reads a ticket loads what it shows: an answer may not send them anywhere but to `server`, HaloPSA's address.
    """
    for key in ("link", "att_link", "url", "location", "download_url"):
        value = row.get(key) if row else None
        if isinstance(value, str) and _is_link(value, server):
            return value
    return ""


def _is_link(text: str, server: str) -> bool:
    """Whether a text is an absolute URL of this server, or a path on it, that no browser reads otherwise than we do."""
    if not text.isascii() or not text.isprintable() or set(text) & set(" \"'<>\\`") or len(text) > _LINK:
        return False
    if text.startswith("/"):
        return not text.startswith("//")
    try:
        ours, theirs = urlsplit(server), urlsplit(text)
        there = (theirs.hostname, theirs.port or _PORTS.get(theirs.scheme))
        return (
            text.startswith(("https://", "http://"))
            and "@" not in theirs.netloc
            and (there == (ours.hostname, ours.port or _PORTS.get(ours.scheme)))
        )
    except ValueError:
        return False


def rows(body: object, entity: str) -> list[Mapping[str, object]] | None:
    """The objects of a list, bare or in an envelope (whose list may be null); None if this is no list."""
    if isinstance(body, dict):
        if entity in body:
            body = body[entity] if body[entity] is not None else []
        else:
            lists = [value for value in body.values() if isinstance(value, list)]
            body = lists[0] if len(lists) == 1 else None
    return body if isinstance(body, list) and all(isinstance(row, dict) for row in body) else None


def number(value: object) -> int | None:
    """A positive id; the server writes some as 95.0 or in quotes, and 0 or -1 where there is none.

    A number that no column of an id holds is none: neither its database nor ours would take it.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_ID else None


def moment(value: object) -> datetime | None:
    """A date of an answer; a naive one is UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    # .NET writes seven decimals, and Python 3.11 reads that; a date alone is midnight.
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def private(*texts: str) -> Sequence[str]:
    """What an error must not quote: the texts as they are sent."""
    return tuple(_CONTROLS.sub("", text) for text in texts)


def line(text: str) -> str:
    """One line: any white space is one space."""
    return " ".join(_CONTROLS.sub("", text).split())


def cut(text: str, limit: int) -> str:
    """The beginning of a text: at most `limit` UTF-16 units, because HaloPSA counts those."""
    if len(text) * 2 <= limit:
        return text
    units = text.encode("utf-16-le", "replace")
    return text if len(units) <= limit * 2 else units[: limit * 2].decode("utf-16-le", "ignore").rstrip()


def _with_cc(text: Text, cc: Sequence[str]) -> Text:
    """The dialect has no field for it: agents read below the text who else was written to."""
    if not cc:
        return text
    said = f"Cc: {_recipients(cc)}"
    return replace(text, plain=f"{text.plain}\n\n{said}", html=f"{text.html}<p>{html.escape(said, quote=False)}</p>")


def _clean_text(text: Text) -> Text:
    return replace(text, plain=_CONTROLS.sub("", text.plain), html=_CONTROLS.sub("", text.html))


def _reported_by(who: Requester) -> str:
    name, address = cut(line(who.name), _NAME), line(who.address)
    return f"{name} <{address}>" if name else address


def _recipients(addresses: Sequence[str]) -> str:
    """As many whole addresses as there is room for."""
    kept: list[str] = []
    room = _RECIPIENTS
    for address in map(line, addresses):
        room -= len(address) + 2
        if room < 0:
            break
        kept.append(address)
    return ", ".join(kept)


def date_text(value: datetime) -> str:
    """A date as it is sent: UTC, in whole seconds. A Date field may say any year; SQL Server begins at 1753."""
    if not 1970 <= value.year <= 2100:
        value = value.replace(year=min(max(value.year, 1970), 2100), month=1, day=1)
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def json_payload(element: Mapping[str, object]) -> Payload:
    """The body of a POST of one element: an array, always."""
    return Payload("application/json", _dumps([element]))


def _dumps(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
