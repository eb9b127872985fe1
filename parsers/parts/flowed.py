"""Flowed text: lines that the sender's client broke, put together again (RFC 3676).

Promises: linear; paragraphs as they were written, quote depth kept. A signature separator and lines of another depth
are never joined. Fails: never. Knows nothing of who wrote what.
"""

from __future__ import annotations

SEPARATOR = "-- "


def unflow(text: str, *, del_sp: bool = False) -> str:
    """The text with its soft line breaks out. `del_sp` is the parameter DelSp: the blank at the break goes as well."""
    out: list[str] = []
    paragraph: list[str] = []
    at_depth = 0
    for raw in text.split("\n"):
        line = raw.lstrip(">")
        depth = len(raw) - len(line)
        line = line.removeprefix(" ")  # stuffed by the client, so that no line begins with a quote mark or "From "
        if paragraph and (depth != at_depth or line == SEPARATOR):
            out.append(_quoted(paragraph, at_depth))
            paragraph = []
        at_depth = depth
        if line.endswith(" ") and line != SEPARATOR:
            paragraph.append(line[:-1] if del_sp else line)
            continue
        paragraph.append(line)
        out.append(_quoted(paragraph, depth))
        paragraph = []
    if paragraph:
        out.append(_quoted(paragraph, at_depth))
    return "\n".join(out)


def _quoted(paragraph: list[str], depth: int) -> str:
    text = "".join(paragraph)
    if text != SEPARATOR:
        text = text.rstrip(" ")
    return f"{'>' * depth} {text}".rstrip(" ") if depth else text
