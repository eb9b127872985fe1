"""What a refusal of a token endpoint means, and its cure: one table (RFC 6749 §5.2, RFC 8628 §3.5, Microsoft's AADSTS).

Promises: total. What only an operator can mend is Misconfigured, with "login_refused" for credentials that are not
accepted; all else is Transient, for asking for a token has no effect that could be in doubt. What is repeated is the
error's code and numbers, never its text, which may hold names. Knows nothing of who asks.
"""

from __future__ import annotations

import re

import httpx

from gateway.errors import Misconfigured, Transient, Trouble
from gateway.trust import distrust

REFUSED = "login_refused"
_AADSTS = re.compile(r"AADSTS(\d{4,8})")
_ERROR_WORD = re.compile(r"[a-z_]{1,40}")
_CURES = {
    "AADSTS7000215": "the client secret is wrong: copy the secret's value, not its ID",
    "AADSTS7000222": "the client secret has expired: make a new one",
    "AADSTS700027": "the certificate is not the application's: upload it under Certificates & secrets",
    "AADSTS700016": "the application is not known in this tenant: check client_id and tenant",
    "AADSTS90002": "there is no such tenant: check tenant",
    "AADSTS900023": "that is no tenant: write the directory (tenant) ID",
    "AADSTS65001": "nobody has consented to the application's permissions: grant admin consent",
    "AADSTS50034": "there is no such account in the tenant: check username",
    "AADSTS50126": "the account's password is wrong",
    "AADSTS50076": "the account needs a second factor: run `halo-mailgate mailbox login` again",
    "AADSTS50173": "the consent was revoked, or the password changed: run `halo-mailgate mailbox login` again",
    "AADSTS70008": "the refresh token has expired: run `halo-mailgate mailbox login` again",
    "AADSTS700082": "the refresh token was not used for too long: run `halo-mailgate mailbox login` again",
    "AADSTS7000218": "the application wants a secret or a certificate, or must allow public client flows",
    "invalid_client": "check client_id and client_secret or certificate",
    "invalid_grant": "the consent is no longer valid: run `halo-mailgate mailbox login` again; for a service account "
    "check its key, this host's clock, and that username is a mailbox of the domain",
    "unauthorized_client": "the application may not do this: for Google, enable domain-wide delegation of "
    "https://mail.google.com/ for the service account's client ID; for Microsoft, check its authentication settings",
    "invalid_scope": "the scope is not granted: check the application's permissions (Microsoft: IMAP.AccessAsApp or "
    "IMAP.AccessAsUser.All, with admin consent)",
    "access_denied": "the person, or an administrator, said no",
    "expired_token": "the code has expired: begin again",
    "unsupported_grant_type": "the server knows no such grant: check grant and token_url",
    "invalid_request": "the server does not understand: check grant, tenant and token_url",
}
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down", "authorization_pending"})


def of_answer(status: int, document: object, where: str) -> Trouble:
    """The trouble that an answer without a token stands for. `where` names the settings to people."""
    error = document.get("error") if isinstance(document, dict) else None
    word = error if isinstance(error, str) and _ERROR_WORD.fullmatch(error) else ""
    described = document.get("error_description") if isinstance(document, dict) else None
    number = _AADSTS.search(described[:2000]) if isinstance(described, str) else None
    code = number[0] if number else ""
    said = " ".join(one for one in (str(status), word, code) if one)
    if status == 429 or status >= 500 or word in _LATER:
        return Transient("token_later", f"{where}: the token's server says {said}")
    cure = _CURES.get(code) or _CURES.get(word)
    if cure is not None:
        return Misconfigured(REFUSED, f"{where}: no token ({said}): {cure}")
    if status in {400, 401, 403}:
        return Misconfigured(REFUSED, f"{where}: no token ({said}): check the application and its permissions")
    return Misconfigured("token_url", f"{where}: no token there ({said}): check token_url")


def of_exception(error: Exception, where: str) -> Trouble:
    """The trouble behind an exchange that brought no answer."""
    distrusted, why = distrust(error)
    if distrusted == "version":
        return Misconfigured("tls_version", f"{where}: the token's server: {why}")
    if distrusted:
        said = f"the certificate of the token's server is not trusted ({why}): set oauth ca_file"
        return Misconfigured("certificate", f"{where}: {said}")
    kind = "no answer in time" if isinstance(error, httpx.TimeoutException | TimeoutError) else "it cannot be reached"
    return Transient("token_unreachable", f"{where}: the token's server: {kind} ({type(error).__name__})")
