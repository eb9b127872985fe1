"""Hand-written mails, a folder each: `mail.eml`, `expected.json`, and `why.txt`, which says why the mail is there.

The answer holds keys of the object that `halo-mailgate parse --jsonl` prints; a key that is left out is not judged, and
within an object or a list of objects the same. `X_has` and `X_lacks` name pieces of a text.
"""

import json
import re
from pathlib import Path

import pytest

from parsers import parse
from parsers.message import author_of
from parsers.view import as_object

FOLDER = Path(__file__).parents[1] / "golden" / "mail"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/mail.eml"))
CHARSET = re.compile(rb"charset=\"?[\w-]+\"?", re.IGNORECASE)
DELIMITER = re.compile(rb"^--.*$", re.MULTILINE)
KEYS = as_object(parse(b"")).keys()


def octets_of(case: str) -> bytes:
    return (FOLDER / case / "mail.eml").read_bytes()


def disagreements(expected: object, found: object, where: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key, value in expected.items() for line in _of_key(key, value, found, where)]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for at, (one, other) in pairs for line in disagreements(one, other, f"{where}[{at}]")]
    return [] if expected == found else [f"{where}: expected {expected!r}, found {found!r}"]


def _of_key(key: str, value: object, found: dict, where: str) -> list[str]:
    name, _, how = key.rpartition("_")
    if how not in {"has", "lacks"}:
        assert key in found, f"{where}: no such key: {key}"
        return disagreements(value, found[key], f"{where}.{key}")
    text = found[name] or ""
    assert isinstance(value, list)
    assert value
    return [f"{where}.{key}: {piece!r} in {text!r}" for piece in value if (piece in text) != (how == "has")]


@pytest.mark.parametrize("case", CASES)
def test_the_folder_is_whole(case: str) -> None:
    why = (FOLDER / case / "why.txt").read_text("utf-8").strip()
    assert len(why) > 20
    assert len(why.splitlines()) <= 2
    assert json.loads((FOLDER / case / "expected.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ends", [b"", b"\n", b"\r\n"], ids=["as-it-is", "LF", "CRLF"])
def test_golden(case: str, ends: bytes) -> None:
    octets = octets_of(case)
    if ends:
        octets = octets.replace(b"\r\n", b"\n").replace(b"\n", ends)
    expected = json.loads((FOLDER / case / "expected.json").read_text("utf-8"))
    found = as_object(parse(octets))
    assert disagreements(expected, found, "") == []


@pytest.mark.parametrize("case", CASES)
def test_cut_at_every_delimiter_it_is_read_as_far_as_it_goes(case: str) -> None:
    octets = octets_of(case)
    whole = as_object(parse(octets))
    ends = [end for match in DELIMITER.finditer(octets) for end in (match.start(), match.end())]
    ends += range(0, len(octets), max(len(octets) // 20, 1))
    section = octets.find(b"\n\n") if b"\r\n\r\n" not in octets else octets.find(b"\r\n\r\n")
    for end in ends:
        found = as_object(parse(octets[:end]))
        assert found.keys() == KEYS
        assert not [one for one in found["defects"] if one.startswith("unreadable")]
        if end > section + 4:
            assert (found["subject"], found["from"], found["message_id"]) == (
                whole["subject"],
                whole["from"],
                whole["message_id"],
            )


@pytest.mark.parametrize("case", CASES)
def test_an_unknown_charset_loses_nothing_but_letters(case: str) -> None:
    octets = octets_of(case)
    whole = as_object(parse(octets))
    found = as_object(parse(CHARSET.sub(b"charset=x-klingon", octets)))
    assert bool(found["text"]) == bool(whole["text"])
    assert len(found["attachments"]) == len(whole["attachments"])
    assert found["from"] == whole["from"]


@pytest.mark.parametrize("case", CASES)
def test_the_author_is_read_off_the_first_octets_as_off_the_whole(case):
    octets = octets_of(case)
    author = parse(octets).from_
    assert author_of(octets[: 256 * 1024]) == ("" if author is None else author.address)
