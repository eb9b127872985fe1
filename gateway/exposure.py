"""Who else on this host may read or write what the daemon lives by: its configuration, secrets, templates and ledger.

Promises: looks and changes nothing. What somebody else can WRITE is grave: they could have our templates carried out,
our mail sent to their server, or a file of ours put in another's place; what they can only read is told. Rights of a
group are an operator's choice (0640 root:halo-mailgate), those of everybody are a slip; a sticky folder keeps files
from being replaced, but not from being put beside ours. A configuration without secrets may be read by everybody. Each
finding names its cure. Fails never: what cannot be looked at is left out. Knows nothing of what is in the files, except
for whether a configuration holds secrets.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from sqlalchemy import make_url

from config.settings import Settings
from storage.private import BESIDE
from storage.purpose import shadow_of

READ, WRITE = stat.S_IROTH, stat.S_IWOTH
SECRETS = frozenset({"client_secret", "password", "refresh_token"})
MOST_TEMPLATES = 2000


@dataclass(frozen=True, slots=True)
class Exposed:
    """One thing that others may read or (`grave`) write."""

    what: str
    said: str
    cure: str
    grave: bool
    passing: bool = False  # the daemon mends it at its start

    def __str__(self) -> str:
        return f"{self.what}: {self.said}: {self.cure}"


def exposed(
    settings: Settings, config: Path, environ: Mapping[str, str] = os.environ, *, shadow: bool = False
) -> list[Exposed]:
    """Everything, the configuration first."""
    found = [*_file(config, "the configuration", secret=_holds_secrets(config)), *_place(config, "the configuration")]
    if directory := environ.get("CREDENTIALS_DIRECTORY", ""):
        found += _credentials(Path(directory))
    for what, path in _trusted(settings):
        found += _file(path, what, secret=what != "ca_file")
    if settings.smtp.templates is not None:
        found += _templates(settings.smtp.templates)
    return [*found, *_ledger(shadow_of(settings.state) if shadow else settings.state)]


def _file(path: Path, what: str, *, secret: bool) -> Iterator[Exposed]:
    mode = _mode(path)
    if mode & WRITE:
        yield Exposed(what, f"{path} can be written by everybody on this host", f"chmod o-rwx {_quoted(path)}", True)
    elif secret and mode & READ:
        said = f"{path} holds secrets and can be read by everybody on this host"
        yield Exposed(what, said, f"chmod o-rwx {_quoted(path)}", False)


def _place(path: Path, what: str) -> Iterator[Exposed]:
    """Whether another file can be put in the place of this one, or another folder in that of one above it."""
    places = {path.absolute().parent, *path.absolute().parent.parents}
    with contextlib.suppress(OSError, RuntimeError):
        real = path.resolve()
        places |= {real.parent, *real.parent.parents}
    for folder in sorted(places):
        mode = _mode(folder)
        if mode & WRITE and not mode & stat.S_ISVTX:
            said = f"everybody on this host can put another file in its place, because {folder} can be written by them"
            yield Exposed(what, said, f"chmod o-w {_quoted(folder)}", True)


def _credentials(directory: Path) -> Iterator[Exposed]:
    mode, files = _mode(directory), []
    with contextlib.suppress(OSError):
        files = sorted(one for one in directory.iterdir() if one.is_file())
    if mode & WRITE:
        said = f"{directory} can be written by everybody on this host"
        foreign = any(_owner(one) not in {0, os.geteuid()} for one in files)
        grave = foreign or not mode & stat.S_ISVTX  # sticky: what is there can be taken away by nobody else
        yield Exposed("the credentials", said, f"chmod 700 {_quoted(directory)}", grave)
    for path in files:
        yield from _file(path, f"the credential {path.name}", secret=True)


def _trusted(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Files that hold keys, or say whom we trust."""
    logins = (settings.smtp.oauth, *(one.oauth for one in settings.mailbox))
    authorities = (settings.halo.ca_file, settings.smtp.ca_file, *(one.ca_file for one in settings.mailbox))
    for path in (*authorities, *(one.ca_file for one in logins if one is not None)):
        if path is not None:
            yield "ca_file", path
    for oauth in logins:
        if oauth is not None and oauth.certificate is not None:
            yield "certificate", oauth.certificate
        if oauth is not None and oauth.service_account is not None:
            yield "service_account", oauth.service_account


def _templates(folder: Path) -> Iterator[Exposed]:
    for place, folders, names in os.walk(folder):
        for one in (Path(place), *(Path(place) / name for name in (*folders, *names)[:MOST_TEMPLATES])):
            if _mode(one) & WRITE:
                said = f"{one} can be written by everybody on this host, and templates are carried out"
                yield Exposed("the templates", said, f"chmod -R o-w {_quoted(folder)}", True)
                return


def _ledger(state: str) -> Iterator[Exposed]:
    url = make_url(state)
    if url.get_backend_name() != "sqlite":
        return
    path = Path(str(url.database))
    folder, what = path.absolute().parent, "the ledger"
    mode, cure = _mode(folder), f"chmod 700 {_quoted(folder)}, or give the ledger a folder of its own"
    if mode & WRITE:
        said = f"its folder {folder} can be written by everybody on this host, who can put files in its files' places"
        yield Exposed(what, said, cure, True)
    elif mode & READ:
        yield Exposed(what, f"its folder {folder} can be read by everybody on this host", cure, False)
    yield from (one for one in _place(path, what) if not (mode & WRITE and str(folder) in one.said))
    for one in (path, *(path.with_name(path.name + end) for end in BESIDE)):
        if _mode(one) & (READ | WRITE):
            doing = "written" if _mode(one) & WRITE else "read"
            said = f"{one} holds mail and can be {doing} by everybody on this host"
            cure, ours = f"chmod 600 {_quoted(one)}; the daemon does it at its start", _owner(one) == os.geteuid()
            yield Exposed(what, said, cure, False, passing=ours)


def _holds_secrets(config: Path) -> bool:
    try:
        return _secrets_in(tomllib.loads(config.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return False


def _secrets_in(value: object) -> bool:
    if isinstance(value, dict):
        state = value.get("state")
        if isinstance(state, str) and "@" in state and urlsplit(state).password:
            return True
        return any((key in SECRETS and isinstance(one, str) and one) or _secrets_in(one) for key, one in value.items())
    return isinstance(value, list) and any(map(_secrets_in, value))


def _mode(path: Path) -> int:
    """Its mode, without what a mount that is read-only allows to nobody; 0 where that cannot be asked."""
    try:
        found = path.stat().st_mode
        if found & WRITE and os.statvfs(path).f_flag & os.ST_RDONLY:
            found &= ~WRITE
    except (OSError, ValueError):
        return 0
    return found if stat.S_ISREG(found) or stat.S_ISDIR(found) else 0


def _owner(path: Path) -> int:
    """Whose it is; ours where that cannot be asked."""
    try:
        return path.stat().st_uid
    except (OSError, ValueError):
        return os.geteuid()


def _quoted(path: Path) -> str:
    return quote(str(path))
