"""gateway.example.toml, read off the declarations: every key with its meaning and its default.

Promises: pure; the shipped file is this text (a test compares them). `python -m config.example` prints it.
"""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config import declared, units
from config.settings import SHOWN, Settings

SHIPPED = Path(__file__).with_name("gateway.example.toml")
HEAD = """\
halo-mailgate: every setting, with its meaning. A key that is commented out shows its default (or, of a secret or a
file, what it looks like); the others have none and must be written. Copy this to /etc/halo-mailgate/gateway.toml.

Each key can be overridden by the environment, as in HALO_MAILGATE_HALO__URL or HALO_MAILGATE_MAILBOX__0__PASSWORD, and
each secret by a file in $CREDENTIALS_DIRECTORY: halo-client-secret, smtp-password, mailbox-NAME-password. Durations are
written "500ms", "30s", "3m", "1h", "2d", sizes "50MB" or "25MiB"."""


def example(*, defaults_live: bool = False) -> str:
    """The whole file. With `defaults_live` the defaults are written out instead of commented out."""
    lines = [*_comment(HEAD)]
    for name, known in Settings.model_fields.items():
        if not declared.is_table((name,)):
            lines += ["", *_key(name, known, defaults_live=defaults_live)]
    for name in Settings.model_fields:
        table = declared.section((name,))
        if table is not None and declared.is_table((name,)):
            heading = f"[[{name}]]" if declared.is_list((name,)) else f"[{name}]"
            optional = Settings.model_fields[name].default == ()
            body = _sketch(heading, table) if optional else [heading, *_table(table, defaults_live=defaults_live)]
            lines += ["", "", *_comment(table.__doc__ or ""), *body]
    return "\n".join(lines) + "\n"


def _sketch(heading: str, table: type[BaseModel]) -> list[str]:
    """A table that there may be any number of, none too: what each key could say."""
    lines = ["#", "# What each key could say; all but the name may be left out.", f"# {heading}"]
    for name, known in table.model_fields.items():
        shown = _toml(known.examples[0] if known.examples else known.default)
        lines += ["", *_comment(known.description or ""), f"# {known.alias or name} = {shown}"]
    return lines


def _table(table: type[BaseModel], *, defaults_live: bool) -> list[str]:
    lines: list[str] = []
    for name, known in table.model_fields.items():
        if isinstance(known.default, BaseModel):  # a table in a table: shown as one that nobody has to write
            lines += ["", *_comment(known.description or ""), f"# {name} = {{}}"]
            continue
        lines += (
            ["", *_key(name, known, defaults_live=defaults_live)]
            if lines
            else _key(name, known, defaults_live=defaults_live)
        )
    return lines


def _key(name: str, known: FieldInfo, *, defaults_live: bool) -> list[str]:
    default = known.default
    comment = _comment(known.description or "")
    if known.annotation is SecretStr or default is None or known.default_factory is not None:
        return [*comment, f"# {name} = {_toml(known.examples[0] if known.examples else '')}"]
    if default is PydanticUndefined or known.json_schema_extra == SHOWN:
        return [*comment, f"{name} = {_toml((known.examples or [''])[0])}"]
    shown = units.written_size(default) if isinstance(default, units.Octets) else default
    return [*comment, f"{'' if defaults_live else '# '}{name} = {_toml(shown)}"]


def _toml(value: object) -> str:
    if isinstance(value, timedelta):
        value = units.written(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    # JSON's texts, numbers, truths and lists are TOML's.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    lines = [line for paragraph in paragraphs for line in ["", *textwrap.wrap(paragraph, 118)]][1:]
    return [f"# {line}".rstrip() for line in lines]


if __name__ == "__main__":
    sys.stdout.write(example())
