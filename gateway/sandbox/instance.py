"""One HaloPSA instance: its dialect, what it holds, its clock, and reading requests as that dialect does.

Promises: whatever comes in is checked against the tables of `fields`: a name that the server does not know is ignored
and noted in `unknown_fields`, a value of the wrong kind is a 400 in the dialect's own form. Dates come out aware, in
UTC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, assert_never

from starlette.requests import Request

from gateway.sandbox.fields import KNOWN, Kind
from gateway.sandbox.habits import Habits
from gateway.sandbox.model import DialectName
from gateway.sandbox.refusals import Refusal
from gateway.sandbox.store import Store

_NEWTONSOFT: Mapping[Kind, str] = {
    "int": "integer",
    "float": "double",
    "str": "string",
    "bool": "boolean",
    "date": "DateTime",
    "any": "object",
}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def moment(text: str) -> datetime:
    """An ISO 8601 date or time as an aware datetime; without a zone it is taken as UTC. ValueError: it is neither."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


@dataclass(slots=True)
class Instance:
    """What every end point works on."""

    dialect: DialectName
    store: Store
    now: Callable[[], datetime]
    habits: Habits = field(default_factory=Habits)
    unknown_fields: set[tuple[str, str]] = field(default_factory=set)

    @property
    def observed(self) -> bool:
        """Whether this is the observed dialect."""
        return self.dialect == "observed"

    async def elements(self, request: Request, operation: str) -> list[dict[str, Any]]:
        """The elements of a POST body, which must be a JSON array of objects."""
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if not (media_type in {"application/json", "text/json"} or media_type.endswith("+json")):
            raise Refusal(415, "Unsupported Media Type")
        try:
            body = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "the body is not JSON", path="") from error
        if not isinstance(body, list):
            raise Refusal(400, "the body must be a JSON array, also for one element", path="")
        if not body:
            raise Refusal(400, "the body is an empty array", path="")
        return [self._element(operation, index, element) for index, element in enumerate(body)]

    def _element(self, operation: str, index: int, element: object) -> dict[str, Any]:
        if not isinstance(element, dict):
            raise Refusal(400, "an element of the body is not an object", path=f"[{index}]")
        known = KNOWN[self.dialect][operation]
        read: dict[str, Any] = {}
        for name, value in element.items():
            if name not in known:
                self.unknown_fields.add((operation, name))
                read[name] = value
            else:
                read[name] = self._value(f"[{index}].{name}", name, known[name], value)
        return read

    def _value(self, path: str, name: str, kind: Kind, value: Any) -> Any:
        if value is None or _fits(kind, value):
            if kind != "date" or value is None:
                return value
            try:
                return moment(value)
            except ValueError:
                pass
        if self.observed:
            given = "string" if isinstance(value, str) else type(value).__name__
            words = f"Could not convert {given} to {_NEWTONSOFT[kind]}: {str(value)[:100]}."
            words += f" Path '{path}', line 1, position 1."
            raise Refusal(400, words, path=path)
        raise Refusal(400, f"invalid field value: {name} must be of kind {kind}")

    def query(self, request: Request, operation: str) -> dict[str, Any]:
        """The query parameters that the operation knows, converted; empty ones count as absent."""
        known = KNOWN[self.dialect][operation]
        read: dict[str, Any] = {}
        for given, text in request.query_params.items():
            name = given.lower() if self.observed else given
            if name not in known:
                self.unknown_fields.add((operation, given))
            elif text:
                read[name] = self._parameter(name, known[name], text)
        return read

    def _parameter(self, name: str, kind: Kind, text: str) -> Any:
        try:
            match kind:
                case "int":
                    return int(text)
                case "float":
                    return float(text)
                case "bool":
                    return _TRUTH[text.lower()]
                case "date":
                    return moment(text)
                case "str" | "any":
                    return text
                case _:
                    assert_never(kind)
        except (ValueError, KeyError) as error:
            if self.observed:
                raise Refusal(400, f"The value '{text}' is not valid.", path=name) from error
            raise Refusal(400, f"invalid field value: {name} must be of kind {kind}") from error

    def form(self, values: Mapping[str, str], operation: str) -> dict[str, Any]:
        """The text parts of a multipart form, converted like query parameters."""
        known = KNOWN[self.dialect][operation]
        self.unknown_fields |= {(operation, name) for name in values if name not in known}
        return {name: self._parameter(name, known[name], text) for name, text in values.items() if name in known}


def _fits(kind: Kind, value: object) -> bool:
    """Whether a JSON value may stand in a field. Strict: `95.0` and `"95"` are no integers for this server."""
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str)
        case "any":
            return True
        case _:
            assert_never(kind)
