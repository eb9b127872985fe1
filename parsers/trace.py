"""The trace that servers leave on a mail (RFC 5321 §4.4): who took it last, and by which addresses it came.

Promises: linear in what is looked at; everything in lower case. Fails: never. Knows nothing of whom to believe: below
the fields of one's own servers anybody may have written what stands there.
"""

from __future__ import annotations

import re
from itertools import takewhile

from parsers.addresses import parse_addresses
from parsers.headers import Headers, to_text, unfold

DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
MOST_DELIVERED = 10
LONGEST = 2_000  # octets of one Received field
BY = re.compile(r"(?:^| )by ([A-Za-z0-9.-]{1,255}+)")
COMMENT = re.compile(r"\([^()]*+\)")


def received_by(headers: Headers) -> str:
    """The host that wrote the topmost Received field, by its own name; "" if there is no such field or name."""
    field = next(iter(headers.all("received")), "")
    found = BY.search(COMMENT.sub(" ", unfold(field[:LONGEST])))
    return found[1].strip(".").lower() if found else ""


def delivered(headers: Headers) -> tuple[str, ...]:
    """The addresses that the fields of delivery name."""
    return _addresses([value for name in DELIVERED for value in headers.all(name)[:MOST_DELIVERED]])


def reached(headers: Headers) -> tuple[str, ...]:
    """Those of them by which the last server delivered: below a Received field is what others wrote."""
    above = takewhile(lambda one: one[0] != "received", headers.fields)
    fields = [to_text(value, headers.charset) for name, value in above if name in DELIVERED][:MOST_DELIVERED]
    return _addresses(fields)


def _addresses(fields: list[str]) -> tuple[str, ...]:
    found = [one.address.lower() for one in parse_addresses(", ".join(fields)[:8_000])]
    return tuple(dict.fromkeys(found))[:MOST_DELIVERED]
