"""The three places that settings come from, laid over one another: file, environment, credentials.

Promises: `Gathered.values` is what the declarations will be checked against, `Gathered.origins` says which variable or
credential a value came from, and everything that could not even be placed is in `Gathered.problems`. No value of a
credential or of an unknown key is repeated anywhere. Knows nothing of what is a good value.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from config import declared
from config.declared import CONFIG, PREFIX, Place
from config.errors import Problem

LOGINS: dict[str, Place] = {
    "password": ("password",),
    "client-secret": ("oauth", "client_secret"),
    "refresh-token": ("oauth", "refresh_token"),
}
"""What a login's credential is called after "mailbox-NAME-" or "smtp-", and where it belongs."""

_LARGEST_FILE = 1_000_000
_LARGEST_SECRET = 65_536
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(slots=True)
class Gathered:
    """The layers laid so far. `origins` has no entry for what stands in the file."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_file(path: Path, gathered: Gathered) -> bool:
    """Lay the TOML file down first. False: it could not be read at all, and the problem says why."""

    def complain(said: str, cure: str) -> bool:
        gathered.problems.append(Problem(f"file {path}", "", said, cure))
        return False

    try:
        with path.open("rb") as opened:
            octets = opened.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        return complain(
            "there is no such file", f"copy gateway.example.toml there, or name yours by --config or ${CONFIG}"
        )
    except PermissionError:
        return complain("it may not be read by this user", "give the user that runs the gateway read access to it")
    except OSError as error:
        return complain(f"it cannot be read ({error.strerror})", f"name a file by --config or ${CONFIG}")
    if len(octets) > _LARGEST_FILE:
        return complain("it is larger than 1 MB", "name the configuration by --config, not another file")
    try:
        gathered.values = tomllib.loads(octets.decode("utf-8"))
    except UnicodeDecodeError as error:
        number = octets.count(b"\n", 0, error.start) + 1
        return complain(f"line {number} is not UTF-8", "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        said = str(error)  # repeats the name of a key or one character at most, never a value
        position = _POSITION.search(said)
        at_end = (str(octets.count(b"\n") + 1), "1")
        line, column = (position[1], position[2]) if position and position[1] else at_end
        what = said[: position.start()] if position else said
        cure = 'mend that line: keys are written name = value, texts stand in "quotes", sections in [brackets]'
        return complain(f"line {line}, column {column} is not TOML ({what})", cure)
    except ValueError:
        return complain("it has a number that is too long to be read", "write a sensible number")
    except RecursionError:
        return complain("it is nested too deeply to be read", "take the nesting out")
    return True


def read_environment(environ: Mapping[str, str], gathered: Gathered) -> None:
    """Lay `HALO_MAILGATE_…` variables over the file; list indices merge into the file's list."""
    named = {name: _place(name) for name in environ if name.startswith(PREFIX) and name != CONFIG}
    # Shorter paths first: HALO_MAILGATE_MAILBOX sets the whole list that HALO_MAILGATE_MAILBOX__0__PORT then changes.
    for name, place in sorted(named.items(), key=lambda item: (len(item[1]), [str(step).zfill(9) for step in item[1]])):
        _put(name, place, environ[name], gathered)


def read_credentials(environ: Mapping[str, str], gathered: Gathered) -> None:
    """Lay the files of $CREDENTIALS_DIRECTORY over all else (systemd.exec(5), LoadCredential=)."""
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    if not directory:
        return
    mailboxes = gathered.values.get("mailbox")
    places: dict[str, Place] = {"halo-client-secret": ("halo", "client_secret")}
    places |= {f"smtp-{what}": ("smtp", *where) for what, where in LOGINS.items()}
    for number, mailbox in enumerate(mailboxes if isinstance(mailboxes, list) else ()):
        if isinstance(mailbox, dict) and isinstance(mailbox.get("name"), str):
            for what, where in LOGINS.items():
                places.setdefault(f"mailbox-{mailbox['name']}-{what}", ("mailbox", number, *where))
    try:
        found = sorted(entry.name for entry in Path(directory).iterdir() if entry.is_file())
    except FileNotFoundError:
        return
    except OSError as error:
        said = f"the directory cannot be read ({error.strerror})"
        gathered.problems.append(Problem("$CREDENTIALS_DIRECTORY", "", said, "unset it, or grant access"))
        return
    for name in found:
        credential = f"credential {name}"
        if name in places:
            secret = _secret(Path(directory) / name, credential, gathered)
            if secret is not None:
                _store(places[name], secret, credential, gathered)
        elif name.startswith("mailbox-") and (what := next((one for one in LOGINS if name.endswith(f"-{one}")), "")):
            middle = slice(len("mailbox-"), -len(f"-{what}"))
            mine = [one for one in places if one.startswith("mailbox-") and one.endswith(f"-{what}")]
            known = {place[middle]: place for place in mine}
            near = get_close_matches(name[middle], known, n=1)
            cure = (
                f"did you mean {known[near[0]]}?"
                if near
                else f"name it mailbox-NAME-{what} after the name of a [[mailbox]]"
            )
            gathered.problems.append(Problem(credential, "", "there is no mailbox of that name", cure))
        elif cure := _nearest(name, list(places)):  # others may share the directory, a slip may not hide in it
            gathered.problems.append(Problem(credential, "", "is not a known credential", cure))


def _place(name: str) -> Place:
    place: Place = ()
    for step in name.removeprefix(PREFIX).lower().split("__"):
        number = declared.is_list(place) and step.isdecimal() and step.isascii() and len(step) < 9
        place = (*place, int(step) if number else step)
    return place


def _put(name: str, place: Place, text: str, gathered: Gathered) -> None:
    where = f"{name} in the environment"

    def complain(said: str, cure: str) -> None:
        gathered.problems.append(Problem(where, "", said, cure))

    for depth in range(1, len(place)):
        stem = place[:depth]
        if declared.is_list(stem) and not isinstance(place[depth], int):
            example = declared.variable((*stem, 0, *place[depth + 1 :]))
            return complain("does not say which one by its number", f"count from 0, as in {example}")
        if declared.field(stem) and not declared.is_table(stem) and not declared.is_list(stem):
            return complain("is not a known variable", f"did you mean {declared.variable(stem)}?")
    if not declared.is_list(place) and not declared.is_table(place):
        return _store(place, _typed(place, text), where, gathered)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if declared.is_list(place) and not declared.is_table(place) and not text.lstrip().startswith(("[", "{", '"')):
            return _store(place, [part.strip() for part in text.split(",") if part.strip()], where, gathered)
        return complain("is not JSON", "write the whole value as JSON, or set the keys below it one by one")
    if isinstance(value, dict) and not declared.is_list(place):
        for key, inner in value.items():
            _store((*place, key), inner, where, gathered)
        return None
    return _store(place, value, where, gathered)


def _typed(place: Place, text: str) -> object:
    """A variable holds text; numbers and truths are read where the declarations want one."""
    known = declared.field(place)
    if known is not None and known.annotation is int and text.isdecimal() and text.isascii() and len(text) < 19:
        return int(text)
    if known is not None and known.annotation is bool:
        return {
            "true": True,
            "1": True,
            "yes": True,
            "on": True,
            "false": False,
            "0": False,
            "no": False,
            "off": False,
        }.get(text.strip().lower(), text)
    return text


def _store(place: Place, value: object, where: str, gathered: Gathered) -> None:
    """Set one value inside the tables and lists that lead to it, making those that are not there.

    Where the file has a value of another kind on the way, nothing is set: that is reported with the file.
    """
    here: Any = gathered.values
    for depth, step in enumerate(place):
        last = depth == len(place) - 1
        if isinstance(step, int):
            if not isinstance(here, list):
                return
            if step > len(here):
                said = f"there are {len(here)} before it, so the next is number {len(here)}"
                gathered.problems.append(Problem(where, "", said, "count from 0 without a gap"))
                return
            if step == len(here):
                here.append({})
        elif not isinstance(here, dict):
            return
        elif not last:
            here.setdefault(step, [] if isinstance(place[depth + 1], int) else {})
        if last:
            here[step] = value
        else:
            here = here[step]
    gathered.origins[place] = where


def _secret(path: Path, where: str, gathered: Gathered) -> str | None:
    try:
        with path.open("rb") as opened:
            octets = opened.read(_LARGEST_SECRET + 1)
        text = octets.decode("utf-8")
    except OSError as error:
        gathered.problems.append(Problem(where, "", f"it cannot be read ({error.strerror})", "grant read access to it"))
        return None
    except UnicodeDecodeError:
        gathered.problems.append(Problem(where, "", "is not UTF-8", "save the secret as UTF-8 text"))
        return None
    if len(octets) > _LARGEST_SECRET:
        gathered.problems.append(Problem(where, "", "is larger than 64 KiB", "store the secret alone in it"))
        return None
    return text.removesuffix("\r\n") if text.endswith("\r\n") else text.removesuffix("\n")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else ""
