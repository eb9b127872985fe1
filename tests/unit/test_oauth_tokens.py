"""Tokens: asked for as each provider wants it, to the byte; once for all; early; and refusals with their cure."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakes.oauth_server import CLIENT, OAuthServer

from config.oauth import OAuth
from gateway.errors import Misconfigured, Transient
from gateway.oauth.errors import of_exception
from gateway.oauth.tokens import LARGEST_ANSWER, Tokens

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
USER = "support@acme.example"


class Time:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
async def server():
    async with OAuthServer() as running:
        yield running


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def certificate(tmp_path, key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "halo-mailgate")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "app.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem_of(key))
    return path, made


def tokens(oauth, **more):
    return Tokens(oauth, USER, lambda: NOW, where="[[mailbox]] support oauth", **more)


async def test_a_secret_is_asked_with_to_the_byte(server):
    assert await tokens(server.settings(client_secret="s3cret/+&=")).get() == "access-1"
    assert server.forms == [
        {"grant_type": "client_credentials", "scope": "mail", "client_id": CLIENT, "client_secret": "s3cret/+&="}
    ]
    assert server.heads[0].startswith("POST /token HTTP/1.1\r\n")


async def test_a_certificate_signs_what_microsoft_asks_for(server, certificate, key):
    path, made = certificate
    await tokens(server.settings(certificate=str(path))).get()
    (form,) = server.forms
    assertion = form.pop("client_assertion")
    assert form == {
        "grant_type": "client_credentials", "scope": "mail", "client_id": CLIENT,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    thumbprint = hashlib.sha256(made.public_bytes(serialization.Encoding.DER)).digest()
    assert jwt.get_unverified_header(assertion) == {
        "alg": "PS256", "typ": "JWT", "x5t#S256": base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode(),
    }  # fmt: skip
    claims = jwt.decode(
        assertion, key.public_key(), algorithms=["PS256"], audience=server.url(),
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )  # fmt: skip
    assert (claims["iss"], claims["sub"], len(claims["jti"])) == (CLIENT, CLIENT, 36)
    assert (claims["nbf"], claims["exp"]) == (NOW.timestamp(), NOW.timestamp() + 600)


async def test_a_service_account_acts_for_the_mailbox(server, tmp_path, key):
    path = tmp_path / "google.json"
    account = {"client_email": "gw@p.iam.example", "private_key": pem_of(key).decode(), "private_key_id": "k1"}
    path.write_text(json.dumps(account))
    oauth = server.settings(provider="google", grant="service_account", service_account=str(path), scope="")
    await tokens(oauth).get()
    (form,) = server.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert jwt.get_unverified_header(form["assertion"]) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    claims = jwt.decode(
        form["assertion"], key.public_key(), algorithms=["RS256"], audience=server.url(),
        options={"verify_exp": False, "verify_iat": False},
    )  # fmt: skip
    assert claims == {
        "iss": "gw@p.iam.example", "sub": USER, "scope": "https://mail.google.com/", "aud": server.url(),
        "iat": NOW.timestamp(), "exp": NOW.timestamp() + 600,
    }  # fmt: skip


async def test_a_refresh_token_that_is_replaced_is_kept_before_anything_else(server):
    held = []

    async def recall():
        return held[-1] if held else None

    async def remember(token):
        held.append(token)

    server.rotate, time = True, Time()
    oauth = server.settings(grant="refresh_token", refresh_token="first", client_secret="s")
    made = tokens(oauth, recall=recall, remember=remember, monotonic=time)
    await made.get()
    time.now += 4000
    await made.get()
    assert [one["refresh_token"] for one in server.forms] == ["first", "refresh-1"]
    assert held == ["refresh-1", "refresh-2"]


async def test_without_a_refresh_token_the_cure_is_named(server):
    with pytest.raises(Misconfigured, match="mailbox login") as caught:
        await tokens(server.settings(grant="refresh_token")).get()
    assert caught.value.cause == "login_refused"


async def test_fifty_askers_are_one_request(server):
    server.delay = 0.05
    made = tokens(server.settings(client_secret="s"))
    assert set(await asyncio.gather(*(made.get() for _ in range(50)))) == {"access-1"}
    assert len(server.forms) == 1


@pytest.mark.parametrize(
    ("life", "until"), [(3600, 3300), (300, 270), ("3600", 3300), (None, 270), (-5, 270), ("x", 270)]
)
async def test_it_is_renewed_early(server, life, until):
    server.life, time = life, Time()
    made = tokens(server.settings(client_secret="s"), monotonic=time)
    await made.get()
    time.now += until - 1
    assert await made.get() == "access-1"
    time.now += 2
    assert await made.get() == "access-2"


async def test_a_token_that_a_server_refuses_is_replaced_unless_it_is_new(server):
    time = Time()
    made = tokens(server.settings(client_secret="s"), monotonic=time)
    assert made.refused(await made.get()) is False
    token = await made.get()
    time.now += 60
    assert made.refused(token) is True
    assert await made.get() == "access-3"
    assert made.refused("somebody renewed it meanwhile") is True
    assert await made.get() == "access-3"


MICROSOFT = "AADSTS{}: something about jo@acme.example. Trace ID: 0 Correlation ID: 0"


@pytest.mark.parametrize(
    ("status", "document", "words"),
    [
        (401, {"error": "invalid_client", "error_description": MICROSOFT.format(7000215)}, "copy the secret's value"),
        (401, {"error": "invalid_client", "error_description": MICROSOFT.format(7000222)}, "expired"),
        (
            400,
            {"error": "unauthorized_client", "error_description": MICROSOFT.format(700016)},
            "not known in this tenant",
        ),
        (400, {"error": "invalid_request", "error_description": MICROSOFT.format(90002)}, "no such tenant"),
        (400, {"error": "invalid_grant", "error_description": MICROSOFT.format(65001)}, "admin consent"),
        (400, {"error": "invalid_grant", "error_description": "Bad Request"}, "mailbox login"),
        (401, {"error": "unauthorized_client"}, "domain-wide delegation"),
        (400, {"error": "never heard of \0 this"}, "check the application"),
        (403, {}, "check the application"),
    ],
)
async def test_a_refusal_names_its_cure_and_nobody(server, status, document, words):
    server.answers.append((status, json.dumps(document).encode()))
    with pytest.raises(Misconfigured) as caught:
        await tokens(server.settings(client_secret="s3cret")).get()
    assert caught.value.cause == "login_refused"
    assert words in caught.value.words
    assert "[[mailbox]] support oauth" in caught.value.words
    for secret in ("jo@acme", "s3cret", "\0"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "octets", "kind", "cause"),
    [
        (503, b"{}", Transient, "token_later"),
        (429, b'{"error": "slow"}', Transient, "token_later"),
        (400, b'{"error": "temporarily_unavailable"}', Transient, "token_later"),
        (200, b"<html>", Transient, "token_later"),
        (200, b"{}", Transient, "token_later"),
        (200, b'{"access_token": "with\\u0001control"}', Transient, "token_later"),
        (200, b'{"access_token": 5}', Transient, "token_later"),
        (200, b"[" * 50_000, Transient, "token_later"),
        (200, b" " * (LARGEST_ANSWER + 1), Transient, "token_nonsense"),
        (404, b"<html>", Misconfigured, "token_url"),
        (302, b"", Misconfigured, "token_url"),
    ],
)
async def test_what_is_no_token(server, status, octets, kind, cause):
    server.answers.append((status, octets))
    with pytest.raises(kind) as caught:
        await tokens(server.settings(client_secret="s")).get()
    assert caught.value.cause == cause


async def test_a_server_that_is_not_there_is_no_refusal(server):
    oauth = server.settings(client_secret="s", token_url="http://127.0.0.1:9/token")
    with pytest.raises(Transient) as caught:
        await tokens(oauth).get()
    assert caught.value.cause == "token_unreachable"


def test_a_certificate_that_nobody_trusts_is_the_operators_to_mend():
    wrapped = OSError()
    wrapped.__cause__ = ssl.SSLCertVerificationError(1, "self-signed")
    wrapped.__cause__.verify_message = "self-signed certificate"
    assert isinstance(of_exception(wrapped, "here"), Misconfigured)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize("what", ["certificate", "service_account"])
async def test_a_file_that_is_none_of_its_kind_is_told(server, tmp_path, content, what):
    path = tmp_path / "file"
    path.write_bytes(content)
    grant = "service_account" if what == "service_account" else "client_credentials"
    with pytest.raises(Misconfigured) as caught:
        await tokens(server.settings(grant=grant, **{what: str(path)})).get()
    assert str(path) in caught.value.words


def test_each_provider_has_its_addresses():
    microsoft = OAuth(provider="microsoft", tenant="acme.example", client_id="x")
    assert microsoft.token_at == "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token"
    assert microsoft.device_at == "https://login.microsoftonline.com/acme.example/oauth2/v2.0/devicecode"
    assert microsoft.scopes == "https://outlook.office365.com/.default"
    person = OAuth(provider="microsoft", tenant="t", client_id="x", grant="refresh_token")
    assert person.scopes.split() == [
        "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access",
    ]  # fmt: skip
    google = OAuth(provider="google", grant="service_account")
    assert (google.token_at, google.device_at) == ("https://oauth2.googleapis.com/token", "")
