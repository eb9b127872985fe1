"""Which spellings of an address reach one mailbox, as far as the providers themselves say so.

Promises: pure, linear. `mailbox_of` is equal for two addresses that one mailbox has: whatever stands behind a plus
(RFC 5233, and every large provider), dots at Google, the names that one provider gives one mailbox, quotation marks
that change nothing, and the two forms of an international domain. `same_mailbox` is narrower, for what somebody may do
because they are somebody. Fails: never; what is no address is its own key. A key is for comparing, never for writing
to. Knows nothing of what follows from two addresses being one mailbox.
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


# Where everybody may write what they like behind a plus in their own address, as the provider says.
BEHIND_A_PLUS = frozenset(
    {"gmail.com", "icloud.com", "proton.me", "yandex.ru", "outlook.com", "hotmail.com", "live.com", "msn.com"}
) | {"fastmail.com", "mailbox.org", "posteo.de", "mail.ru", "zoho.com", "tuta.com"}
# Names that a provider gives to one mailbox, for looking it up.
_OTHER_NAMES = {"gmail.com": ("gmail.com", "googlemail.com"), "icloud.com": ("icloud.com", "me.com", "mac.com")}


def mailbox_of(address: str) -> str:
    """A key that is equal for all spellings of one mailbox, in lower case."""
    local, _, domain = _parts(address)
    return f"{local}@{domain}" if domain else local


def same_mailbox(one: str, other: str) -> bool:
    """Whether two addresses are one person's mailbox.

    Narrower than an equal key: two that differ in what stands behind a plus are one where the provider says so, or
    where nothing stands there in one of them. Services put many people behind the plus of one address.
    """
    (local, tag, domain), (local_, tag_, domain_) = _parts(one), _parts(other)
    if not domain or (local, domain) != (local_, domain_):
        return False
    return tag == tag_ or not tag or not tag_ or domain in BEHIND_A_PLUS


def other_spellings(address: str) -> tuple[str, ...]:
    """Under which few other addresses the same mailbox may be known, the likeliest first; most have none."""
    local, at, domain = address.strip().lower().rpartition("@")
    plain, _, key = _parts(address)
    if not at or not key:
        return ()
    untagged = (local.partition("+")[0] or local) if local[0] != '"' else plain
    names = _OTHER_NAMES.get(key, (domain_key(domain),))
    first = sorted(names, key=lambda one: one != domain_key(domain))
    return tuple(found for one in first if (found := f"{untagged}@{one}") != f"{local}@{domain}")


def tagged_mailbox_of(address: str) -> str:
    """The key with what stands behind the plus: for an address of which that is a part."""
    local, tag, domain = _parts(address)
    return f"{local}+{tag}@{domain}" if tag else mailbox_of(address)


def bouncing_mailbox_of(address: str) -> str:
    """The key of what is dead when mail to an address comes back: not of all who stand behind the plus of one."""
    _, _, domain = _parts(address)
    return mailbox_of(address) if domain in BEHIND_A_PLUS else tagged_mailbox_of(address)


def _parts(address: str) -> tuple[str, str, str]:
    """Local part as the provider reads it, what stands behind its plus, domain; the whole if it is no address."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not at or not local:
        return address.strip().lower(), "", ""
    domain = domain_key(domain)
    domain = ONE_PROVIDER.get(domain, domain)
    if len(local) > 2 and local[0] == local[-1] == '"' and "\\" not in local:
        local = local[1:-1]
    before, _, tag = local.partition("+")
    if not before:
        before, tag = local, ""
    plain = before
    for mark in PASSED_OVER.get(domain, ""):
        plain = plain.replace(mark, "")
    return plain or before, tag, domain


def domain_key(domain: str) -> str:
    """A domain as DNS has it: in lower case and ASCII, without a dot at its end. One that is none stays as it is."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return domain
