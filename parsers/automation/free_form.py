"""Recipients, reasons and the Message-ID of a bounce that is written for people.

Promises: one pass over a bounded number of lines. What stands in a line of its own, before a colon or beside an error
code is a recipient; of other addresses in the text the first, if there is no better one. What came back is not
searched for recipients, only for its Message-ID. Fails: never. Knows nothing of the parts of RFC 3464.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from parsers.message_ids import parse_message_id
from parsers.model import RecipientReport
from parsers.words.automatic import COPY_MARKS

SEARCHED_LINES = 400  # what a server has to say is shorter; what it returns may not be
LONGEST_LINE = 1_000
LONGEST_WORDS = 500
LONGEST_FIELD = 4_000
SUBJECT_FIELDS = frozenset({"subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "assunto", "ämne", "emne"})
LONGEST_REASON = 8  # lines of a reason below its recipient
MOST_ON_A_LINE = 20
LONGEST_LOCAL, LONGEST_DOMAIN = 64, 255  # RFC 5321 §4.5.3.1
# Letters of an address that nobody quotes; what else a local part may hold is rare, and common beside addresses.
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&*+/?^_{|}~=-`'")
DOMAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
ENHANCED_STATUS = re.compile(r"(?<![0-9.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
REPLY_CODE = re.compile(r"(?<![0-9.])[45][0-9]{2}(?![0-9.])")
RETURNED_FIELD = re.compile(r"[>|]?[ ]?(?:return-path|received|message-id|mime-version|x-mailer):", re.IGNORECASE)
MESSAGE_ID_LINE = re.compile(r"[\s>|]{0,8}(?:original-)?message-id:\s{0,4}(<?[^\s<>]{1,900}>?)", re.IGNORECASE)
REPORT_FIELD = re.compile(
    r"\s{0,8}(final-recipient|original-recipient|x-actual-recipient|action|status|diagnostic-code)\s{0,3}:\s{0,8}",
    re.IGNORECASE,
)
# Exchange 2003: `jo@example.org on 4/29/2008 5:05 PM`
SINCE = re.compile(r">?\s(?:on|am|le|el|il)\s(?:[0-9]{1,2}[./-]|[^\W\d_]{2,3}[,.])")
# What stands before a recipient, as far as it is not only the error: the address may be anywhere behind.
NAMING = (
    "recipient",
    "rcpt to",
    "failed",
    "address",
    "user",
    "unable to deliver",
    "could not be delivered to",
    "couldn't be delivered to",
    "wasn't delivered to",
    "not be delivered to",
    "delivery to",
    "deliver to",
    "deliver message to",
    "deliver mail to",
    "your mail to",
    "empfänger",
    "destinataire",
    "destinatario",
    "destinatário",
    "ontvanger",
    "получател",
    "宛先",
    "あて先",
)
OWN = ("postmaster@", "mailer-daemon@", "mailer_daemon@", "mail-daemon@", "abuse@", "support@", "helpdesk@", "admin@")
TRIMMED = " \t<>[](){}:;,.\"'*-_=|#"
# Exchange repeats the fields of the mail that came back above the recipients.
COPIED = frozenset({"to", "an", "à", "a", "para", "aan", "till", "til", "кому", "from", "von", "de", "da", "van", "cc"})
FIELD_OF_MAIL = (
    "subject:",
    "from:",
    "to:",
    "sent:",
    "date:",
    "betreff:",
    "gesendet:",
    "objet :",
    "asunto:",
    "oggetto:",
)
# A line that leads to the next recipient or to the reason is no reason.
LEADING = ("follow", "because", "reason", "error text", "transcript", "said:")
SHORT = 24  # letters that may stand beside an address that is a line of its own: `Unknown user:`


@dataclass(slots=True)
class _Found:
    """One recipient while the text is read."""

    address: str
    certain: bool
    words: list[str] = field(default_factory=list)
    action: str = ""
    status: str = ""
    open: bool = True  # lines below may still say why

    def finish(self, action: str) -> RecipientReport:
        reason = " ".join(" ".join(self.words).split())[:LONGEST_WORDS]
        status = self.status or (match[0] if (match := ENHANCED_STATUS.search(reason)) else "")
        return RecipientReport(self.address, self.action or action, status, reason)


def recipients_in(text: str, own: frozenset[str], action: str, most: int) -> tuple[RecipientReport, ...]:
    """The recipients that the text of a bounce names; `own` are addresses that are not meant, in lower case."""
    found = _read(text, own, OWN, most)
    certain = [one for one in found.values() if one.certain] or list(found.values())[:1]
    if not certain:  # a postmaster may be the recipient, or somebody whose mail to himself came back
        certain = [one for one in _read(text, frozenset(), (), most).values() if one.certain]
    return tuple(one.finish(action) for one in certain[:most])


def _read(text: str, own: frozenset[str], helpers: tuple[str, ...], most: int) -> dict[str, _Found]:
    """The addresses that the text names, without `own` and those that begin like `helpers`."""
    found: dict[str, _Found] = {}
    last: _Found | None = None
    for line in lines_of(text):
        if _ends(line, found):
            break
        named = REPORT_FIELD.match(line)
        if named:
            last = _of_field(named[1].lower(), line[named.end() :], found, last)
            continue
        addresses = [one for one in _addresses(line) if one.lower() not in own and not one.lower().startswith(helpers)]
        if addresses and (last is None or not _goes_on(line, addresses, last)):
            last = _of_line(line, addresses, found) or last
        elif last is not None:
            _reason(line, last)
        if len(found) > most:
            break
    return found


def message_id_in(text: str) -> str | None:
    """The Message-ID in header lines that the text quotes."""
    for line in lines_of(text):
        if (match := MESSAGE_ID_LINE.match(line)) and (one := parse_message_id(match[1])):
            return one
    return None


def header_in(text: str) -> tuple[str, tuple[str, ...]]:
    """The Subject in header lines that the text quotes, and the fields that name other mails; folded lines too."""
    subject, fields, last = "", list[str](), ""
    for line in lines_of(text):
        said = line.lstrip("> |\t")
        name, colon, value = said[:LONGEST_LINE].partition(":")
        name = name.strip().lower()
        if colon and name in SUBJECT_FIELDS:
            last = "" if subject else "subject"
            subject = subject or value.strip()
        elif colon and name in {"in-reply-to", "references"} and len(fields) < MOST_ON_A_LINE:
            last = name
            fields.append(value.strip())
        elif last and line[:1] in {" ", "\t"} and said.strip():
            if last == "subject":
                subject = f"{subject} {said.strip()}"[:LONGEST_LINE]
            else:
                fields[-1] = f"{fields[-1]} {said.strip()}"[:LONGEST_FIELD]
        else:
            last = ""
    return subject, tuple(fields)


def lines_of(text: str) -> Iterator[str]:
    """The lines that are searched, without looking at the rest of the text."""
    at = 0
    for _ in range(SEARCHED_LINES):
        if at >= len(text):
            return
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        yield text[at : min(stop, at + LONGEST_LINE)]
        at = stop + 1


def _ends(line: str, found: dict[str, _Found]) -> bool:
    """Whether what follows is the mail that came back."""
    if RETURNED_FIELD.match(line):
        return True
    low = line[:120].lower()
    marked = any(one in low for one in COPY_MARKS)
    return marked and (bool(found) or low.lstrip().startswith(("--", "==", "**")))


def _of_field(name: str, value: str, found: dict[str, _Found], last: _Found | None) -> _Found | None:
    """Fields of RFC 3464 in a part that does not say so."""
    if name.endswith("recipient"):
        address = next(iter(_addresses(value)), "")
        if not address or (last is not None and name != "final-recipient" and last.open):
            return last
        return _note(found, address, certain=True)
    if last is None:
        return None
    if name == "action":
        last.action = value.strip().lower()[:40]
    elif name == "status":
        match = ENHANCED_STATUS.search(value)
        last.status = match[0] if match else last.status
    else:
        kind, semicolon, said = value.partition(";")
        last.words[:] = [said if semicolon and " " not in kind.strip() else value]
        last.open = True
    return last


def _note(found: dict[str, _Found], address: str, *, certain: bool) -> _Found:
    one = found.get(address.lower())
    if one is None:
        one = found[address.lower()] = _Found(address, certain)
    one.certain = one.certain or certain
    return one


def _of_line(line: str, addresses: Sequence[str], found: dict[str, _Found]) -> _Found | None:
    """The recipient of a line, if it looks like one; others of the same line beside it."""
    low = line.lower()
    first = addresses[0]
    at = line.find(first)
    before, behind = line[:at].strip(TRIMMED), line[at + len(first) :]
    rest = behind.lstrip(">)]}\"' \t")
    alone = len(before) <= SHORT and (len(behind.strip(TRIMMED)) <= 1 or behind.lstrip(">").lstrip().startswith("("))
    listed = len({one.lower() for one in addresses}) > 1 and not before
    told = not before and rest[:1] in {":", ";", ","} and not listed
    named = any(one in low[:at] for one in NAMING) or bool(SINCE.match(behind))
    coded = bool(REPLY_CODE.search(line) or ENHANCED_STATUS.search(line))
    certain = before.lower() not in COPIED and (alone or listed or told or named or coded)
    one = _note(found, first, certain=certain)
    for other in addresses[1:] if listed else ():
        _note(found, other, certain=True)
    if told:
        one.words.append(rest[1:].strip())
    elif coded and not one.words:
        one.words.append(line.strip())
    elif alone and behind.strip(TRIMMED) and not one.words and rest.startswith("("):
        one.words.append(rest.strip("() \t"))
    return one


def _goes_on(line: str, addresses: Sequence[str], last: _Found) -> bool:
    """Whether a line with an address is more of the reason above, and not another recipient."""
    if not (last.open and last.certain):
        return False
    same = all(one.lower() == last.address.lower() for one in addresses)
    folded = bool(last.words) and line[:1] in {" ", "\t"} and not line.strip(TRIMMED).startswith(addresses[0])
    return (same and not REPORT_FIELD.match(line) and len(line.strip()) > len(addresses[0]) + SHORT) or folded


def _reason(line: str, last: _Found) -> None:
    """Lines below a recipient up to a blank one; behind a blank one only what has an error code."""
    said = line.strip()
    if not said:
        last.open = not last.words
    elif said.startswith(("---", "===", "***")) or said.lower().startswith(FIELD_OF_MAIL):
        last.open = False
    elif said.endswith(":") and any(one in said.lower() for one in LEADING):
        return
    elif (last.open and len(last.words) < LONGEST_REASON) and (last.certain or REPLY_CODE.search(line)):
        last.words.append(said)


def _addresses(line: str) -> list[str]:
    """Addresses in a line: around every `@` as far as letters of addresses go."""
    found: list[str] = []
    at = line.find("@")
    while at >= 0 and len(found) < MOST_ON_A_LINE:
        begin, end = at, at + 1
        while begin > 0 and at - begin < LONGEST_LOCAL and line[begin - 1] in LOCAL:
            begin -= 1
        while end < len(line) and end - at <= LONGEST_DOMAIN and line[end] in DOMAIN:
            end += 1
        local, domain = line[begin:at].lstrip("'`./=*"), line[at + 1 : end].partition("..")[0].strip("._-")
        if local[:5].lower() == "smtp=":  # Exchange 5.5
            local = local[5:]
        if local and "." in domain:  # `uucp@localhost` is where it came from
            found.append(f"{local}@{domain.lower()}")
        at = line.find("@", end)
    return found
