"""Arguments as IMAP commands need them: quoting, modified UTF-7, sequence sets (RFC 9051 §4.3, §4.1.1, 3501 §5.1.3).

Promises: pure; what `quote` returns can never end or split a command line; `decode_folder(encode_folder(x)) == x`.
Fails: ValueError for what cannot be said on an IMAP line at all. Knows nothing of servers.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence


def quotable(text: str) -> bool:
    """Whether a quoted string can hold `text`: ASCII without NUL, CR and LF (RFC 9051 §9, QUOTED-CHAR)."""
    return text.isascii() and not any(c in text for c in "\0\r\n")


def quote(text: str) -> str:
    """`text` as a quoted string. ValueError if it needs a literal."""
    if not quotable(text):
        raise ValueError("a quoted string holds ASCII without NUL, CR and LF only")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder(name: str) -> str:
    """A folder's name as a command argument: modified UTF-7, quoted."""
    return quote(encode_folder(name))


def uid_set(uids: Sequence[int]) -> str:
    """UIDs as a sequence set, runs as ranges: 1,2,3,7 becomes "1:3,7". Never names a UID that was not given."""
    runs: list[list[int]] = []
    for uid in sorted(set(uids)):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def encode_folder(name: str) -> str:
    """`name` in modified UTF-7: "Anhänge & mehr" becomes "Anh&AOQ-nge &- mehr". ValueError for a lone surrogate."""
    out: list[str] = []
    shifted: list[str] = []

    def flush() -> None:
        if shifted:
            base64 = binascii.b2a_base64("".join(shifted).encode("utf-16-be"), newline=False).decode("ascii")
            out.append("&" + base64.rstrip("=").replace("/", ",") + "-")
            shifted.clear()

    for char in name:
        if " " <= char <= "~":
            flush()
            out.append("&-" if char == "&" else char)
        else:
            shifted.append(char)
    flush()
    return "".join(out)


def decode_folder(name: str) -> str:
    """What a server's name means to people. A part that is not valid modified UTF-7 stays as it is."""
    out: list[str] = []
    at = 0
    while (start := name.find("&", at)) >= 0:
        out.append(name[at:start])
        end = name.find("-", start)
        if end < 0:
            at = start
            break
        out.append(_decoded(name[start + 1 : end]))
        at = end + 1
    out.append(name[at:])
    return "".join(out)


def _decoded(run: str) -> str:
    if not run:
        return "&"
    try:
        base64 = run.replace(",", "/").encode("ascii")
        return binascii.a2b_base64(base64 + b"=" * (-len(base64) % 4), strict_mode=True).decode("utf-16-be")
    except ValueError:  # binascii.Error and UnicodeError are both of this kind
        return f"&{run}-"
