"""A fuzz target for the whole of `parse` (atheris, which is no dependency of the project).

    python3.11 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris . &&
    PYTHONPATH=.:tests /tmp/fuzz/bin/python tests/fuzz/parse.py -max_total_time=600

Seeds are the golden mails and a small input of each kind of the hostile catalogue. What must hold for any octets: no
exception, no stage that was unreadable, every key of the contract, JSON without surprises, safe HTML that stays as it
is when it is made safe again and holds nothing that runs or loads, a text that never becomes empty, sizes within the
limits. A finding is written as a `crash-…` file; arguments after the file's name are libFuzzer's.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["parsers"]):
    from parsers import parse
    from parsers.limits import DEFAULT
    from parsers.markup import safe_html
    from parsers.view import as_object

from bench.hostile_inputs import CATALOGUE

ROOT = Path(__file__).parents[2]
KEYS = as_object(parse(b"")).keys()
LONGEST = 65_536
ROOM = 4  # times the limit: a text and its rendering, with marks between pieces
FORBIDDEN = ("<script", "<iframe", "<object", "<embed", "<form", "<svg", "<link", "<meta", "<base", "<style")


def seeds(folder: Path) -> None:
    """The corpus to begin with."""
    for path in (ROOT / "tests" / "golden" / "mail").glob("*/mail.eml"):
        (folder / path.parent.name).write_bytes(path.read_bytes())
    for number, maker in enumerate(CATALOGUE.values()):
        (folder / f"hostile-{number}").write_bytes(maker(600))


def try_one(octets: bytes) -> None:
    """What must hold; an exception is a finding."""
    mail = parse(octets)
    found = as_object(mail)
    assert found.keys() == KEYS
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    assert not [one for one in mail.defects if one.startswith("unreadable")], mail.defects
    assert bool(mail.body.reply_text.strip()) == bool(mail.body.text.strip()) or mail.forward, "text became empty"
    assert len(mail.body.text) <= ROOM * DEFAULT.text
    for markup in (mail.body.html, mail.body.reply_html):
        if markup is not None:
            again, limited = safe_html(markup)  # escapes may be too many for a second time
            assert again == markup or limited, "safe HTML is not stable"
            lowered = markup.lower()
            assert not [one for one in FORBIDDEN if one in lowered]
    for one in mail.attachments:
        assert one.filename
        assert "/" not in one.filename
        assert len(one.filename.encode()) <= 255


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder))
        atheris.Setup([sys.argv[0], f"-max_len={LONGEST}", "-timeout=20", *sys.argv[1:], folder], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
