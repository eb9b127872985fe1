"""Every secret of a configuration, so that it can be struck out of what others say.

Promises: what is declared as a secret anywhere is found, however deep, and the password in `state`; nothing is said of
which is which. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from config.settings import Settings


def secrets_of(settings: Settings) -> list[str]:
    """Each one that is not empty."""
    found = [one for one in _inside(settings) if one]
    password = urlsplit(settings.state).password
    return [*found, password, unquote(password)] if password else found


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _inside(getattr(value, name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inside(one)
