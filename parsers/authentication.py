"""Authentication-Results fields (RFC 8601): what servers on the way say of SPF, DKIM and DMARC.

Promises: linear, tolerant: the field of Microsoft 365 names no server, others leave semicolons out. Newest first, as
the fields stand. Fails: never. Knows nothing of whom to believe: anybody can write such a field, and what a server
of that name would be trusted with is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.headers import unfold
from parsers.model import AuthenticationResult

MOST_FIELDS = 10
MOST_RESULTS = 200  # of one field: a dozen is seen where every DKIM signature is listed, and a sender makes these
LONGEST_FIELD = 32_000
LONGEST_WORD = 320


def parse_authentication(fields: Iterable[str]) -> tuple[AuthenticationResult, ...]:
    """The results in the fields, each with the name of the server that said so, or '' if it gives none."""
    found: list[AuthenticationResult] = []
    for number, field in enumerate(fields):
        if number == MOST_FIELDS:
            break
        line = unfold(field[: 2 * LONGEST_FIELD])
        cut = len(field) > 2 * LONGEST_FIELD or len(line) > LONGEST_FIELD
        found.extend(_read(line[:LONGEST_FIELD], number, cut=cut))
    return tuple(found)


def _read(field: str, number: int, *, cut: bool) -> Iterator[AuthenticationResult]:
    server, clauses = "", _clauses(field)
    cut = cut or len(clauses) > MOST_RESULTS
    for index, clause in enumerate(clauses[:MOST_RESULTS]):
        if index == 0 and "=" not in (clause[0] if clause else ""):
            server = clause[0].lower().rstrip(".") if clause else ""
            clause = clause[1:]  # noqa: PLW2901 - what is left may be a version, or results without a semicolon
            if clause and "=" not in clause[0]:
                clause = clause[1:]  # noqa: PLW2901
        if not clause:
            continue
        method, equals, result = clause[0].partition("=")
        if not equals or not method:
            continue
        properties = tuple(
            (name.lower(), value) for name, sign, value in (word.partition("=") for word in clause[1:]) if sign and name
        )
        yield AuthenticationResult(server, method.partition("/")[0].lower(), result.lower(), properties, number, cut)


def _clauses(field: str) -> list[list[str]]:
    """Words between semicolons; comments are out, quotes are off, blanks round `=` and `/` hold nothing apart."""
    clauses: list[list[str]] = [[]]
    word: list[str] = []
    depth, quoted, escaped = 0, False, False

    def finish() -> None:
        text = "".join(word)[:LONGEST_WORD]
        word.clear()
        if text and clauses[-1] and (text.startswith("=") or clauses[-1][-1].endswith("=")):
            clauses[-1][-1] = (clauses[-1][-1] + text)[:LONGEST_WORD]
        elif text:
            clauses[-1].append(text)

    for letter in field:
        if escaped:
            escaped = False
            if not depth:
                word.append(letter)
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif depth:
            depth += (letter == "(") - (letter == ")")
        elif letter == '"':
            quoted = not quoted
        elif quoted:
            word.append(letter)
        elif letter == "(":
            depth = 1
            finish()
        elif letter == ";":
            finish()
            clauses.append([])
        elif letter.isspace():
            finish()
        else:
            word.append(letter)
    finish()
    return clauses
