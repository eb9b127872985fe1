"""What servers of ours say of From: whether the mail comes from whom it says it comes from. Pure.

Promises: only results of servers that the configuration names are believed, and good news only from the newest field,
because a sender can write an older one; bad news about this very From counts in any of them. A From that others may
read otherwise has failed, whatever was said of it, and so has one whose domain is not exactly the `header.from` that
was judged. A result that is about another domain says nothing. Knows nothing of what follows from it.

Servers that write no `header.from`: their dmarc=pass is believed, since From names one author whom all read alike; but
that is not enough for an agent, for whom a result has to name From's very domain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gateway.model import Authenticity
from parsers.mailboxes import domain_key
from parsers.model import AuthenticationResult, ParsedEmail

MICROSOFT_365 = "microsoft365"
"""What `authentication_servers` says for Exchange Online, whose fields name no server."""

_MICROSOFTS = (
    "outlook.com", "office365.com", "office365.us", "outlook.cn", "outlook.de", "exchangelabs.com", "microsoft.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is believed of From, and in which words. `exact`: a result names its very domain, not one above or below."""

    found: Authenticity
    words: str
    exact: bool = False


def authenticity(mail: ParsedEmail, servers: Collection[str]) -> tuple[Authenticity, str]:
    """What our servers say of From, and in which words."""
    judged = judgement(mail, servers)
    return judged.found, judged.words


def judgement(mail: ParsedEmail, servers: Collection[str]) -> Judgement:
    """What our servers say of From."""
    if mail.from_doubt:
        return Judgement(Authenticity.FAILED, f"{mail.from_doubt}, so that others may read another author")
    if mail.from_ is None:
        return Judgement(Authenticity.UNVERIFIED, "it has no author")
    if not servers:
        return Judgement(Authenticity.UNVERIFIED, "no authenticating server is configured")
    domain = _domain_of(mail.from_.address)
    ours = _ours(mail, servers)
    newest = min((one.field for one in ours), default=-1)
    results = [one for one in ours if one.field == newest]
    if said := _otherwise(results, mail.from_.address) or _bad_news(ours, mail.from_.address):
        return Judgement(Authenticity.FAILED, said)
    if (found := _by_results(results, domain)) is not None:
        return found
    if MICROSOFT_365 in servers and _is_internal(mail):
        return Judgement(Authenticity.PASSED, "AuthAs: Internal, says Microsoft 365", exact=True)
    if not results:
        return Judgement(Authenticity.UNVERIFIED, "no server of ours wrote Authentication-Results")
    return Judgement(Authenticity.UNVERIFIED, f"{_who(results[0])} says nothing certain of {domain}")


def _ours(mail: ParsedEmail, servers: Collection[str]) -> list[AuthenticationResult]:
    """The results that servers of ours wrote, and of Exchange Online's nameless fields the topmost."""
    named = {one for one in servers if one != MICROSOFT_365}
    nameless = -1
    if MICROSOFT_365 in servers and _came_from_microsoft(mail):
        nameless = min((one.field for one in mail.authentication if not one.server), default=-1)
    return [one for one in mail.authentication if one.server in named or (not one.server and one.field == nameless)]


def _bad_news(results: Iterable[AuthenticationResult], address: str) -> str:
    """That some field of ours says this From failed, or is too long to be read to its end; "" if none does."""
    for one in results:
        about = domain_key(_judged(one).rpartition("@")[2])
        if one.method == "dmarc" and one.result == "fail" and about in {"", _domain_of(address)}:
            return f"dmarc=fail, says {_who(one)}"
    cut = [one for one in results if one.cut]
    judged = {one.field for one in results if one.method == "dmarc"}
    if any(one.field not in judged for one in cut):
        return f"what {_who(cut[0])} says of it is too long to be read"
    return ""


def _by_results(results: list[AuthenticationResult], domain: str) -> Judgement | None:
    """What follows from results that are all about this From; None: nothing."""
    dmarc = next((one for one in results if one.method == "dmarc" and one.result in {"pass", "fail"}), None)
    passed = [one for one in results if one.result == "pass" and aligned(_about(one), domain)]
    exact = any(_about(one) == domain for one in passed)
    if dmarc is not None:
        found = Authenticity.PASSED if dmarc.result == "pass" else Authenticity.FAILED
        exact = found is Authenticity.PASSED and (exact or bool(_judged(dmarc)))
        return Judgement(found, f"dmarc={dmarc.result}, says {_who(dmarc)}", exact)
    if passed:
        words = f"{passed[0].method}=pass for {_about(passed[0])}, says {_who(passed[0])}"
        return Judgement(Authenticity.PASSED, words, exact)
    failed = [
        one
        for one in results
        if (one.method == "spf" and one.result in {"fail", "hardfail"} and aligned(_about(one) or domain, domain))
        or (one.method == "compauth" and one.result == "fail")
    ]
    if failed:
        return Judgement(Authenticity.FAILED, f"{failed[0].method}=fail, says {_who(failed[0])}")
    return None


def _otherwise(results: Iterable[AuthenticationResult], address: str) -> str:
    """That a server judged another author than the one we read; "" if none did."""
    for one in results:
        judged = _judged(one)
        local, at, domain = judged.rpartition("@")
        same = domain_key(domain) == _domain_of(address)
        if judged and (not same or (at and local != address.lower().rpartition("@")[0])):
            return f"{_who(one)} judged another author than the one in From"
    return ""


def _judged(one: AuthenticationResult) -> str:
    """The author whom a result is about, as its server read From; "" if it does not say."""
    said = dict(one.properties).get("header.from", "").strip("<> ").lower()
    return "" if said in {"none", "unknown"} else said


def _about(one: AuthenticationResult) -> str:
    """The domain that a result is about; empty for methods that vouch for no sender."""
    properties = dict(one.properties)
    if one.method == "dkim":
        return domain_key(properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2])
    if one.method == "spf":
        return domain_key(properties.get("smtp.mailfrom", "").rpartition("@")[2])
    return ""


def _who(one: AuthenticationResult) -> str:
    return one.server or "Microsoft 365"


def _is_internal(mail: ParsedEmail) -> bool:
    """Whether Exchange Online took the mail from somebody logged in to the mailbox's own tenant.

    It takes the field off whatever comes from outside; so only the field of a mail that it delivered counts.
    """
    return mail.headers.get("x-ms-exchange-organization-authas", "").strip().lower() == "internal" and (
        _came_from_microsoft(mail)
    )


def _came_from_microsoft(mail: ParsedEmail) -> bool:
    """Whether Exchange Online put the mail into its mailbox: no server of others wrote a trace above its own."""
    host = mail.received_by
    return not host or any(host == one or host.endswith(f".{one}") for one in _MICROSOFTS)


def _domain_of(address: str) -> str:
    return domain_key(address.rpartition("@")[2])


def aligned(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is below the other: DMARC's relaxed alignment (RFC 7489 §3.1).

    There is no list of public suffixes behind it; a whole top-level domain aligns with nothing.
    """
    upper, lower = sorted((one, other), key=len)
    return bool(upper) and "." in upper and (upper == lower or lower.endswith(f".{upper}"))
