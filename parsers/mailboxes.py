"""Which spellings of an address reach one mailbox, as far as the providers themselves say so.

Promises: pure, linear. `mailbox_of` is equal for two addresses that one mailbox has: whatever stands behind a plus
(RFC 5233, and every large provider), dots at Google, the names that one provider gives one mailbox, quotation marks
that change nothing, and the two forms of an international domain. Fails: never; what is no address is its own key.
A key is for comparing, never for writing to. Knows nothing of what follows from two addresses being one mailbox.
"""

from __future__ import annotations

import idna

# One mailbox under several domains, as each provider documents it.
ONE_PROVIDER = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.ru",
    "yandex.com": "yandex.ru",
    "yandex.by": "yandex.ru",
    "yandex.kz": "yandex.ru",
}
# Marks that these providers pass over in a local part.
PASSED_OVER = {"gmail.com": ".", "proton.me": ".-_"}


def mailbox_of(address: str) -> str:
    """A key that is equal for all spellings of one mailbox, in lower case."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not at or not local:
        return address.strip().lower()
    domain = domain_key(domain)
    domain = ONE_PROVIDER.get(domain, domain)
    if len(local) > 2 and local[0] == local[-1] == '"' and "\\" not in local:
        local = local[1:-1]
    plain = local.partition("+")[0] or local
    for mark in PASSED_OVER.get(domain, ""):
        plain = plain.replace(mark, "")
    return f"{plain or local}@{domain}"


def domain_key(domain: str) -> str:
    """A domain as DNS has it: in lower case and ASCII, without a dot at its end. One that is none stays as it is."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return domain
