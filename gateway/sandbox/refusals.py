"""Refusals, and how each dialect words them on the wire.

Promises: `Refusal` is the only exception that end points raise on purpose; `answer` is total over its kinds. As
observed, only a 400 is JSON: a 401 and a 404 are empty, a 403 is HTML, a 429 is plain text.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from gateway.sandbox.model import DialectName


class Refusal(Exception):
    """A request that is not granted. `path` names the offending element (`[0].status_id`) of a malformed body."""

    def __init__(self, status: int, words: str = "", *, path: str | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.path = path


def not_found(what: str = "ticket") -> Refusal:
    """What was asked for does not exist, or was deleted."""
    return Refusal(404, f"{what} not found")


def answer(refusal: Refusal, dialect: DialectName) -> Response:
    """The refusal as that dialect's server sends it."""
    status, words = refusal.status, refusal.words
    if status == 429:
        return PlainTextResponse(words, 429)
    if dialect == "documented":
        return JSONResponse({"message": words}, status)
    if status == 400 and refusal.path is not None:
        return JSONResponse({refusal.path: [words]}, 400)
    if status == 400:
        return JSONResponse({"ClassName": "System.Exception", "Message": words, "Data": None, "HResult": 0}, 400)
    if status == 403:
        return HTMLResponse(f"<html><head><title>403</title></head><body><h1>{words}</h1></body></html>", 403)
    if status in {401, 404}:
        return Response(status_code=status)
    return PlainTextResponse(words, status)
