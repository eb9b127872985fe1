"""What untagged responses say (RFC 9051 §7): FETCH, SEARCH and LIST rows and response codes.

Promises: pure, linear, and tolerant: a row that is not of the kind asked for, or makes no sense, gives None or nothing,
never an exception; items of a FETCH row may come in any order, before or after the literal, and unknown ones are passed
over. Rows come without their "* "; one that still has it (a server repeated it) is read all the same. Knows nothing of
commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from gateway.imap.names import quotable

Row = Sequence[bytes | bytearray]

MAX_UID = 0xFFFF_FFFF
MAX_SIZE = 1 << 62  # octets of a mail: what a server says beyond, no ledger holds
MAX_DEPTH = 50
MAX_ITEMS = 20_000  # of one parenthesised list, with those inside it

Tree = tuple[object, ...]
"""A parenthesised list: octets, None for NIL, and lists again."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FETCH = re.compile(rb"(?:\* )?(\d{1,10}) FETCH +\(", re.IGNORECASE)
_WORD = re.compile(rb"[^ ()\[\]<>\"{]+")
_ATOM = re.compile(rb"[^ ()\"{]+")
_SECTION = re.compile(rb"\[([^\]]*)\](?:<(\d{1,10})>)?")
_SPACES = re.compile(rb" ++")
_SPECIAL = re.compile(rb"[\"\\]")
_DATE = re.compile(r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_LIST = re.compile(rb"(?:\* )?LIST \(([^()]*)\) (?:\"(\\?.)\"|NIL) ", re.IGNORECASE | re.DOTALL)
_NAMESPACE = re.compile(rb"(?:\* )?NAMESPACE \(\(\"([^\"\\]{0,200})\" ", re.IGNORECASE)
_CODE = re.compile(rb"(?:\* )?OK \[([A-Z0-9-]+)(?: ([^\]]*))?\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchRow:
    """What one message's row says; None is what it leaves out. `body` None with `no_body`: the server said NIL."""

    uid: int | None = None
    flags: tuple[str, ...] | None = None
    size: int | None = None
    internal_date: datetime | None = None
    body: bytes | bytearray | None = field(default=None, repr=False)
    no_body: bool = False
    structure: Tree | None = field(default=None, repr=False)  # BODYSTRUCTURE

    def merged(self, later: FetchRow) -> FetchRow:
        """Both rows of one message as one: servers may split an answer, or slip in a row of flags."""
        return replace(
            self,
            flags=self.flags if later.flags is None else later.flags,
            size=self.size if later.size is None else later.size,
            internal_date=self.internal_date or later.internal_date,
            body=self.body if later.body is None else later.body,
            no_body=self.no_body or later.no_body,
            structure=self.structure or later.structure,
        )


class _Unreadable(Exception):
    pass


def fetch_row(row: Row) -> FetchRow | None:
    """One FETCH row, or None for any other and for one that cannot be read."""
    start = _FETCH.match(row[0]) if row else None
    if not start:
        return None
    try:
        return _Scanner(row, start.end()).items()
    except _Unreadable:
        return None


def fetched(rows: Iterable[Row]) -> dict[int, FetchRow]:
    """The FETCH rows of an answer by UID; rows without one are somebody else's news."""
    found: dict[int, FetchRow] = {}
    for row in rows:
        read = fetch_row(row)
        if read is not None and read.uid is not None:
            found[read.uid] = found[read.uid].merged(read) if read.uid in found else read
    return found


def search_rows(rows: Iterable[Row]) -> list[int]:
    """The numbers of all SEARCH rows of an answer, ascending, each once."""
    found: set[int] = set()
    for row in rows:
        words = bytes(row[0]).removeprefix(b"* ").split()
        if words and words[0].upper() == b"SEARCH":
            found.update(int(word) for word in words[1:] if word.isdigit() and len(word) <= 10)
    return sorted(uid for uid in found if 0 < uid <= MAX_UID)


def list_rows(rows: Iterable[Row]) -> list[tuple[frozenset[str], str | None]]:
    """Attributes (lower case) and hierarchy delimiter (None: a flat name space) of each LIST row."""
    found = []
    for row in rows:
        if match := _LIST.match(row[0]):
            attributes = frozenset(match[1].decode("ascii", "replace").lower().split())
            delimiter = match[2].decode("ascii", "replace")[-1] if match[2] else None
            found.append((attributes, delimiter))
    return found


def list_names(rows: Iterable[Row]) -> list[tuple[frozenset[str], str]]:
    """Attributes (lower case) and the name, as the server writes it, of each LIST row that can be read."""
    found = []
    for row in rows:
        if match := _LIST.match(row[0]):
            try:
                name = _Scanner(row, match.end()).value()
            except _Unreadable:
                continue
            if name is not None and bytes(name).isascii() and quotable(name.decode("ascii")):
                attributes = frozenset(match[1].decode("ascii", "replace").lower().split())
                found.append((attributes, name.decode("ascii")))
    return found


def personal_prefix(rows: Iterable[Row]) -> str:
    """What the first of a user's own name spaces begins with (RFC 2342 §5); "" if it is not told."""
    for row in rows:
        if match := _NAMESPACE.match(row[0]):
            return match[1].decode("ascii", "replace")
    return ""


def codes(rows: Iterable[Row]) -> dict[str, str]:
    """Response codes of the untagged OKs, such as UIDVALIDITY, in capitals, with their arguments."""
    found = (_CODE.match(row[0]) for row in rows)
    return {m[1].decode("ascii").upper(): (m[2] or b"").decode("ascii", "replace") for m in found if m}


def number(text: str | None) -> int | None:
    """A number of 1 to 2**32 - 1, such as a UID or a UIDVALIDITY; None for anything else."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return int(text) if 0 < int(text) <= MAX_UID else None


def internal_date(text: str) -> datetime | None:
    """INTERNALDATE, such as "17-Jul-1996 02:44:25 -0700", or None if it is none."""
    match = _DATE.fullmatch(text)
    if not match:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes)) * (-1 if sign == "-" else 1)
    try:
        month_number = _MONTHS.index(month.title()) + 1
        numbers = int(year), month_number, int(day), int(hour), int(minute), min(int(second), 59)  # a leap second
        return datetime(*numbers, tzinfo=timezone(offset))
    except ValueError:
        return None


class _Scanner:
    """Walks once along a FETCH row, which goes on in the next part after each literal."""

    def __init__(self, row: Row, at: int) -> None:
        self._row = row
        self._part = 0
        self._at = at
        self._line = bytes(row[0])

    def items(self) -> FetchRow:
        row = FetchRow()
        for _ in range(MAX_ITEMS):
            self._spaces()
            if self._peek() == b")":
                return row
            match = _WORD.match(self._line, self._at)
            if not match:
                raise _Unreadable
            self._at = match.end()
            row = self._item(match[0].upper(), row)
        raise _Unreadable

    def _item(self, name: bytes, row: FetchRow) -> FetchRow:
        section = self._section()
        self._spaces()
        if name == b"FLAGS":
            return replace(row, flags=self._flags())
        if name == b"BODYSTRUCTURE" and self._peek() == b"(":
            return replace(row, structure=self._tree())
        value = self.value()
        if name == b"UID":
            return replace(row, uid=self._number(value, least=1))
        if name == b"RFC822.SIZE":
            return replace(row, size=self._number(value))
        if name == b"INTERNALDATE" and value is not None:
            return replace(row, internal_date=internal_date(value.decode("ascii", "replace")))
        # Some servers repeat the PEEK of the request.
        if (name in {b"BODY", b"BODY.PEEK"} and section == b"") or (name == b"RFC822" and section is None):
            return replace(row, body=value, no_body=value is None)
        return row

    def _section(self) -> bytes | None:
        match = _SECTION.match(self._line, self._at)
        if not match:
            return None
        self._at = match.end()
        return match[1].strip()

    def value(self) -> bytes | bytearray | None:
        """A literal, quoted string, atom or NIL; a parenthesised list is passed over and counts as NIL.

        _Unreadable: none of these.
        """
        first = self._peek()
        if first == b"(":
            self._skip_list()
            return None
        if first == b'"':
            return self._quoted()
        if first in {b"{", b"~"} and (literal := self._literal()) is not None:
            return literal
        match = _ATOM.match(self._line, self._at)
        if not match:
            raise _Unreadable
        self._at = match.end()
        return None if match[0].upper() == b"NIL" else match[0]

    def _literal(self) -> bytes | bytearray | None:
        """The next part, if the line ends here with its length: the framer has cut it there."""
        if self._part + 2 >= len(self._row) or not self._line.endswith(b"}"):
            return None
        if self._line.rfind(b"{") - self._at not in {0, 1}:
            return None
        literal = self._row[self._part + 1]
        self._part += 2
        self._at = 0
        self._line = bytes(self._row[self._part])
        return literal

    def _quoted(self) -> bytes:
        out = bytearray()
        at = self._at + 1
        while match := _SPECIAL.search(self._line, at):
            out += self._line[at : match.start()]
            if match[0] == b'"':
                self._at = match.end()
                return bytes(out)
            out += self._line[match.end() : match.end() + 1]
            at = match.end() + 1
        raise _Unreadable

    def _skip_list(self) -> None:
        depth = 0
        for _ in range(MAX_ITEMS):
            self._spaces()
            char = self._peek()
            if char == b"(":
                depth += 1
                self._at += 1
            elif char == b")":
                depth -= 1
                self._at += 1
                if not depth:
                    return
            elif char != b"[":
                self.value()
            elif self._section() is None:
                raise _Unreadable
            if depth > MAX_DEPTH:
                raise _Unreadable
        raise _Unreadable

    def _tree(self) -> Tree:
        stack: list[list[object]] = [[]]
        for _ in range(MAX_ITEMS):
            self._spaces()
            char = self._peek()
            if char == b"(":
                self._at += 1
                stack.append([])
            elif char == b")":
                self._at += 1
                whole = tuple(stack.pop())
                stack[-1].append(whole)
                if len(stack) == 1:
                    return whole
            else:
                stack[-1].append(self.value())
            if len(stack) > MAX_DEPTH:
                raise _Unreadable
        raise _Unreadable

    def _flags(self) -> tuple[str, ...]:
        end = self._line.find(b")", self._at)
        if self._peek() != b"(" or end < 0:
            raise _Unreadable
        flags = self._line[self._at + 1 : end].decode("ascii", "replace").split()
        self._at = end + 1
        return tuple(flags)

    def _number(self, value: bytes | bytearray | None, *, least: int = 0) -> int:
        if value is None or not value.isdigit() or len(value) > 20 or int(value) < least:
            raise _Unreadable
        return min(int(value), MAX_SIZE)

    def _spaces(self) -> None:
        if found := _SPACES.match(self._line, self._at):
            self._at = found.end()

    def _peek(self) -> bytes:
        return self._line[self._at : self._at + 1]
