"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("gateway", "parsers", "storage", "config") for path in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_is_no_corridor(path):
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "a module says what it promises"
    data = path.parent.name == "words" and "because it is data" in " ".join(docstring.split())
    assert len(text.splitlines()) <= 400 or data
    assert "TODO" not in text
