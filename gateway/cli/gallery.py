"""Acknowledgements side by side for a browser: each as light and as dark programs show it, its text and its fields.

Promises: one file that loads nothing; the answers stand in frames that may run no script, so that neither a mail nor a
template reaches the page. Served anew at each request, a template that cannot be used is shown with its cure instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from config.errors import Problem
from config.settings import Settings
from gateway.errors import Trouble
from gateway.preview import Preview, Wish, preview

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"


def page(settings: Settings, wishes: Iterable[Wish], wrong: Iterable[Problem]) -> str:
    """The page."""
    shown: list[Preview] = []
    said = [str(one) for one in wrong]
    for wish in wishes:
        try:
            shown.append(preview(settings, wish))
        except Trouble as trouble:
            said.append(f"{wish.occasion}, {wish.language or 'its language'}: {trouble.words or trouble.cause}")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("gateway").joinpath("cli", "gallery.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(shown=shown, said=said, policy=POLICY)


def serve(address: tuple[str, int], made: Callable[[], str], ready: Callable[[str], None]) -> None:
    """Serve the page until interrupted. OSError: the address cannot be listened on."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/":
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            body = made().encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(address, Page) as server:
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        ready(f"http://{host}:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
