"""The texts of acknowledgements: which template says it, in whose words, and whether an operator's own can be used.

Promises: a template of the operator's goes before ours, one for a mailbox before one for all, one for a language before
one for any. A text of theirs has the HTML that lies beside it, or none; so that both forms say the same. Templates see
VALUES and nothing else, in a sandbox; an unknown name is an error. `problems` tries every file with every kind of
answer before anything is sent. Fails with Misconfigured for a template that cannot be used: it is the operator's to
mend. Knows nothing of header fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from textwrap import fill
from types import TracebackType

from jinja2 import (
    BaseLoader,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from config.errors import Problem
from gateway.errors import Misconfigured
from gateway.smtp.wording import LANGUAGES

NAMES = {"opened": "acknowledgement", "reopened": "reopened", "oversized": "oversized", "refused": "refused"}
"""What the template of each kind of answer is called."""

VALUES = {
    "kind": '"opened", "reopened", "oversized" or "refused"',
    "tag": "the ticket reference as it is written in subjects; empty of a refused mail",
    "ticket": "the ticket's number, or none",
    "summary": "the sender's subject, one short line, without what may be an address in it; may be empty",
    "from_name": "the mailbox's display name",
    "address": "the mailbox's address",
    "mailbox": "the mailbox's name in the configuration",
    "language": 'two letters, such as "de"',
    "words": "our phrases in that language, such as words.thanks",
    "marker": "the line above which people are to write",
    "respond_within": 'the time in which the priority promises an answer, such as "4 hours"; or empty',
    "signed": "the signed reference: leave it in, replies are trusted by it",
    "office": "office.open, office.opens, office.answer_by, office.hours (lines) and office.zone; none without "
    "[office_hours]",
}
"""What a template may use."""

_FORMS = ("txt", "html")
BROKEN = (TemplateError, OSError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError)
"""What a template of somebody's may raise: nothing of it is a fault of the mail that is answered."""


def render(
    values: Mapping[str, object], *, base: str, mailbox: str, language: str, folder: Path | None, ours: bool = True
) -> tuple[str, str | None]:
    """Text and HTML; no HTML where the operator's text has none beside it.

    `base`: the template's name; `ours`: whether our own serves where the operator has none.
    """
    stems = [f"{mailbox}/{base}.{language}", f"{mailbox}/{base}"] if mailbox else []
    stems += [f"{base}.{language}", base]
    if folder is None:
        return _shipped("txt", values), _shipped("html", values)
    try:
        theirs = {form: next((one for one in stems if (folder / f"{one}.{form}.j2").is_file()), "") for form in _FORMS}
        if theirs["txt"]:
            beside = (folder / f"{theirs['txt']}.html.j2").is_file()
            plain = _own(folder, f"{theirs['txt']}.txt.j2", values)
            return plain, _own(folder, f"{theirs['txt']}.html.j2", values) if beside else None
        if not ours:
            raise Misconfigured("template", f"the template {base}.txt.j2 is not in {folder}: put it there")
        html = theirs["html"]
        return _shipped("txt", values), _own(folder, f"{html}.html.j2", values) if html else _shipped("html", values)
    except BROKEN as error:
        said = f"the template {base} in {folder} cannot be used ({_said(error)}): mend it, and try `ack preview`"
        raise Misconfigured("template", said) from None


def problems(
    folder: Path, mailboxes: Collection[str], named: Collection[str], samples: Iterable[Mapping[str, object]]
) -> Iterator[Problem]:
    """What is wrong with the templates in a folder: each is tried with values of every kind that it may meet.

    `named`: the templates that rules choose. A file or folder whose name begins with "_" is only included by others.
    """
    held = list(samples)
    try:
        found = sorted(one for one in folder.rglob("*") if one.is_file())
    except OSError as error:
        yield Problem("[smtp] templates", f'"{folder}"', f"cannot be read ({error.strerror})", "grant access to it")
        return
    if not folder.is_dir():
        yield Problem("[smtp] templates", f'"{folder}"', "is no folder", "make it, or leave the line out")
    for path in found:
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(("_", ".")) for part in name.split("/")) or not name.endswith(".j2"):
            continue
        where = f"[smtp] templates, {name}"
        base, language, cure = _read_name(name, mailboxes, named)
        if cure:
            yield Problem(where, "", "is the template of nothing", cure)
            continue
        kinds = [kind for kind, one in NAMES.items() if one == base] or ["opened"]
        for sample in held:
            if sample["kind"] in kinds and language in {"", sample["language"]}:
                problem = _try(folder, name, where, sample)
                if problem is not None:
                    yield problem
                    break


def _try(folder: Path, name: str, where: str, sample: Mapping[str, object]) -> Problem | None:
    try:
        said = _own(folder, name, sample)
    except BROKEN as error:
        file, line = _place(error, error.__traceback__, name)
        where = where if file == name else f"[smtp] templates, {file}"
        cure = "mend that line"
        if isinstance(error, UndefinedError):
            near = get_close_matches(_said(error).partition("' is")[0].strip("'"), VALUES, n=1)
            meant = f"did you mean {near[0]}? There" if near else "there"
            cure = f"{meant} are {', '.join(VALUES)}; what each is stands in README.md"
        return Problem(f"{where}, line {line}" if line else where, "", f"cannot be used: {_said(error)}", cure)
    return None if said.strip() else Problem(where, "", "says nothing", "write the text into it, or take the file away")


def _read_name(name: str, mailboxes: Collection[str], named: Collection[str]) -> tuple[str, str, str]:
    """The template's name, its language, and the cure if it is none that is ever looked for."""
    *folders, file = name.split("/")
    stem, _, form = file.removesuffix(".j2").rpartition(".")
    base, _, language = stem.rpartition(".")
    base, language = (base, language) if base and language in LANGUAGES else (stem, "")
    known = (*NAMES.values(), *named)
    if form not in _FORMS:
        return base, language, f"name it NAME.txt.j2 or NAME.html.j2, such as {NAMES['opened']}.txt.j2"
    if len(folders) > 1 or (folders and folders[0] not in mailboxes):
        return base, language, f"name its folder after a mailbox ({', '.join(mailboxes)}), or begin its name with _"
    if base not in known:
        near = get_close_matches(base, known, n=1)
        meant = f"did you mean {near[0]}? N" if near else "n"
        return base, language, f"{meant}ame it after one of {', '.join(known)}, or begin its name with _ to include it"
    return base, language, ""


def _said(error: Exception) -> str:
    return f"{getattr(error, 'message', None) or error}"[:200]


def _place(error: BaseException, trace: TracebackType | None, name: str) -> tuple[str, int]:
    """The template and the line at which it failed: Jinja's tracebacks name them."""
    if isinstance(error, TemplateSyntaxError):
        return error.name or name, error.lineno
    place = name, 0
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = (name if file.endswith(f"/{name}") else file.rpartition("/")[2]), trace.tb_lineno
        trace = trace.tb_next
    return place


def _shipped(form: str, values: Mapping[str, object]) -> str:
    return _environment(None, form).get_template(f"acknowledgement.{form}.j2").render(values)


def _own(folder: Path, name: str, values: Mapping[str, object]) -> str:
    form = "html" if name.endswith(".html.j2") else "txt"
    return _environment(folder, form).get_template(name).render(values)


@cache
def _environment(folder: Path | None, form: str) -> ImmutableSandboxedEnvironment:
    """What makes texts of one form: HTML escapes also where it includes a file of another name."""

    def shipped(name: str) -> str:
        return files("config").joinpath("templates", name).read_text(encoding="utf-8")

    loader: BaseLoader = FunctionLoader(shipped) if folder is None else FileSystemLoader(folder)
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=form == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fold"] = _folded
    return environment


def _folded(text: str) -> str:
    """A paragraph in lines of plain text; nothing in it is broken that a line cannot hold."""
    return fill(text, 76, break_long_words=False, break_on_hyphens=False)
