"""The argument in storage/README.md: its picture is the table, and each test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from storage.states import TABLE, picture

ROOT = Path(__file__).parents[2]
ARGUMENT = (ROOT / "storage" / "README.md").read_text(encoding="utf-8")
NAMED_TEST = re.compile(r"`(test_\w{1,120})`")
DEFINED_TEST = re.compile(r"def (test_\w{1,120})\(")


def test_the_picture_is_made_of_the_table():
    assert picture() in ARGUMENT
    assert picture().count("-->") == len(TABLE) + 2


def test_each_test_that_is_named_is_there():
    named = set(NAMED_TEST.findall(ARGUMENT))
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(named) > 40
    assert named - {name for text in texts for name in DEFINED_TEST.findall(text)} == set()


def test_each_sentence_of_the_argument_names_a_test():
    points = re.split(r"\n\d{1,2}\. ", ARGUMENT.partition("## What it rests on")[2].partition("\n## ")[0])[1:]
    assert len(points) >= 11
    assert all("`test_" in point for point in points)
