"""Header text on one line (RFC 5322 §2.2.3), without what could pass for something else.

Promises: the result has no line end of any kind, no control and no mark that turns the direction of what follows
(`exe.fdp` shown as `pdf.exe`). Letters of every script, joiners and marks of one place are kept. Linear. Fails: never.
Knows nothing of encodings.
"""

from __future__ import annotations

_BREAKS = (9, 10, 11, 12, 13, 0x85, 0x2028, 0x2029)
_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = (*range(32), *range(0x7F, 0xA0), *_DIRECTION, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB)
_ONE_LINE: dict[int, str | None] = {**dict.fromkeys(_CONTROLS), **dict.fromkeys(_BREAKS, " ")}
# Of a raw field the folds stay, and escapes have done their work.
CONTROLS: dict[int, None] = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


def unfold(text: str) -> str:
    """One line: a fold with the blanks around it is one space, a tab is one, controls are none."""
    if text.isprintable():
        return text.strip(" ")
    if "\n" in text or "\r" in text:
        lines = text.replace("\r", "\n").split("\n")
        text = " ".join(line for one in lines if (line := one.strip(" \t")))
    return text.translate(_ONE_LINE).strip(" ")
