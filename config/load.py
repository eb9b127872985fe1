"""The configuration, whole and checked, or everything that is wrong with it.

Promises: a credential wins over the environment, the environment over the file. `load` returns settings that can be
used or raises `BadConfiguration` with every problem at once; it reads files and changes nothing. No secret is printed.
Knows nothing of who uses a setting.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from config.checks import contradictions
from config.complaints import problem
from config.declared import CONFIG
from config.errors import BadConfiguration, Problem
from config.layers import Gathered, read_credentials, read_environment, read_file
from config.settings import Settings

DEFAULT_PATH = Path("/etc/halo-mailgate/gateway.toml")


def find(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Which file is the configuration: the one given, else $HALO_MAILGATE_CONFIG, else the one in /etc."""
    if path is not None:
        return path
    named = environ.get(CONFIG, "")
    return Path(named) if named else DEFAULT_PATH


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ, *, need_secrets: bool = True) -> Settings:
    """The settings. BadConfiguration: they cannot be used.

    `need_secrets=False` is for commands that only read the ledger: whoever runs them may have no access to the
    credentials, and a secret that is not there is then empty.
    """
    gathered = Gathered()
    if not read_file(find(path, environ), gathered):
        raise BadConfiguration(tuple(gathered.problems))
    read_environment(environ, gathered)
    read_credentials(environ, gathered)
    gathered.values.setdefault("halo", {})  # so that each key that it must have is named
    if not need_secrets:
        _leave_secrets_out(gathered.values)
    # A key with an underscore in front would pass for one of pydantic-settings' own switches.
    for key in [key for key in gathered.values if key.startswith("_")]:
        del gathered.values[key]
        gathered.problems.append(Problem(key, "", "is not a known key", "take it out"))
    problems = list(gathered.problems)
    settings = None
    try:
        settings = Settings(**gathered.values)
    except ValidationError as error:
        found = (problem(detail, gathered) for detail in error.errors(include_url=False))
        problems += [one for one in found if one]
    problems += contradictions(gathered, need_secrets=need_secrets)
    if settings is None or problems:
        raise BadConfiguration(tuple(problems))
    return settings


def _leave_secrets_out(values: dict[str, object]) -> None:
    mailboxes = values.get("mailbox")
    tables = [(values["halo"], "client_secret")]
    tables += [(mailbox, "password") for mailbox in (mailboxes if isinstance(mailboxes, list) else ())]
    for table, key in tables:
        if isinstance(table, dict):
            table.setdefault(key, "")
