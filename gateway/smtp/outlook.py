"""Outlook's own fields of a conversation, for answers to mail that has them ([MS-OXOMSG] §2.2.1.2 and §2.2.1.3).

Outlook and Exchange group by `Thread-Topic` and `Thread-Index` before they look at References. An answer carries the
topic on, whatever stands before its subject, and the index with one block more: when it was written, seen from the
first mail. Promises: pure; a Thread-Index that is none gives none. Everybody else goes by References and the subject.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

_HEADER, _BLOCK = 22, 5
_LONGEST = _HEADER + _BLOCK * 60
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)  # of FILETIME, which counts tenths of a microsecond
_FAR = 0x00FE0000_00000000  # set in a difference of more than 1.7 years


def thread_index(theirs: str, now: datetime) -> str:
    """The Thread-Index of an answer to a mail with `theirs`; "" if that is none."""
    try:
        octets = base64.b64decode("".join(theirs.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not _HEADER <= len(octets) < _LONGEST or (len(octets) - _HEADER) % _BLOCK:
        return ""
    begun = int.from_bytes(octets[:6], "big") << 16
    ticks = max(0, (now - _EPOCH) // timedelta(microseconds=1) * 10 - begun)
    since = 1 << 31 | ((ticks >> 23) & 0x7FFFFFFF) if ticks & _FAR else (ticks >> 18) & 0x7FFFFFFF
    block = since.to_bytes(4, "big") + b"\0"  # random and sequence: one answer a mail needs neither
    return base64.b64encode(octets + block).decode("ascii")
