"""The policy, as `policy/cases.txt` lists it, and the table of it in the README."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy import outcome, read
from tools import policy_table

from gateway.decide import decide, later
from gateway.rules import RULES

CASES = read()
README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("case", CASES, ids=[f"line {case.line}" for case in CASES])
def test_policy(case):
    assert outcome(case.facts) == (case.outcome, case.reason)


@pytest.mark.parametrize("case", CASES[::10], ids=[f"line {case.line}" for case in CASES[::10]])
def test_every_rule_until_the_deciding_one_says_something(case):
    names = [name for name, _ in RULES]
    verdicts = decide(case.facts)[1]
    said = [one for one in verdicts if one.rule in names]
    assert said[-1].said.startswith("decides")
    assert [one.rule for one in said] == names[: len(said)]
    assert [one.rule for one in (*said, *later(case.facts, verdicts))] == names


def test_there_are_enough_cases_and_none_twice():
    assert len(CASES) >= 250
    inputs = [(one.evidence, one.sender, one.ticket, one.writer, one.policy) for one in CASES]
    assert len(set(inputs)) == len(inputs)


def test_the_table_in_the_readme_is_made_from_the_cases():
    assert policy_table.table(CASES) in README.read_text(encoding="utf-8")
