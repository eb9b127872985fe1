"""What a server echoes of our secrets reaches neither ledger, log, `check` nor `explain`; its other words do."""

from __future__ import annotations

import base64
import json
import sqlite3
from urllib.parse import quote

import pytest
from fakes.dovecot import PASSWORD
from fakes.faulty_imap import FaultyImap, refuses
from fakes.messages import mail
from fakes.parrot import TOKEN, Parrot
from fakes.stack import Stack

from gateway.errors import Permanent, Transient
from gateway.sandbox.faults import Fault
from gateway.secrecy import Masker, forget, know
from storage.shapes import without_secrets

SECRET = "sandbox-secret"
BASIC = base64.b64encode(f"gateway:{SECRET}".encode()).decode()
FORMS = {
    "as it is": f"client secret {SECRET} was refused",
    "in other letters": f"client secret {SECRET.upper()} was refused",
    "in a form": f"grant_type=x&client_secret={quote(SECRET + '/+').replace('-', '%2d')}&scope=all",
    "as Basic": f"Authorization: Basic {BASIC}",
    "as Basic, the beginning missing": f"header {BASIC[6:]}",
    "in JSON in JSON": json.dumps(json.dumps({"client_secret": SECRET})),
    "as escapes": "secret " + "".join(f"\\u{ord(one):04x}" for one in SECRET),
    "as entities": "secret " + "".join(f"&#{ord(one)};" for one in SECRET),
    "as octets": "secret " + SECRET.encode().hex(),
    "cut": f"secret {SECRET[:9]}...",
    "cut at its head": f"secret ***{SECRET[5:]}",
    "with what nobody sees": "secret " + "\u200b".join(SECRET),
}


def leaks(text: str, secret: str) -> bool:
    """Whether a person could read eight characters in a row of the secret, by themselves or after decoding."""
    plain = text.lower().replace("\u200b", "")
    pieces = {secret.lower()[at : at + 8] for at in range(len(secret) - 7)} - {"sandbox-"}
    encoded = {base64.b64encode(b"x" * shift + secret.encode())[4:-4].decode() for shift in range(3)}
    codes = {quote(secret, safe="").replace("-", "%2d"), secret.encode().hex()}
    codes |= {"".join(f"\\u{ord(one):04x}" for one in secret), "".join(f"&#{ord(one)};" for one in secret)}
    return any(one in plain for one in pieces | {one.lower() for one in codes}) or any(one in text for one in encoded)


async def everything_said(stack: Stack, messages: int) -> dict[str, str]:
    """All that is kept and shown."""
    said = {"log": stack.log, "check": (await stack.call("check"))[1], "json": (await stack.call("check", "--json"))[1]}
    for number in range(1, messages + 1):
        said[f"explain {number}"] = (await stack.call("explain", str(number), "--json"))[1]
    said["explain"] = (await stack.call("explain", "1"))[1]
    for one in stack.folder.glob("ledger.db*"):
        said[one.name] = one.read_bytes().decode("latin-1")
    return said


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_a_secret_is_struck_out_and_its_surroundings_stay(form):
    know(SECRET)
    said = Permanent("refused", f"The field outcome is unknown; {FORMS[form]}; ask agent 7").words
    assert not leaks(said, SECRET)
    assert said.startswith("The field outcome is unknown; ")
    assert said.endswith("; ask agent 7")


async def test_what_halopsa_echoes_of_the_secret_is_kept_nowhere(tmp_path):
    """Each form in the refusal of a ticket; the words around it are what the operator needs, and stay."""
    async with Stack(tmp_path) as stack:
        chosen = ["as it is", "as Basic", "in a form", "in JSON in JSON"]
        for number, form in enumerate(chosen):
            body = json.dumps({"message": f"Please quote case {number}: {FORMS[form]}"})
            stack.sandbox.faults.add(
                Fault("POST", "/api/Tickets", status=400, body=body, content_type="application/json")
            )
            stack.deliver(mail(message_id=f"m{number}@c.example", subject=f"Printer {number}"))
        stack.deliver(mail(message_id="genuine@c.example", subject="Genuine"))
        await stack.once()
        said = await everything_said(stack, len(chosen))
        assert not [where for where, text in said.items() if leaks(text, SECRET)]
        assert "Please quote case" in said["explain 1"] + said["explain 2"] + said["explain 3"] + said["explain 4"]
        await stack.once()
        assert [one.fields["summary"] for one in stack.sandbox.tickets].count("Genuine") == 1


async def test_what_is_echoed_of_tokens_and_logins_is_kept_nowhere(tmp_path):
    """A live token, by the API; the client's secret, by the server of tokens; a mailbox's password, by IMAP."""

    def echo(head: str, body: str) -> tuple[int, str]:
        return 400, json.dumps({"error": f"invalid outcome, your request was {head[-900:]}"})

    def echo_form(body: str) -> tuple[int, str]:
        return 401, json.dumps({"error": "invalid_client", "error_description": f"bad credentials in {body}"})

    imap = FaultyImap({}, faults={"LOGIN": refuses('NO LOGIN "jo" "hunter22-and-more" failed, ask the postmaster')})
    async with Parrot(echo) as by_api, Parrot(echo, echo_form) as by_tokens, imap as server:
        for number, parrot in enumerate((by_api, by_tokens)):
            folder = tmp_path / str(number)
            folder.mkdir(mode=0o700)
            async with Stack(folder, halo={"url": parrot.url, "dialect": "observed"}) as stack:
                with stack.config.open("a", encoding="utf-8") as config:
                    config.write(
                        f'[[mailbox]]\nname = "other"\naddress = "other@acme.example"\nport = {server.port}\n'
                        'host = "127.0.0.1"\nsecurity = "none"\nusername = "jo"\npassword = "hunter22-and-more"\n'
                    )
                stack.deliver(mail(message_id="a@c.example"))
                await stack.once()
                assert parrot.asked
                said = await everything_said(stack, 1)
            for secret in (TOKEN, SECRET, "hunter22-and-more"):
                assert not [where for where, text in said.items() if leaks(text, secret)], secret
            assert "ask the postmaster" in " ".join(said["check"].split())


async def test_what_a_mail_server_echoes_is_kept_nowhere(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.smtp.replies["RCPT"] = f"550 5.7.1 relay denied, {PASSWORD} and {BASIC} are unknown here"
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        said = await everything_said(stack, 1)
        assert len(stack.sandbox.tickets) == 1
        assert "relay denied" in said["explain 1"]
        for secret in (PASSWORD, SECRET):
            assert not [where for where, text in said.items() if leaks(text, secret)], secret


async def test_what_was_kept_before_is_gone_through_once(tmp_path):
    """By shape when the ledger is upgraded, by what is configured when the daemon starts."""
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvbGQifQ.c2lnbmF0dXJl"
        with sqlite3.connect(tmp_path / "ledger.db") as ledger:
            words = f"HaloPSA answered 400: {SECRET} is no secret of an application; Bearer {token}; outcome 7"
            ledger.execute("UPDATE messages SET words = ?", (words,))
            ledger.execute("UPDATE steps SET receipt_words = ? WHERE name = 'ticket'", (f"old {words}",))
            ledger.execute("INSERT INTO journal (message, at, event, words) VALUES (1, 1.0, 'deferred', ?)", (words,))
            ledger.execute("INSERT INTO alerts VALUES ('halo', ?, 1.0, 1.0, 1, NULL)", (words,))
            ledger.execute("DELETE FROM meta WHERE key = 'words are without secrets'")
            ledger.execute("UPDATE alembic_version SET version_num = '0006'")
            ledger.execute("UPDATE meta SET value = '6' WHERE key = 'schema'")
        ledger.close()
        assert await stack.once() == 0
        said = await everything_said(stack, 1)
        for secret in (SECRET, token):
            assert not [where for where, text in said.items() if leaks(text, secret)], secret
        assert "is no secret of an application" in said["explain 1"]
        assert "outcome 7" in said["explain 1"]


@pytest.mark.parametrize("short", ["abc", "out", "horse", "secret", "token"])
def test_a_short_or_common_secret_makes_no_holes_in_other_words(short):
    masker = Masker()
    masker.know(short)
    words = "the outcome of a token request: abcess, horseradish; client_secret is required, no secret there"
    assert masker.mask(words) == words
    assert short not in masker.mask(f'refused: client_secret={short}&x, "{short}"').replace("client_secret", "")
    assert masker.mask(f"Basic {base64.b64encode(f'g:{short}-'.encode()[:-1]).decode()}") != words


@pytest.mark.parametrize(
    "words",
    [
        "Basic authentication is disabled: use OAuth",
        "client_id 00000000-0000-0000-0000-000000000000 is not known in this tenant",
        'set security = "starttls"; check [halo] client_id, client_secret and tenant',
        "SHA-256 3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
        "[0].outcome_id: Could not convert string to integer: the sandbox answered",
        "password: check it; the token is at {auth_url}/token",
    ],
)
def test_words_without_a_secret_stay_as_they_are(words):
    masker = Masker()
    masker.know(SECRET, "correct horse", "abc")
    assert masker.mask(words) == words
    assert without_secrets(words) == words


def test_masking_again_changes_nothing_and_old_secrets_are_forgotten_in_their_turn():
    masker = Masker()
    masker.know(SECRET)
    for form in FORMS.values():
        assert masker.mask(masker.mask(form)) == masker.mask(form)
    masker.know(*(f"access-token-number-{number:07}" for number in range(5000)))
    assert masker.mask_known("say access-token-number-0004999") == "say …"
    assert "sandbox-secret" in masker.mask_known("say sandbox-secret now")


def test_words_that_are_changed_later_are_masked_too():
    know(SECRET)
    trouble = Transient("server_error", "answered 500")
    trouble.words += f"; {SECRET}; if it lasts, check [halo] tenant"
    forget()
    assert trouble.words == "answered 500; …; if it lasts, check [halo] tenant"


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("support-2026!", 'There is no mailbox "support"'),
        ("a-secret-of-ours", 'Bearer error="invalid_token"'),
        ("a-secret-of-ours", 'Basic realm="Halo"'),
        ("a-secret-of-ours", "password=required, token=invalid_grant"),
        ("a-secret-of-ours", "<AAMkADk0ZmE5LTg3NDMtNGI2Yy1iNTBhLTc3NmQ4YjQxNzQ5Yw@x.example> was refused"),
    ],
)
def test_words_that_help_stay(secret, words):
    masker = Masker()
    masker.know(secret)
    assert masker.mask(words) == words
