"""Durations and sizes as operators write them: "30s", "3m", "500ms"; "50MB", "25MiB".

Promises: a bare number is refused, because nobody can tell seconds from minutes or bytes from megabytes by looking at
it. Fails with `errors.refused`, which names the cure. Knows nothing of which setting it reads.
"""

from __future__ import annotations

from datetime import timedelta

from config.errors import refused

DURATIONS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SIZES = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
YEAR, CENTURY = 366 * 86400.0, 100 * 366 * 86400.0
_LENGTHS = {YEAR: "year", CENTURY: "century"}
_LARGEST = 1024**4


class Octets(int):
    """A size that has been read: an `int` that is not a bare number any more."""

    __slots__ = ()


def duration(value: object, *, longest: float = YEAR, cure: str = "") -> timedelta:
    """The time span of a text such as "30s"; a `timedelta` is passed through. Never negative, at most `longest`."""
    if isinstance(value, timedelta):
        return value
    cure = cure or 'write a number and a unit in quotes, such as "500ms", "30s", "3m", "1h" or "2d"'
    number, unit = _split(value, cure)
    if unit not in DURATIONS:
        said = "has no unit" if not unit else "has an unknown unit of time"
        raise refused(said, cure)
    seconds = number * DURATIONS[unit]
    if seconds > longest:
        raise refused(f"is longer than a {_LENGTHS[longest]}", cure)
    return timedelta(seconds=seconds)


def listen(value: object) -> tuple[str, int] | None:
    """The host and the port of a text such as "127.0.0.1:9464" or "[::1]:9464"; None of an empty one."""
    if value is None or isinstance(value, tuple):
        return value
    cure = 'write a host and a port in quotes, such as "127.0.0.1:9464", or "" for none'
    if not isinstance(value, str):
        raise refused("is no text", cure)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not host or not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise refused("is no host and port", cure)
    return host, int(port)


def size(value: object) -> Octets:
    """The octets of a text such as "50MB" (1000²) or "25MiB" (1024²); `Octets` are passed through."""
    if isinstance(value, Octets):
        return value
    cure = 'write a number and a unit in quotes, such as "50MB" or "25MiB"'
    number, unit = _split(value, cure)
    if unit not in SIZES:
        said = "has no unit" if not unit else "has an unknown unit of size"
        raise refused(said, cure)
    octets = number * SIZES[unit]
    if octets > _LARGEST:
        raise refused("is larger than a terabyte", cure)
    return Octets(octets)


def written(span: timedelta) -> str:
    """A duration in the largest unit that writes it exactly: 180 seconds are "3m"."""
    milliseconds = round(span.total_seconds() * 1000)
    for unit, factor in reversed(DURATIONS.items()):
        step = round(factor * 1000)
        if milliseconds >= step and milliseconds % step == 0:
            return f"{milliseconds // step}{unit}"
    return f"{milliseconds}ms"


def written_size(octets: int) -> str:
    """A size in the largest unit that writes it exactly."""
    unit, factor = max(
        ((unit, factor) for unit, factor in SIZES.items() if octets and octets % factor == 0),
        key=lambda pair: pair[1],
        default=("B", 1),
    )
    return f"{octets // factor}{unit}"


def _split(value: object, cure: str) -> tuple[float, str]:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused("is neither a number nor a text", cure)
    if not isinstance(value, str):
        raise refused("is a bare number", cure)
    text = value.strip()
    digits = len(text) - len(text.lstrip("0123456789."))
    try:
        number = float(text[:digits])
    except ValueError:
        raise refused("does not begin with a number", cure) from None
    return number, text[digits:].strip()
