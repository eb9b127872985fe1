"""`halo-mailgate ack preview`: an acknowledgement as it would be sent; in the terminal, as a file, or in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import out
from gateway.cli.common import EX_CONFIG, EX_USAGE, ConfigOption, fail, settings
from gateway.cli.files import EX_NOINPUT, read_mail
from gateway.cli.out import say, tell
from storage import private

if TYPE_CHECKING:
    from config.settings import Mailbox, Settings
    from gateway.preview import Preview, Wish

app = typer.Typer(help="Acknowledgements: see them before customers do.")
OCCASIONS = ("opened", "reopened", "oversized", "refused")


class Form(StrEnum):
    """How one is printed."""

    TEXT = "text"
    HTML = "html"
    EML = "eml"


def register(parent: typer.Typer) -> None:
    """Add the command."""
    parent.add_typer(app, name="ack", no_args_is_help=True)


@app.callback()
def ack() -> None:
    """Acknowledgements."""


@app.command("preview")
def show(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", help="The mail to answer; a made-up one without.")
    ] = None,
    config: ConfigOption = None,
    mailbox: Annotated[
        str | None, typer.Option("--mailbox", help="By which it came in; else by whom it was sent to.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help='Such as "de"; else the mail\'s.')] = "",
    occasion: Annotated[
        str | None, typer.Option("--occasion", help=f"{', '.join(OCCASIONS)}.", show_default="opened")
    ] = None,
    template: Annotated[str, typer.Option("--template", help="The template that a rule names.")] = "",
    ticket: Annotated[int, typer.Option("--ticket", min=1, help="Number of the ticket.")] = 1234,
    within: Annotated[str, typer.Option("--within", help='What the priority promises, such as "4h".')] = "",
    at: Annotated[str, typer.Option("--at", help='When, in the office\'s zone: "2026-12-24 20:00"; else now.')] = "",
    form: Annotated[Form, typer.Option("--form", help="What to print of it.")] = Form.TEXT,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write a page for a browser: all languages, light and dark.")
    ] = None,
    serve: Annotated[
        str | None,
        typer.Option("--serve", metavar="HOST:PORT", help="Serve that page; reload it after changing a template."),
    ] = None,
) -> None:
    """Show what a sender would get as an answer. Sends nothing, asks nobody."""
    chosen = settings(config, need_secrets=False)
    from gateway.preview import SAMPLE, Wish, language_of, preview, problems
    from gateway.smtp.wording import LANGUAGES

    octets = SAMPLE if file is None else _read(file)
    box = _mailbox(chosen, mailbox, octets)
    if language and language not in LANGUAGES:
        fail(f"there is no language {language!r}; there are {', '.join(LANGUAGES)}", EX_USAGE)
    if occasion is not None and occasion not in OCCASIONS:
        fail(f"there is no occasion {occasion!r}; there are {', '.join(OCCASIONS)}", EX_USAGE)
    wish = Wish(box, octets, occasion or "opened", language, template, ticket, _within(within), _at(chosen, box, at))
    if page is None and serve is None:
        wrong = [str(one) for one in problems(chosen)]
        if wrong:
            fail("the templates cannot be used:\n  - " + "\n  - ".join(wrong), EX_CONFIG)
        _print(_tried(lambda: preview(chosen, wish)), form)
        return
    from gateway.cli import gallery

    def made() -> str:
        wishes = _wishes(wish, occasion, language or language_of(chosen, wish))
        return gallery.page(chosen, wishes, problems(chosen))

    if page is not None:
        try:
            _write(page, made())
        except OSError as error:
            fail(f"{page} cannot be written: {error.strerror}", EX_USAGE)
        say(f"written to {page}: open it in a browser")
    if serve is not None:
        _serve(serve, made)


def _write(page: Path, text: str) -> None:
    """For nobody else to read: the answer repeats the mail. A pipe or a device is written to as it is; no link is."""
    if page.exists() and not page.is_file() and (not page.is_symlink() or page.parent == Path("/dev")):
        page.write_text(text, encoding="utf-8")
        return
    with private.opened(page, empty=True) as made:
        made.write(text)


def _wishes(wish: Wish, occasion: str | None, first: str) -> Iterator[Wish]:
    """Every language, unless one was asked for; every occasion in the first, unless one was asked for."""
    from dataclasses import replace

    from gateway.smtp.wording import LANGUAGES

    for one in (occasion,) if occasion is not None else OCCASIONS:
        yield replace(wish, language=first, occasion=one)
    if not wish.language:
        for code in LANGUAGES:
            if code != first:
                yield replace(wish, language=code)


def _print(shown: Preview, form: Form) -> None:
    if shown.why:
        tell(f"halo-mailgate: this mail would not be answered: {shown.why}")
    if form is Form.EML:
        out.octets(shown.octets)
        return
    if form is Form.HTML:
        if shown.html is None:
            fail("this answer has no HTML: there is only a text template for it", 1)
        out.octets(shown.html.encode("utf-8", "replace"))
        return
    for name, value in shown.mail.items():
        if not name.lower().startswith(("content-", "mime-")):
            say(f"{name}: {value}")
    say()
    say(shown.plain)


def _read(file: Path) -> bytes:
    try:
        return read_mail(file)[0]
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror or error}", EX_NOINPUT)


def _mailbox(chosen: Settings, name: str | None, octets: bytes) -> Mailbox:
    from gateway.whatif import mailbox_of
    from parsers import parse

    names = [one.name for one in chosen.mailbox]
    if name is None:
        return mailbox_of(chosen, parse(octets))
    if name not in names:
        fail(f"there is no mailbox {name!r}; there are {', '.join(names)}", EX_USAGE)
    return chosen.mailbox[names.index(name)]


def _within(text: str) -> int | None:
    from config import units

    if not text:
        return None
    try:
        return round(units.duration(text).total_seconds() / 60)
    except ValueError:
        fail(f'--within {text!r} is no duration: write it like "4h"', EX_USAGE)


def _at(chosen: Settings, box: Mailbox, text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f'--at {text!r} is no time: write it like "2026-12-24 20:00"', EX_USAGE)
    zone = chosen.office_of(box).zone()
    if at.tzinfo is not None:
        return at
    return at.replace(tzinfo=zone) if zone is not None else at.astimezone()


def _serve(where: str, made: Callable[[], str]) -> None:
    from config import units
    from gateway.cli import gallery

    try:
        address = units.listen(where)
    except ValueError:
        address = None
    if address is None:
        fail(f'--serve {where!r} is no host and port: write it like "127.0.0.1:8025"', EX_USAGE)
    try:
        gallery.serve(address, made, lambda url: say(f"open {url} in a browser; end with Ctrl-C"))
    except OSError as error:
        fail(f"{where} cannot be listened on: {error.strerror}", EX_USAGE)


def _tried(work: Callable[[], Preview]) -> Preview:
    from gateway.errors import Trouble

    try:
        return work()
    except Trouble as trouble:
        fail(trouble.words or trouble.cause, 1)
