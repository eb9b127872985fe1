"""From what pydantic says of a value to what an operator needs to know: where it stands, what is wrong, what to do.

Promises: every error that the declarations can raise has words of its own here (a test walks through them); an unknown
one falls back on pydantic's. No value is shown that is secret or that stands under an unknown key. Knows nothing of how
values were gathered beyond their origins.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from config import declared
from config.declared import Place
from config.errors import Problem, shown
from config.layers import Gathered

# How a value of each wrong kind is mended; {expected}, {ge} … are pydantic's own context.
_WORDS: Mapping[str, tuple[str, str]] = {
    "string_type": ("must be a text", 'write it in "quotes"'),
    "string_unicode": ("is not UTF-8", "write it in UTF-8"),
    "int_type": ("must be a whole number", "write digits without quotes"),
    "bool_type": ("must be true or false", "write true or false without quotes"),
    "literal_error": ("is not one of the known words", "write {expected}"),
    "greater_than_equal": ("is too small", "write {ge} or more"),
    "less_than_equal": ("is too large", "write {le} or less"),
    "path_type": ("must be a path", 'write it in "quotes"'),
}


def problem(error: ErrorDetails, gathered: Gathered) -> Problem | None:
    """One error of pydantic as a `Problem`; None for an error that only follows from another one."""
    place: Place = error["loc"]
    context: dict[str, Any] = error.get("ctx") or {}
    kind = error["type"]
    if kind == "default_factory_not_called":  # the field it is made of has been complained about
        return None
    where = place_of(place, gathered)
    value = "" if declared.is_secret(place) else shown(error["input"])
    match kind:
        case "extra_forbidden":
            origin = _origin_below(place, gathered)
            cure = declared.advice(place, in_environment=bool(origin))
            return Problem(origin or where, "", "is not a known key", cure)
        case "missing" if place == ("mailbox",):
            return Problem(where, "", "there is no mailbox to watch", "add a section [[mailbox]]")
        case "missing":
            return Problem(where, "", "is missing", how_to_add(place, gathered))
        case "tuple_type" if place == ("mailbox",):
            return Problem(where, "", "must be a list of sections", "write [[mailbox]] with two pairs of brackets")
        case "tuple_type":
            return Problem(where, value, "must be a list", 'write ["…", "…"] even for one')
        case "model_type" | "model_attributes_type":
            return Problem(
                where, "", "must be a section, not a value", f"write {declared.where(place)} on a line of its own"
            )
        case "refused":
            return Problem(where, value, context["said"], context["cure"])
        case _:
            said, cure = _WORDS.get(kind, (error["msg"], "see gateway.example.toml"))
            return Problem(where, value, said, cure.format_map({key: _plain(known) for key, known in context.items()}))


def place_of(place: Place, gathered: Gathered) -> str:
    """Where a value came from: the variable or credential, else the place in the file."""
    for depth in range(len(place), 0, -1):
        origin = gathered.origins.get(place[:depth])
        if origin:
            return " ".join([origin, *map(str, place[depth:])])
    name = None
    mailboxes = gathered.values.get("mailbox")
    if place[:1] == ("mailbox",) and len(place) > 1 and isinstance(mailboxes, list) and isinstance(place[1], int):
        mailbox = mailboxes[place[1]]
        name = mailbox.get("name") if isinstance(mailbox, dict) else None
    return declared.where(place, mailbox_name=name)


def _origin_below(place: Place, gathered: Gathered) -> str:
    """The variable that brought an unknown key, or something under it, in."""
    return next((origin for known, origin in gathered.origins.items() if known[: len(place)] == place), "")


def how_to_add(place: Place, gathered: Gathered) -> str:
    """How a key that is missing can be given."""
    known = declared.field(place)
    key = place[-1]
    if declared.is_secret(place):
        credential = "halo-client-secret"
        if place[0] == "mailbox":
            mailbox = gathered.values["mailbox"][place[1]]
            name = mailbox.get("name") if isinstance(mailbox.get("name"), str) else "NAME"
            credential = f"mailbox-{name}-password"
        return f'provide the credential {credential} or {declared.variable(place)}, or add the line {key} = "…"'
    example = known.examples[0] if known is not None and known.examples else "…"
    return f'add a line such as {key} = "{example}"'


def _plain(value: object) -> object:
    """Pydantic quotes words with apostrophes; TOML's everyday quotes are double."""
    return value.replace("'", '"') if isinstance(value, str) else value
