"""The account of who can make what happen by mail alone, as SECURITY.md tells it, and what may never stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy import EVIDENCE
from tools import account_table

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
UNPROVEN = (
    "participant, forged", "colleague, forged", "stranger, forged", "other client, forged", "unproved",
    "unproved, other client",
)  # fmt: skip


def test_the_tables_are_made_from_the_rules():
    assert account_table.table() in SECURITY.read_text(encoding="utf-8")


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("sender", UNPROVEN)
def test_whom_nothing_proves_does_nothing_on_a_ticket_that_a_customer_sees(evidence, sender):
    found = account_table.effects(evidence, sender)
    assert "visible" not in {found.text, found.file}
    assert "its author" not in found.text
    assert "those on copy" not in found.welcome
    assert found.reopens == "no"


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("sender", ["stranger", "other client"])
def test_strangers_write_in_public_on_no_ticket_of_others(evidence, sender):
    found = account_table.effects(evidence, sender)
    assert "visible" not in {found.text, found.file}
    assert found.reopens == "no"


@pytest.mark.parametrize("evidence", EVIDENCE)
@pytest.mark.parametrize("sender", ["participant", "colleague"])
def test_whoever_belongs_to_a_ticket_is_heard(evidence, sender):
    found = account_table.effects(evidence, sender)
    assert (found.text, found.file, found.reopens) == ("visible", "visible", "yes")
