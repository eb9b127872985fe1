"""`mailbox test|login|list`, and mail by OAuth 2.0, with the installed command and a real Dovecot."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import pytest
from fakes.dovecot import PASSWORD
from fakes.messages import USER, mail
from fakes.oauth_server import CLIENT, OAuthServer
from fakes.stack import COMMAND, Stack


async def walked(stack, *more):
    status, out = await stack.call("mailbox", "test", "support", "--json", *more)
    return status, {one["what"]: one for one in json.loads(out)}


async def test_a_mailbox_that_works_is_walked_through_and_left_as_it_was(tmp_path):
    async with Stack(tmp_path, mailbox={"folders": ["Second"], "when_done": "move:Done"}) as stack:
        stack.dovecot.make_folder(USER, "Second")
        stack.deliver(mail(subject="Secret subject"))
        status, found = await walked(stack)
        assert status == 0, found
        assert list(found) == [
            "DNS", "TCP", "TLS", "login", "capabilities", "folder INBOX", "dry fetch", "folder Second", "when_done",
            f"mail server {stack.smtp.host}:{stack.smtp.port}",
        ]  # fmt: skip
        assert "1 mails, 1 of them unseen" in found["folder INBOX"]["said"]
        assert "made when it is needed" in found["when_done"]["said"]
        assert "Secret" not in str(found)
        assert set(stack.flags().values()) == {frozenset()}
        assert stack.dovecot.folders(USER) == {"INBOX", "Second"}


@pytest.mark.parametrize(
    ("mailbox", "step", "cure"),
    [
        ({"host": "no.such.host.invalid", "security": "tls"}, "DNS", "correct host"),
        ({"port": 9}, "TCP", "correct host and port"),
        ({"security": "tls"}, "TLS and greeting", "correct"),
        ({"password": "wrong"}, "login", "correct"),
        ({"folder": "Nowhere"}, "folder Nowhere", "correct"),
        ({"folder": "\\Sent"}, "folder \\Sent", "correct"),
    ],
)
async def test_what_fails_is_named_with_its_cure_and_ends_the_walk(tmp_path, mailbox, step, cure):
    async with Stack(tmp_path, mailbox=mailbox) as stack:
        status, found = await walked(stack)
        assert status == 1
        bad = [one for one in found.values() if not one["well"]]
        assert [one["what"] for one in bad] == [step]
        assert cure in bad[0]["cure"]
        assert "wrong" not in str(found)


async def test_people_see_each_step(tmp_path):
    async with Stack(tmp_path) as stack:
        status, out = await stack.call("mailbox", "test", "support")
        assert status == 0
        assert "well  login: by password" in out
        status, out = await stack.call("mailbox", "list", "--json")
        assert [one["address"] for one in json.loads(out)] == ["support@acme.example"]
        status, out = await stack.call("mailbox", "list")
        assert (status, "INBOX" in out) == (0, True)
        status, _ = await stack.call("mailbox", "test", "nobody")
        assert (status, "there are support" in stack.log) == (64, True)


OWN = """
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {conf}
}}
"""


@pytest.mark.parametrize("pasted", [False, True])
async def test_a_browser_brings_the_consent_back_or_a_person_does(tmp_path, pasted):
    async with OAuthServer() as server:
        oauth = server.settings(grant="refresh_token", device_url="").model_dump(exclude_defaults=True, mode="json")
        async with Stack(tmp_path, mailbox={"password": "", "oauth": oauth}) as stack:
            await stack.once()  # the ledger
            login = await asyncio.create_subprocess_exec(
                *COMMAND, "mailbox", "login", "support", "--config", str(stack.config),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            while not (line := (await asyncio.wait_for(login.stdout.readline(), 20)).decode()).startswith("http"):
                assert line
            end = server.consent(line.strip())
            if pasted:
                login.stdin.write(f"{end}\n".encode())
            else:
                for wrong in ("/favicon.ico", "/"):
                    with pytest.raises(urllib.error.HTTPError):
                        await asyncio.to_thread(urllib.request.urlopen, end.partition("/?")[0] + wrong, timeout=10)
                page = await asyncio.to_thread(urllib.request.urlopen, end, timeout=10)
                assert b"You may close this window" in page.read()
            out, err = await asyncio.wait_for(login.communicate(), 30)
            assert b"the refresh token is kept" in out, err
            assert [one["grant_type"] for one in server.forms] == ["authorization_code", "refresh_token"]
            assert server.forms[1]["refresh_token"] == "refresh-1"
            assert b"refresh-1" not in out + err


@pytest.mark.timeout(120)
async def test_a_person_consents_once_and_the_daemon_reads_mail_with_the_token(tmp_path):
    conf = tmp_path / "oauth2.conf.ext"
    async with OAuthServer() as server:
        server.rotate = True
        conf.write_text(
            f"tokeninfo_url = {server.url('/introspect')}?access_token=\nintrospection_mode = get\n"
            "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        oauth = {
            "provider": "custom", "grant": "refresh_token", "client_id": CLIENT, "scope": "mail",
            "token_url": server.url(), "device_url": server.url("/device"),
        }  # fmt: skip
        stack = Stack(tmp_path, mailbox={"password": "", "oauth": oauth})
        stack.dovecot._extra += OWN.format(conf=conf)
        async with stack:
            stack.deliver(mail(message_id="a@c.example"))
            assert await stack.once() == 75
            assert "nobody has consented yet" in stack.log

            login = asyncio.create_task(stack.call("mailbox", "login", "support"))
            while not any("device_code" in one for one in server.forms):
                await asyncio.sleep(0.05)
            server.consented = True
            status, out = await login
            assert status == 0, out
            assert "enter the code ABCD-EFGH" in out
            assert "login: by OAuth 2.0" in out

            assert await stack.once() == 0
            assert len(stack.sandbox.tickets) == 1
            assert not any(one in stack.log + out for one in ("refresh-", "access-", PASSWORD))
