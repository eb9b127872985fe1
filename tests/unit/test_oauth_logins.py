"""Tokens said to mail servers, to the byte: by IMAP, by SMTP, and to a real Dovecot that takes nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from aiosmtpd.smtp import AuthResult
from fakes.dovecot import Dovecot
from fakes.faulty_imap import FaultyImap
from fakes.oauth_server import OAuthServer

from config.oauth import OAuth
from gateway.errors import Misconfigured
from gateway.imap.source import ImapSource
from gateway.oauth import sasl
from gateway.oauth.tokens import Tokens
from gateway.watching import Account

USER = "support@acme.example"
XOAUTH2 = b"user=support@acme.example\x01auth=Bearer access-1\x01\x01"


def now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.fixture
async def server():
    async with OAuthServer() as running:
        yield running


def tokens(oauth):
    return Tokens(oauth, USER, now, where="here")


def takes(said, *, initial, refuse=0, challenge=b""):
    """A SASL exchange that writes down what it is told; it refuses the first `refuse` times."""

    async def fault(talk, arguments):
        mechanism, _, given = arguments.partition(" ")
        if not initial:
            assert not given
            await talk.send(b"+ \r\n")
            given = (await talk.reader.readline()).decode().strip()
        said.append((mechanism, base64.b64decode(given)))
        if len(said) <= refuse:
            await talk.send(b"+ " + base64.b64encode(challenge) + b"\r\n")
            said.append(("end", base64.b64decode((await talk.reader.readline()).strip())))
            return await talk.done("NO [AUTHENTICATIONFAILED] AUTHENTICATE failed.")
        return await talk.done()

    return fault


async def opened(oauth_server, capability, said, *, mechanism="auto", **how):
    oauth = oauth_server.settings(client_secret="s", mechanism=mechanism)
    async with FaultyImap(capability=f"IMAP4rev1 {capability}") as imap:
        imap.faults["AUTHENTICATE"] = takes(said, **how)
        box = imap.mailbox(username=USER, password="", oauth=oauth)
        source = ImapSource(box, tokens=tokens(oauth))
        try:
            await source.open()
        finally:
            await source.close()
        return imap


@pytest.mark.parametrize("initial", [True, False])
async def test_xoauth2_to_the_byte(server, initial):
    said = []
    capability = "AUTH=XOAUTH2" + " SASL-IR" * initial
    imap = await opened(server, capability, said, initial=initial)
    assert said == [("XOAUTH2", XOAUTH2)]
    assert not any(one.startswith("LOGIN") for one in imap.commands)


async def test_oauthbearer_is_preferred_and_names_where_it_goes(server):
    said = []
    imap = await opened(server, "AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", said, initial=True)
    port = b"%d" % imap.port
    assert said == [
        (
            "OAUTHBEARER",
            b"n,a=support@acme.example,\x01host=127.0.0.1\x01port=" + port + b"\x01auth=Bearer access-1\x01\x01",
        )
    ]


def test_a_user_name_is_escaped_as_rfc_5801_has_it():
    said = sasl.first_message("OAUTHBEARER", "a=b,c@x.example", "t", host="h", port=1)
    assert said.startswith(b"n,a=a=3Db=2Cc@x.example,\x01")
    with pytest.raises(ValueError, match="control"):
        sasl.first_message("XOAUTH2", "a\x01b", "t", host="h", port=1)


@pytest.mark.parametrize(("mechanism", "end"), [("xoauth2", b""), ("oauthbearer", b"\x01")])
async def test_a_refusal_says_why_and_how_to_mend_it(server, mechanism, end):
    said, why = [], json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.example/"}).encode()
    how = {"mechanism": mechanism, "initial": True, "refuse": 9, "challenge": why}
    with pytest.raises(Misconfigured) as caught:
        await opened(server, "AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", said, **how)
    assert said[1] == ("end", end)
    assert caught.value.cause == "login_refused"
    assert "400 https://mail.example/" in caught.value.words
    assert "New-ServicePrincipal" in caught.value.words
    assert "access-1" not in str(caught.value)


async def test_a_token_that_was_revoked_is_replaced_once(server, monkeypatch):
    monkeypatch.setattr("gateway.oauth.tokens.FRESH", -1.0)
    said = []
    await opened(server, "AUTH=XOAUTH2 SASL-IR", said, initial=True, refuse=1, challenge=b"{}")
    assert [one[1] for one in said if one[0] == "XOAUTH2"] == [XOAUTH2, XOAUTH2.replace(b"-1", b"-2")]


async def test_a_server_without_our_mechanisms_gets_no_password(server):
    with pytest.raises(Misconfigured, match="neither XOAUTH2 nor OAUTHBEARER") as caught:
        await opened(server, "AUTH=PLAIN", [], initial=True)
    assert 'security = "tls"' in caught.value.words


def test_three_refusals_make_a_pause_that_grows():
    account, at = Account(), now()
    pauses = []
    for _ in range(8):
        account.refuse(at)
        pauses.append(round(account.rest(at).total_seconds() / 60))
        at += account.rest(at)
    assert pauses == [0, 0, 5, 10, 20, 40, 60, 60]
    account.accept()
    assert (account.refused, account.rest(at).total_seconds()) == (0, 0)


OWN = """
auth_mechanisms = xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {conf}
}}
"""


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
async def test_a_real_dovecot_that_takes_nothing_else(server, tmp_path, mechanism):
    conf = tmp_path / "oauth2.conf.ext"
    conf.write_text(
        f"tokeninfo_url = {server.url('/introspect')}?access_token=\nintrospection_mode = get\n"
        "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    )
    oauth = server.settings(client_secret="s", mechanism=mechanism)
    with Dovecot(USER, extra=OWN.format(conf=conf)) as dovecot:
        box = dovecot.mailbox(USER, password="", oauth=oauth)
        source = ImapSource(box, tokens=tokens(oauth))
        await source.open()
        assert await source.uids() == []
        await source.close()
        server.valid.clear()
        revoked = tokens(oauth)
        await revoked.get()
        server.valid.clear()
        with pytest.raises(Misconfigured) as caught:
            await ImapSource(box, tokens=revoked).open()
        assert caught.value.cause == "login_refused"


class Bearers:
    """aiosmtpd's mechanisms, as a server that checks tokens."""

    def __init__(self, good):
        self.good, self.said = good, []

    async def auth_XOAUTH2(self, session, args):  # noqa: N802 - aiosmtpd finds it by its name
        self.said.append(base64.b64decode(args[1]))
        if self.said[-1] == self.good:
            return AuthResult(success=True)
        answer = await session.challenge_auth(b'{"status":"401"}')
        self.said.append(answer)
        return AuthResult(success=False, handled=False)


async def test_smtp_is_logged_in_to_with_a_token_and_with_nothing_else(server):
    import asyncio

    from aiosmtpd.smtp import SMTP

    from config.settings import Smtp
    from gateway.smtp.connections import Connections
    from gateway.smtp.mailer import SmtpMailer

    loop = asyncio.get_running_loop()
    good = Bearers(XOAUTH2)
    serving = await loop.create_server(
        lambda: SMTP(good, loop=loop, auth_require_tls=False, auth_exclude_mechanism=["LOGIN", "PLAIN"]), "127.0.0.1", 0
    )
    port = serving.sockets[0].getsockname()[1]
    oauth = server.settings(client_secret="s")
    settings = Smtp(host="127.0.0.1", port=port, username=USER, oauth=oauth)
    source = tokens(oauth)
    await SmtpMailer(settings, USER, Connections(settings, "x.example", tokens=source)).verify()
    assert good.said == [XOAUTH2]
    good.good = b"another"
    with pytest.raises(Misconfigured) as caught:
        await SmtpMailer(settings, USER, Connections(settings, "x.example", tokens=source)).verify()
    assert caught.value.cause == "smtp_login"
    assert "access-1" not in str(caught.value)
    serving.close()
    await serving.wait_closed()


def test_a_table_that_lacks_something_says_what():
    from config.oauth import missing

    assert missing({"provider": "microsoft", "client_id": "x"})[0] == "tenant"
    assert missing({"provider": "google", "client_id": "x"})[0] == "grant"
    assert missing({"provider": "google", "grant": "service_account"})[0] == "service_account"
    assert missing({"provider": "custom", "client_id": "x"})[0] == "token_url"
    assert missing({"provider": "microsoft", "tenant": "t"})[0] == "client_id"
    assert missing({"provider": "microsoft", "tenant": "t", "client_id": "x"}) is None
    assert OAuth(provider="google", grant="service_account").grant == "service_account"
