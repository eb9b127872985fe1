"""Everything that a command prints goes through `gateway.cli.out`: nothing else writes to the two streams.

Who bypasses it could let a control character of a stranger's mail through.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("gateway", "parsers", "storage", "config") for path in (ROOT / room).rglob("*.py"))
DOOR = {"gateway/cli/out.py", "gateway/cli/consoles.py"}
# What else writes to a stream of its own, and why nobody's words get there.
ELSEWHERE = {
    "gateway/alone.py": "a process whose standard output is a pipe to ours",
    "gateway/observe/logs.py": "the log, which makes its own lines safe (tests/attacks/test_terminals.py)",
    "gateway/sandbox/__main__.py": "the sandbox's own program: a port, and what its operator typed",
    "storage/states.py": "a table for its reader, made when it is run by itself; all of it ours",
    "config/example.py": "the example of a configuration, all of it ours",
}
CALLS = {"print", "input", "echo", "secho", "Console", "rprint"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}


def bypasses(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            console = isinstance(owner, ast.Name | ast.Attribute | ast.Call) and name == "print"
            if name in CALLS and not console:
                found.append(f"{name}() in line {node.lineno}")
            if name == "dumps" and isinstance(owner, ast.Name) and owner.id.startswith("json"):
                found.append(f"json.dumps() in line {node.lineno}")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "sys" and node.attr in STREAMS:
                found.append(f"sys.{node.attr} in line {node.lineno}")
            if node.value.id == "os" and node.attr in {"write", "fdopen"}:
                found.append(f"os.{node.attr} in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_bypasses_the_one_way_out(path):
    name = str(path.relative_to(ROOT))
    if name in DOOR | set(ELSEWHERE):
        return
    found = bypasses(ast.parse(path.read_text(encoding="utf-8")))
    if not name.startswith("gateway/cli/"):  # documents and files are made elsewhere too, but printed nowhere
        found = [one for one in found if not one.startswith(("json.dumps", "os."))]
        if name == "gateway/demo/play.py":  # where nobody gave it a console
            found = [one for one in found if not one.startswith("Console")]
    assert not found, f"print it by gateway.cli.out: {found}"


@pytest.mark.parametrize(
    "source",
    [
        "print(mail.subject)",
        "import typer\ntyper.echo(words)",
        "import sys\nsys.stdout.write(words)",
        "import sys\nout = sys.stderr\nout.write(words)",
        "import json\nsay(json.dumps(found))",
        "from rich.console import Console\nConsole().print(words)",
        "import os\nos.write(1, words)",
    ],
)
def test_a_bypass_is_seen(source):
    assert bypasses(ast.parse(source))


def test_a_table_on_the_safe_console_is_none():
    assert not bypasses(ast.parse("out.console().print(table)\nconsole.print(line)\nsay(words)"))
