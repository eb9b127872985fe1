"""Questions to the declarations: what is known at a place, what kind it is, what its neighbours are called.

A place is a path such as ("halo", "url") or ("mailbox", 0, "port"). Promises: every question has an answer for every
place, known or not. Knows nothing of values.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config.settings import Settings

Place = tuple[str | int, ...]
PREFIX = "HALO_MAILGATE_"
CONFIG = PREFIX + "CONFIG"


def section(place: Place) -> type[BaseModel] | None:
    """The class declared for a table, None where there is no table."""
    here: type[BaseModel] = Settings
    for step in place:
        if isinstance(step, int):
            continue
        found = here.model_fields.get(step)
        inner = _table_class(found.annotation) if found else None
        if inner is None:
            return None
        here = inner
    return here


def field(place: Place) -> FieldInfo | None:
    """The declaration of a key, None for a place that is unknown or the element of a list."""
    if not place or isinstance(place[-1], int):
        return None
    table = section(place[:-1])
    return table.model_fields.get(place[-1]) if table else None


def is_table(place: Place) -> bool:
    """Whether a place holds a table or a list of tables."""
    if place and isinstance(place[-1], int):
        return is_table(place[:-1])
    known = field(place)
    return known is not None and _table_class(known.annotation) is not None


def is_list(place: Place) -> bool:
    """Whether a key holds a list, of tables or of texts."""
    known = field(place)
    return known is not None and get_origin(known.annotation) is tuple


def is_secret(place: Place) -> bool:
    """Whether what stands there must never be shown. What nobody knows might be one."""
    known = field(place)
    return known is None or known.annotation is SecretStr


def where(place: Place, *, mailbox_name: object = None) -> str:
    """A place as people say it: `[halo] url`, `[[mailbox]] "support" port`, `state`."""
    match place:
        case ("mailbox", int(number), *rest):
            known = isinstance(mailbox_name, str) and mailbox_name.isprintable() and len(mailbox_name) <= 64
            which = f'"{mailbox_name}"' if known and rest[:1] != ["name"] else f"number {number + 1}"
            return " ".join(["[[mailbox]]", which, *map(str, rest)])
        case ("mailbox",):
            return "[[mailbox]]"
        case ("rule", int(number), *rest):
            return " ".join([f"[[rule]] number {number + 1}", *map(str, rest)])
        case (str(table),) if is_table(place):
            return f"[{table}]"
        case (str(table), *rest) if rest:
            return " ".join([f"[{table}]", *map(str, rest)])
        case _:
            return " ".join(map(str, place))


def variable(place: Place) -> str:
    """The environment variable that sets a place."""
    return PREFIX + "__".join(str(step).upper() for step in place)


def advice(place: Place, *, in_environment: bool) -> str:
    """The cure for an unknown key: the nearest known name, else where a key of that name belongs, else all names."""
    table, key = section(place[:-1]), str(place[-1])
    names = list(table.model_fields) if table else []
    near = get_close_matches(key, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {variable((*place[:-1], near[0])) if in_environment else near[0]}?"
    homes = [(), *((name,) for name in Settings.model_fields if is_table((name,)))]
    at = [home for home in homes if (known := section(home)) and key in known.model_fields]
    if at and in_environment:
        numbered: list[Place] = [(*home, "0") if home == ("mailbox",) else home for home in at]
        return "write " + " or ".join(variable((*home, key)) for home in numbered)
    if at:
        return "it belongs " + " or ".join(
            "at the top of the file"
            if home == ()
            else "under [[mailbox]]"
            if home == ("mailbox",)
            else f"under [{home[0]}]"
            for home in at
        )
    return "take it out" + (f"; known here are {', '.join(names)}" if names else "")


def _table_class(annotation: object) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
