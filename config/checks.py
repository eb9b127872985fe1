"""Settings that are each well formed and together make no sense, and files they name that are not there.

Promises: `contradictions` looks at values as they were gathered, before the declarations have accepted them, so that it
reports beside field errors and not only after them; a value of the wrong kind is skipped, others report it.
Reads nothing but the certificate files that are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from config.complaints import how_to_add, place_of
from config.declared import Place, is_secret
from config.errors import Problem, shown
from config.layers import Gathered
from config.oauth import missing
from config.settings import Halo, Mailbox, Smtp

_TLS_PORTS = {"smtp": 465, "mailbox": 993}
_STARTTLS_PORTS = {"smtp": 587, "mailbox": 143}


def contradictions(gathered: Gathered, *, need_secrets: bool) -> Iterator[Problem]:
    """Everything in the gathered values that cannot be meant."""

    def found(place: Place, value: object, said: str, cure: str) -> Problem:
        return Problem(place_of(place, gathered), "" if is_secret(place) else shown(value), said, cure)

    halo = _filled(gathered.values.get("halo"), Halo)
    smtp = _filled(gathered.values.get("smtp", {}), Smtp)
    entries = gathered.values.get("mailbox")
    mailboxes = [_filled(entry, Mailbox) for entry in entries] if isinstance(entries, list) else []
    servers: list[tuple[Place, dict[str, Any]]] = [
        (("smtp",), smtp),
        *((("mailbox", number), mailbox) for number, mailbox in enumerate(mailboxes)),
    ]

    if halo.get("dialect") == "observed" and halo.get("outcome") == "":
        yield found(("halo", "outcome"), "", 'is empty, and the "observed" dialect needs one', 'write "Email Update"')
    for key in ("url", "auth_url"):
        if (http_host := _http_host(halo.get(key))) and not _loopback(http_host):
            said = "would send the client secret over the network in the clear"
            yield found(("halo", key), halo[key], said, "write https://")
    for place, server in servers:
        kind, port, security = str(place[0]), server.get("port"), server.get("security")
        if port == _TLS_PORTS[kind] and security in {"starttls", "none"}:
            cure = f'write security = "tls", or port = {_STARTTLS_PORTS[kind]}'
            yield found((*place, "port"), port, f'is the port for security = "tls", not "{security}"', cure)
        host = server.get("host")
        if security == "none" and server.get("username") and isinstance(host, str) and not _loopback(host):
            said = "would send the login over the network in the clear"
            yield found((*place, "security"), "none", said, 'write "tls" or "starttls"')
    ticket = gathered.values.get("ticket")
    for key in ("client", "tickettype", "status", "priority"):
        if isinstance(ticket, dict) and ticket.get(key) and f"{key}_id" in ticket:
            said = f"is given beside {key}_id, which says the same"
            yield found(("ticket", key), ticket[key], said, "leave one of the two out")
    if smtp.get("username") == "" and (smtp.get("password") or smtp.get("oauth")):
        what = "OAuth" if smtp.get("oauth") else "a password"
        yield found(("smtp", "username"), "", f"is empty, but there is {what}", "write the login name")
    for place, server in servers:
        yield from _oauth(place, server, found)
    if need_secrets and smtp.get("username") and smtp.get("password") == "" and not smtp.get("oauth"):
        said = "is empty, but there is a username"
        yield found(("smtp", "password"), "", said, "provide the credential smtp-password, or empty the username")
    if need_secrets:
        if halo.get("client_secret") == "":
            yield found(("halo", "client_secret"), "", "is empty", "write the secret into it")
        for place, table in servers[1:]:
            if table.get("source") == "imap" and table.get("password") == "" and not table.get("oauth"):
                cure = f"{how_to_add((*place, 'password'), gathered)}; or write [mailbox.oauth]"
                yield found((*place, "password"), "", "is missing", cure)
    for number, mailbox in enumerate(mailboxes):
        for key in {"imap": ("host", "username"), "maildir": ("maildir",)}.get(str(mailbox.get("source")), ()):
            if not mailbox.get(key):
                place = ("mailbox", number, key)
                yield found(place, mailbox.get(key) or "", "is missing", how_to_add(place, gathered))
    yield from _among_mailboxes(mailboxes, found)
    yield from _templates(gathered, smtp, found)
    for place, table in ((("halo",), halo), *servers):
        named = table.get("ca_file")
        if isinstance(named, str) and named.startswith("/") and not _readable(Path(named)):
            cure = "name a PEM file that the gateway's user may read, or leave the line out"
            yield found((*place, "ca_file"), named, "cannot be read", cure)


def _templates(
    gathered: Gathered, smtp: dict[str, Any], found: Callable[[Place, object, str, str], Problem]
) -> Iterator[Problem]:
    rules = gathered.values.get("rule")
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        name = rule.get("template") if isinstance(rule, dict) else None
        if not isinstance(name, str) or not name:
            continue
        folder = smtp.get("templates")
        if not isinstance(folder, str):
            yield found(("rule", number, "template"), name, "needs a folder to be in", "write [smtp] templates")
        elif "/" not in name and not _readable(Path(folder) / f"{name}.txt.j2"):
            cure = f"put {name}.txt.j2 into [smtp] templates, where the gateway's user may read it"
            yield found(("rule", number, "template"), name, "has no text there", cure)


def _oauth(
    place: Place, server: dict[str, Any], found: Callable[[Place, object, str, str], Problem]
) -> Iterator[Problem]:
    oauth = server.get("oauth")
    if not isinstance(oauth, dict):
        return
    if server.get("password"):
        said = "is given beside oauth: only one of them can be the login"
        yield found((*place, "password"), "", said, "leave one of the two out")
    if (wanting := missing(oauth)) is not None:
        yield found((*place, "oauth", wanting[0]), oauth.get(wanting[0], ""), "is missing", wanting[1])
    for key in ("certificate", "service_account", "ca_file"):
        named = oauth.get(key)
        if isinstance(named, str) and named.startswith("/") and not _readable(Path(named)):
            yield found((*place, "oauth", key), named, "cannot be read", "name a file that the gateway's user may read")


def _among_mailboxes(
    mailboxes: list[dict[str, Any]], found: Callable[[Place, object, str, str], Problem]
) -> Iterator[Problem]:
    names: dict[str, int] = {}
    folders: dict[tuple[str, ...], int] = {}
    for number, mailbox in enumerate(mailboxes):
        name = mailbox.get("name")
        if isinstance(name, str) and name and names.setdefault(name, number) != number:
            said = f"is the name of [[mailbox]] number {names[name] + 1} too"
            yield found(("mailbox", number, "name"), name, said, "give each mailbox a name of its own")
        host, username, more = (mailbox.get(key) for key in ("host", "username", "folders"))
        watched = [("folder", mailbox.get("folder")), *(("folders", one) for one in _texts(more))]
        when_done = mailbox.get("when_done")
        target = _folder(when_done[5:]) if isinstance(when_done, str) and when_done.startswith("move:") else None
        for key, folder in watched:
            if not isinstance(folder, str):
                continue
            if target == _folder(folder):
                said = "moves mail to the folder that it is in"
                yield found(("mailbox", number, "when_done"), when_done, said, 'name another folder, or write "seen"')
            if isinstance(host, str) and isinstance(username, str) and host and username:
                account = (host.lower(), str(mailbox.get("port")), username, _folder(folder))
                if account in folders:
                    other = folders[account]
                    said = (
                        f"is watched by [[mailbox]] number {other + 1} already" if other != number else "is named twice"
                    )
                    cure = "leave one of them out, or name another folder: each mail would be taken twice"
                    yield found(("mailbox", number, key), folder, said, cure)
                folders.setdefault(account, number)


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _filled(values: object, declared: type[BaseModel]) -> dict[str, Any]:
    """What was written, with the defaults for what was not; {} for something that is no table."""
    if not isinstance(values, dict):
        return {}
    defaults = {
        key: known.default.get_secret_value() if isinstance(known.default, SecretStr) else known.default
        for key, known in declared.model_fields.items()
        if known.default is not PydanticUndefined
    }
    return defaults | values


def _folder(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name  # the one name without case (RFC 9051 §5.1)


def _http_host(url: object) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme == "http" else ""


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except (OSError, ValueError):
        return False
