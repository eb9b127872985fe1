"""What is wrong with a configuration, all of it at once, in words an operator can act on.

Promises: a `Problem` never holds a secret: whoever makes one passes `value` through `shown`. Knows nothing of where
settings come from nor of what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pydantic_core import PydanticCustomError

SHOWN = 80  # characters of a value that are repeated to the operator
_USERINFO = re.compile(r"//[^/@\s]*@")  # the user and password of a URL


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `value` is what was found as TOML writes it, "" where it must not or need not be shown."""

    where: str
    value: str
    said: str
    cure: str

    def __str__(self) -> str:
        found = f" = {self.value}" if self.value else ""
        return f"{self.where}{found}: {self.said}. Cure: {self.cure}{'' if self.cure.endswith('?') else '.'}"


class BadConfiguration(Exception):
    """The configuration cannot be used; nothing was started. The command exits with 78 (EX_CONFIG of sysexits.h)."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{count} in the configuration:\n{lines}")
        self.problems = problems


def refused(said: str, cure: str) -> PydanticCustomError:
    """What a validator raises; `load` turns it into a `Problem`. Neither text may repeat the value."""
    return PydanticCustomError("refused", "{said}", {"said": said, "cure": cure})


def shown(value: object) -> str:
    """A value as the operator wrote it, shortened, with the user and password of a URL masked; "" for tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | date):
        return str(value)
    if not isinstance(value, str):
        return ""
    text = _USERINFO.sub("//***@", value)
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return f'"{text}"'
