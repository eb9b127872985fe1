"""The list of guards is true: each stands where it says, and its test exists. `make guards` takes them out in turn."""

from __future__ import annotations

import pytest

from guards.guards import GUARDS, ROOT


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_where_the_list_says(guard):
    assert (ROOT / guard.file).read_text(encoding="utf-8").count(guard.there) == 1
    file, _, name = guard.test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8") if name else (ROOT / file).exists()
