"""What is asked of a token endpoint: one form for each grant (RFC 6749, 7523, 8628).

Promises: pure but for reading the files that the settings name. Fails: Misconfigured for a file that is none of its
kind, with the cure; nothing secret is in an error. Knows nothing of HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from config.oauth import OAuth
from gateway.errors import Misconfigured

ASSERTION_LIFE = 600  # seconds; Google allows an hour at the most, Microsoft recommends a few minutes
LARGEST_FILE = 100_000
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]{1,20000}+-----END CERTIFICATE-----")


def token_form(oauth: OAuth, username: str, now: datetime, refresh_token: str = "") -> dict[str, str]:
    """The form that gets an access token for the mail account `username`."""
    match oauth.grant:
        case "service_account":
            return {"grant_type": _JWT_GRANT, "assertion": _google_assertion(oauth, username, now)}
        case "refresh_token":
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **client(oauth, now)}
            return form | ({"scope": oauth.scopes} if oauth.provider != "google" and oauth.scopes else {})
        case _:
            scope = {"scope": oauth.scopes} if oauth.scopes else {}
            return {"grant_type": "client_credentials", **scope, **client(oauth, now)}


def device_form(oauth: OAuth) -> dict[str, str]:
    """The form that begins a device flow (RFC 8628 §3.1)."""
    return {"client_id": oauth.client_id, "scope": oauth.scopes}


def device_token_form(oauth: OAuth, device_code: str, now: datetime) -> dict[str, str]:
    """The form that asks whether the person has consented (RFC 8628 §3.4)."""
    return {"grant_type": DEVICE_GRANT, "device_code": device_code, **client(oauth, now)}


def code_form(oauth: OAuth, code: str, redirect: str, verifier: str, now: datetime) -> dict[str, str]:
    """The form that makes tokens of a person's consent in a browser (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    return form | client(oauth, now)


def client(oauth: OAuth, now: datetime) -> dict[str, str]:
    """How the application says who it is: by a certificate, by a secret, or only by its ID."""
    said = {"client_id": oauth.client_id}
    if oauth.certificate is not None:
        return said | {"client_assertion_type": _BEARER, "client_assertion": _microsoft_assertion(oauth, now)}
    if secret := oauth.client_secret.get_secret_value():
        return said | {"client_secret": secret}
    return said


def _microsoft_assertion(oauth: OAuth, now: datetime) -> str:
    """Signed with the certificate's key (RFC 7523 §2.2); Microsoft knows the certificate by its SHA-256 thumbprint."""
    assert oauth.certificate is not None
    pem, at = _file(oauth.certificate, "certificate"), int(now.timestamp())
    found = _CERTIFICATE.search(pem)
    try:
        certificate = x509.load_pem_x509_certificate(found[0] if found else b"")
        thumbprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
        claims = {
            "aud": oauth.token_at, "iss": oauth.client_id, "sub": oauth.client_id, "jti": str(uuid4()),
            "nbf": at, "iat": at, "exp": at + ASSERTION_LIFE,
        }  # fmt: skip
        header = {"x5t#S256": base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()}
        return jwt.encode(claims, pem, algorithm="PS256", headers=header)
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        said = f"{oauth.certificate} holds no certificate with its RSA key ({type(error).__name__}): put both into it"
        raise Misconfigured("certificate_file", said) from None


def _google_assertion(oauth: OAuth, username: str, now: datetime) -> str:
    """Signed with the service account's key, on behalf of `username` (domain-wide delegation)."""
    assert oauth.service_account is not None
    at = int(now.timestamp())
    try:
        account = json.loads(_file(oauth.service_account, "service_account"))
        claims = {
            "iss": account["client_email"], "sub": username, "scope": oauth.scopes, "aud": oauth.token_at,
            "iat": at, "exp": at + ASSERTION_LIFE,
        }  # fmt: skip
        headers = {"kid": account["private_key_id"]} if "private_key_id" in account else {}
        return jwt.encode(claims, account["private_key"], algorithm="RS256", headers=headers)
    except (ValueError, TypeError, KeyError, RecursionError, jwt.PyJWTError) as error:
        said = f"{oauth.service_account} is no key file of a service account ({type(error).__name__})"
        raise Misconfigured("service_account_file", f"{said}: download its JSON key anew") from None


def _file(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST_FILE)
    except OSError as error:
        raise Misconfigured(f"{what}_file", f"{path}: {error.strerror}: correct oauth {what}") from None
