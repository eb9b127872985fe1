"""No regular expression that meets mail can take long: proved for each, and for whatever is added.

How the worst number of steps is found is told in `regular_expressions.py`. What is asked of a pattern:
- it is compiled at module level (a table of patterns counts), where this test finds it;
- used from one place (`match`, `fullmatch`) it takes at most 4,000 steps and twenty passes over the text;
- used as a scan (`search`, `sub`, `split`, `finditer`, `findall`, `match` at a position) it takes at most 300 steps for
  each character of the text, which is about half a second for a million characters;
- a pattern whose text is cut before may say so in `CUT`: then its steps over the whole of it are at most 20,000,000
  (a twentieth of a second).
"""

from __future__ import annotations

import ast
import importlib
import math
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture.regular_expressions import Analysis

import config
import gateway
import parsers

ROOT = Path(__file__).parents[2]
ROOMS = (parsers, gateway, config)
MOST_STEPS = 4_000
MOST_PASSES = 20
MOST_STEPS_OF_A_SCAN = 300
MOST_STEPS_IN_ALL = 20_000_000
PLACES = frozenset({"match", "fullmatch"})
SCANS = frozenset({"search", "sub", "subn", "split", "finditer", "findall"})
CALLS = PLACES | SCANS | {"compile"}
CURE = (
    "bound its repeats; make them possessive (++, *+, {1,9}+) or atomic (?>…); let what follows a repeat begin with "
    "other characters; begin a scan with a character, \\b or (?<!…) that the repeats cannot cross; or use str methods"
)
# Modules that meet no mail, and what they meet.
ELSEWHERE = {
    "gateway.cli.explain": "what an operator types",
    "gateway.halo.words": "what HaloPSA answers, cut to some thousand characters",
    "gateway.halo.trailer": "what HaloPSA kept of our own text",
}
# Pattern -> why it is linear although the rule cannot see it.
ARGUED = {
    "parsers.markup.bounds.TAG": "nothing after the attributes can fail, so that each tag is read once; a quote that "
    "is never closed is looked for once of each kind, behind the last one",
    "parsers.markup.bounds.ATTRIBUTE": "the same for one attribute: each match is consumed",
    "parsers.markup.tree.TOKEN": "reads what nh3 wrote: every `<` there begins a whole tag, and every quote is closed",
    "parsers.markup.tree.ATTRIBUTE": "reads the attributes of such a tag",
    "parsers.markup.final.PICTURE": "reads what nh3 wrote, as TOKEN does",
    "parsers.markup.final.INERT": "only matches whole; all repeats are possessive, and only one alternative can begin",
}
# A match at a position that goes on behind each match and ends with the first failure: no scan.
STEPWISE = {
    "gateway.imap.rows._SECTION",
    "parsers.parameters.QUOTED",
    "parsers.parts.transfer.ENCODED_LINE",
    "parsers.parts.transfer.MORE_BASE64",
}
# Pattern -> how long the text is that its callers give it, and why. Few: a pattern that needs no entry is better.
CUT: dict[str, tuple[int, str]] = {
    "parsers.parts.invitation.PARAMETER": (20_000, "an unfolded line"),
    "parsers.attributions.ADDRESS": (420, "an attribution of at most LONGEST_ATTRIBUTION"),
    "parsers.attributions.DASHED": (400, "the same"),
}
# File and function with a pattern of its own, and why it cannot stand at module level.
INSIDE: dict[tuple[str, str], str] = {}

Pattern = re.Pattern[str] | re.Pattern[bytes]


def modules() -> Iterator[str]:
    for room in ROOMS:
        for one in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not one.name.endswith("__main__") and one.name not in ELSEWHERE:
                yield one.name


def patterns() -> dict[str, Pattern]:
    """Every compiled pattern in the globals of a module, in tables too, under the name of its first home."""
    found: dict[int, tuple[str, Pattern]] = {}
    for module in modules():
        for name, value in vars(importlib.import_module(module)).items():
            for one in _inside(value):
                found.setdefault(id(one), (f"{module}.{name}", one))
    out: dict[str, Pattern] = {}
    for name, one in found.values():
        number = sum(other.partition("#")[0] == name for other in out)
        out[f"{name}#{number}" if number else name] = one
    return out


def _inside(value: object, depth: int = 3) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _inside(one, depth - 1)
    elif depth and isinstance(value, (tuple, list, set, frozenset)):
        for one in value:
            yield from _inside(one, depth - 1)


def trees() -> dict[Path, ast.Module]:
    files = [path for room in ROOMS for path in sorted((ROOT / room.__name__).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


TREES = trees()


def uses() -> dict[str, set[str]]:
    """How names are used anywhere: methods, `at` for a match at a position, `value` for everything else."""
    found: dict[str, set[str]] = {}
    for tree in TREES.values():
        methods = {
            id(node.func.value): ("at" if node.func.attr in PLACES and len(node.args) > 1 else node.func.attr)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        for node in ast.walk(tree):
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                name = node.id if isinstance(node, ast.Name) else node.attr
                found.setdefault(name, set()).add(methods.get(id(node), "value"))
    return found


USES = uses()


def how(name: str) -> set[str]:
    """How a pattern is used."""
    found = USES.get(name.rpartition(".")[2].partition("#")[0], {"value"}) - {"pattern"}
    return {"match" if one == "at" else one for one in found} if name in STEPWISE else found


PATTERNS = patterns()


def verdict(pattern: Pattern, used: set[str], length: float = math.inf) -> str:
    """What is wrong with the pattern in this use, or the empty string."""
    scans = not used <= PLACES
    found = Analysis(pattern.pattern, pattern.flags & ~re.UNICODE, scans=scans, whole=used == {"fullmatch"})
    if length < math.inf:
        found = Analysis(pattern.pattern, pattern.flags & ~re.UNICODE, scans=False, whole=used == {"fullmatch"})
        steps = found.steps(length) * (length if scans else 1)
        return "" if steps <= MOST_STEPS_IN_ALL else f"{steps:,.0f} steps for {length:,} characters; {CURE}"
    steps, passes, beyond = found.found.each
    if beyond:
        return f"more than linear; {CURE}"
    if found.scans and steps + passes > MOST_STEPS_OF_A_SCAN:
        return f"scans, and takes {steps:,.0f} steps and {passes:,.0f} passes from each character; {CURE}"
    if steps > MOST_STEPS or passes > MOST_PASSES:
        return f"takes {steps:,.0f} steps and {passes:,.0f} passes; {CURE}"
    return ""


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_linear(name):
    length, _ = CUT.get(name, (math.inf, ""))
    wrong = verdict(PATTERNS[name], how(name), length)
    assert bool(wrong) == (name in ARGUED), wrong or "needs no argument"


def test_every_pattern_is_found():
    literal = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if _is_call_of_re(node)
        and (str(path.relative_to(ROOT)), _function(tree, node)) not in INSIDE
        and not _at_module_level(tree, node)
    ]
    assert not literal, "compile it at module level, where its steps are counted"
    assert len(PATTERNS) >= 40, "the collection has lost its way"


def test_no_entry_without_need():
    assert not {*CUT, *ARGUED, *STEPWISE} - set(PATTERNS)
    known = {
        (str(path.relative_to(ROOT)), _function(tree, node))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if _is_call_of_re(node)
    }
    assert not set(INSIDE) - known
    needless = [name for name in CUT if not verdict(PATTERNS[name], how(name))]
    assert not needless


def _is_call_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in CALLS
    )


def _function(tree: ast.Module, node: ast.AST) -> str:
    owners = [
        one
        for one in ast.walk(tree)
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(inner is node for inner in ast.walk(one))
    ]
    return owners[-1].name if owners else ""


def _at_module_level(tree: ast.Module, node: ast.AST) -> bool:
    return not _function(tree, node) and isinstance(node, ast.Call) and node.func.attr == "compile"


BAD = [
    r"(a+)+$",
    r"(a*)*b",
    r"a*a*b",
    r"(.*)x",
    r"\s+$",
    r"(a|a)*b",
    r"(a|ab)*c",
    r".*?foo.*?bar",
    r"<.*>",
    r"^(\w+\s?)*$",
    r"(x+x+)+y",
    r"([a-z]+)*\d",
    r"\d+\d+z",
    r"(?:a?){30}a{30}b",
    r"<!--.*?-->",
    r"<(b)\b.*?</\1>",
    r"\s*,",
    r"[^@]+@",
    r"(?:(?:a{1,99}){1,99}){1,99}b",
    r"\w+\s*=\s*\w+;",
    r"(?s)begin.+end",
    r"(?m)^\s*$",
    r"[^:]{1,900}:",
    r"x*+y",
    r".{0,500}y",
    r"\b.+z",
    r"(?<!a)[ab]+c",
]
GOOD = [
    r"\n{3,}",
    r"[ \t]+",
    r"<[^<>]*>",
    r"</?([a-z][a-z0-9]{0,15})",
    r"\b\w+:",
    r"(?<![\w.])[\w.]+@",
    r"(?m)^>[> ]*",
    r"(?m)^[^\n]*x",
    r"a{1,9}b",
    r"(?:re|aw|fwd):",
    r"=\?[^?\s=]{1,60}\?[bq]\?",
    r"\Z",
    r"&#?[0-9a-z]{1,32};?",
    r"\A\s+",
    r"[.!?]",
    r"(?>[ab]{1,99})c",
    r"\d{1,4}[./]\d{1,2}",
    r"\r\n?",
    r"x(?=\d)",
    r"\s{0,8}x",
]
BAD_AT_ONE_PLACE = [r"(a+)+b", r"a*a*b", r"(a|a)*b", r".*?foo.*?bar", r"(\w+\s?)*:", r"(?:a?){30}a{30}b"]
GOOD_AT_ONE_PLACE = [
    r"(.*)x",
    r"\s*(\w+)\s*:",
    r"(?:[a-z]+ )*x",
    r"[^*]+\*",
    r"(?:[^\\\"]|\\.)*+\"",
    r"\s+$",
    r"(?:\s+\w+)*",
]


@pytest.mark.parametrize("pattern", BAD)
def test_bad_scans_are_refused(pattern):
    assert verdict(re.compile(pattern), {"search"})


@pytest.mark.parametrize("pattern", GOOD)
def test_good_scans_are_taken(pattern):
    assert not verdict(re.compile(pattern), {"finditer"})


@pytest.mark.parametrize("pattern", BAD_AT_ONE_PLACE)
def test_bad_matches_are_refused(pattern):
    assert verdict(re.compile(pattern), {"fullmatch"})
    assert verdict(re.compile(pattern), {"match"})


@pytest.mark.parametrize("pattern", GOOD_AT_ONE_PLACE)
def test_good_matches_are_taken(pattern):
    assert not verdict(re.compile(pattern), {"match"})


def test_a_cut_text_may_cost_more():
    assert verdict(re.compile(r"\s*,"), {"search"})
    assert not verdict(re.compile(r"\s*,"), {"search"}, 400)
    assert verdict(re.compile(r"(a+)+b"), {"search"}, 400)
