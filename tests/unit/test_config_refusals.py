"""Bad configurations: each must be refused, and the right thing said, all of it at once."""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import BadConfiguration, Problem, shown
from config.load import load

SECRETS = ("hunter2", "swordfish", "open-sesame")
HALO = '[halo]\nurl = "https://acme.halopsa.com"\nclient_id = "id"\nclient_secret = "hunter2"\n'
MAILBOX = (
    '[[mailbox]]\nname = "support"\naddress = "support@acme.example"\nhost = "imap.acme.example"\n'
    'username = "support"\npassword = "swordfish"\n'
)
GOOD = HALO + MAILBOX
SALES = MAILBOX.replace('"support"', '"sales"', 1)


def complaint(tmp_path: Path, text: str | bytes, environ: dict[str, str] | None = None, **kwargs: bool) -> str:
    path = tmp_path / "gateway.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadConfiguration) as caught:
        load(path, environ or {}, **kwargs)
    said = str(caught.value)
    for secret in SECRETS:
        assert secret not in said
    for problem in caught.value.problems:
        assert problem.where
        assert problem.cure
        assert str(problem) in said
    return said


# name: (file, the words that must be said)
FILES = {
    "unknown key": (
        GOOD + 'pasword = "open-sesame"',
        ['[[mailbox]] "support" pasword', "not a known key", "mean password?"],
    ),
    "unknown section": ("[hallo]\n" + GOOD, ["hallo: is not a known key", "mean halo?"]),
    "key in the wrong section": (GOOD + "workers = 3", ['[[mailbox]] "support" workers', "at the top of the file"]),
    "key of another section": ('client_id = "x"\n' + GOOD, ["client_id", "under [halo] or under [ticket]"]),
    "unknown without a neighbour": ("[smtp]\nzzz = 1\n" + GOOD, ["[smtp] zzz", "known here are host, port"]),
    "a switch of the library": ("_env_file = 1\n" + GOOD, ["_env_file: is not a known key"]),
    "text for a number": (
        '[smtp]\nport = "25"\n' + GOOD,
        ['[smtp] port = "25"', "must be a whole number", "without quotes"],
    ),
    "truth for a number": ("[smtp]\nport = true\n" + GOOD, ["[smtp] port = true", "must be a whole number"]),
    "number for a text": ("[smtp]\nhost = 5\n" + GOOD, ["[smtp] host = 5", "must be a text"]),
    "text for a truth": (GOOD + 'acknowledge = "yes"', ['acknowledge = "yes"', "must be true or false"]),
    "value for a section": ("smtp = 25\n" + GOOD, ["[smtp]: must be a section"]),
    "one pair of brackets": (HALO + MAILBOX.replace("[[mailbox]]", "[mailbox]"), ["[[mailbox]] with two pairs"]),
    "text for a list": ('[alerts]\nmail_to = "a@b.example"\n' + GOOD, ["[alerts] mail_to", "must be a list"]),
    "bad address in a list": (
        '[alerts]\nmail_to = ["A <a@b>"]\n' + GOOD,
        ["[alerts] mail_to 0", "is not a mail address"],
    ),
    "bare duration": ("stop_time = 25\n" + GOOD, ["stop_time = 25: is a bare number", '"30s"']),
    "duration without unit": ('stop_time = "25"\n' + GOOD, ['stop_time = "25": has no unit', '"500ms"']),
    "unknown unit": ('stop_time = "25 sec"\n' + GOOD, ["unknown unit of time"]),
    "no number": ('stop_time = "soon"\n' + GOOD, ["does not begin with a number"]),
    "too long": ('stop_time = "400d"\n' + GOOD, ["longer than a year"]),
    "kept for nothing": ('[keeping]\ntickets = "0s"\n' + GOOD, ['tickets = "0s": keeps nothing', '"forever"']),
    "kept for no time": (
        '[keeping]\nbroken = "ever"\n' + GOOD,
        ['[keeping] broken = "ever"', "does not begin with a number", 'write "forever", or'],
    ),
    "kept for a number": ("[keeping]\nignored = 30\n" + GOOD, ["ignored = 30: is a bare number", '"90d"']),
    "kept for too long": ('[keeping]\ntickets = "40000d"\n' + GOOD, ["longer than a century", '"forever"']),
    "window of zero": (
        HALO + 'ambiguity_window = "0s"\n' + MAILBOX,
        ["[halo] ambiguity_window", "longer than nothing"],
    ),
    "bare size": (GOOD + "max_message_size = 1000000", ["max_message_size = 1000000: is a bare number", '"50MB"']),
    "duration for a size": (GOOD + 'max_message_size = "50s"', ["unknown unit of size"]),
    "tiny size": (GOOD + 'max_message_size = "1kB"', ["leaves no room", "100kB"]),
    "port out of range": ("[smtp]\nport = 70000\n" + GOOD, ["is too large", "65535 or less"]),
    "no workers": ("workers = 0\n" + GOOD, ["workers = 0: is too small", "1 or more"]),
    "unknown word": ('[smtp]\nsecurity = "ssl"\n' + GOOD, ['security = "ssl"', 'write "tls", "starttls" or "none"']),
    "unknown dialect": (HALO + 'dialect = "guess"\n' + MAILBOX, ["[halo] dialect", '"observed"']),
    "observed without outcome": (
        HALO + 'dialect = "observed"\noutcome = ""\n' + MAILBOX,
        ["outcome", '"Email Update"'],
    ),
    "url with /api": (GOOD.replace(".com", ".com/api"), ["[halo] url", 'ends with "/api"', 'leave "/api" off']),
    "url without scheme": (GOOD.replace("https://", ""), ["[halo] url", "http:// or https://"]),
    "url with a query": (GOOD.replace(".com", ".com?x=1"), ["[halo] url", "end the URL"]),
    "url with a password": (
        GOOD.replace("//acme", "//me:open-sesame@acme"),
        ["[halo] url", "//***@acme", "take it out"],
    ),
    "url in the clear": (GOOD.replace("https", "http"), ["[halo] url", "in the clear", "write https://"]),
    "token url": (
        HALO + 'auth_url = "https://acme.example/auth/token"\n' + MAILBOX,
        ["auth_url", 'leave "/token" off'],
    ),
    "date": (GOOD + 'first_contact = "yesterday"', ["first_contact", "is not a date", '"2026-01-31"']),
    "date with time": (GOOD + "first_contact = 2026-01-31T12:00:00", ["first_contact", "is not a date"]),
    "when_done": (GOOD + 'when_done = "archive"', ["when_done", '"move:Archive/Tickets"']),
    "move nowhere": (GOOD + 'when_done = "move:"', ["when_done", '"move:Archive/Tickets"']),
    "move to itself": (GOOD + 'when_done = "move:inbox"', ["when_done", "the folder that it is in"]),
    "reverse path": ('[smtp]\nreverse_path = "none"\n' + GOOD, ["reverse_path", 'neither "null" nor a mail address']),
    "address": (GOOD.replace("support@acme", "support"), ['address = "support.example"', "is not a mail address"]),
    "name": (GOOD.replace('"support"', '"the desk"', 1), ["number 1 name", "is not a name"]),
    "starttls on the tls port": (
        GOOD + 'security = "starttls"',
        ["port = 993", 'write security = "tls", or port = 143'],
    ),
    "no security on the tls port": (GOOD + 'security = "none"', ["port = 993", "in the clear"]),
    "smtp on the tls port": ('[smtp]\nport = 465\nsecurity = "starttls"\n' + GOOD, ["port = 587"]),
    "smtp login in the clear": (
        '[smtp]\nhost = "mx.acme.example"\nusername = "u"\npassword = "open-sesame"\n' + GOOD,
        ["[smtp] security", "in the clear", '"starttls"'],
    ),
    "smtp login without password": ('[smtp]\nusername = "u"\n' + GOOD, ["[smtp] password", "credential smtp-password"]),
    "smtp password without login": (
        '[smtp]\npassword = "open-sesame"\n' + GOOD,
        ["[smtp] username", "there is a password"],
    ),
    "two of one name": (
        GOOD + MAILBOX + 'folder = "Other"',
        ["[[mailbox]] number 2 name", "of [[mailbox]] number 1 too"],
    ),
    "two of one folder": (GOOD + SALES + 'folder = "inbox"', ['[[mailbox]] "sales" folder', "number 1 already"]),
    "no mailbox": (HALO, ["[[mailbox]]", "there is no mailbox", "add a section"]),
    "empty list of mailboxes": ("mailbox = []\n" + HALO, ["there is no mailbox"]),
    "no halo": (MAILBOX, ["[halo] url: is missing", "[halo] client_id: is missing", "credential halo-client-secret"]),
    "empty secret": (GOOD.replace("hunter2", ""), ["[halo] client_secret: is empty"]),
    "secret of another kind": (GOOD.replace('"hunter2"', "12345678"), ["[halo] client_secret: must be a text"]),
    "missing password": (
        GOOD.replace("password =", "#"),
        ["mailbox-support-password", "HALO_MAILGATE_MAILBOX__0__PASSWORD"],
    ),
    "relative sqlite": ('state = "sqlite:///ledger.db"\n' + GOOD, ["state", "absolute path", "four slashes"]),
    "sqlite in memory": ('state = "sqlite://"\n' + GOOD, ["state", "four slashes"]),
    "another database": ('state = "mysql://u:open-sesame@h/d"\n' + GOOD, ["state", "//***@h/d", "postgresql://"]),
    "relative ca_file": (HALO + 'ca_file = "ca.pem"\n' + MAILBOX, ["[halo] ca_file", "not an absolute path"]),
    "absent ca_file": (HALO + 'ca_file = "/nonexistent/ca.pem"\n' + MAILBOX, ["[halo] ca_file", "cannot be read"]),
    "syntax": (HALO + "tenant = acme\n" + MAILBOX, ["line 5, column 10", "is not TOML", 'in "quotes"']),
    "syntax at the end": (GOOD + "x = [", ["line 11, column ", "is not TOML"]),
    "section twice": (GOOD + HALO, ["is not TOML", "halo"]),
    "not UTF-8": (GOOD.encode() + b'folder = "Entw\xfcrfe"', ["line 11 is not UTF-8"]),
    "too large": (b"#" * 1_000_001, ["larger than 1 MB"]),
    "endless number": ("workers = " + "1" * 5000 + "\n" + GOOD, ["too long to be read"]),
    "control characters": (
        GOOD + 'folder = "a\\u0007b"',
        ["folder", "control characters", "\N{REPLACEMENT CHARACTER}"],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_file(tmp_path, name):
    text, words = FILES[name]
    said = complaint(tmp_path, text)
    for word in words:
        assert word in said, said


ENVIRONMENTS = {
    "unknown": (
        {"HALO_MAILGATE_HALO__URLL": "open-sesame"},
        ["HALO_MAILGATE_HALO__URLL in the", "mean HALO_MAILGATE_HALO__URL?"],
    ),
    "unknown section": ({"HALO_MAILGATE_HALLO__URL": "x"}, ["HALO_MAILGATE_HALLO__URL", "mean HALO_MAILGATE_HALO?"]),
    "one underscore": (
        {"HALO_MAILGATE_HALO_URL": "x"},
        ["HALO_MAILGATE_HALO_URL in the environment: is not a known key"],
    ),
    "no section": ({"HALO_MAILGATE_POLL_INTERVAL": "3s"}, ["HALO_MAILGATE_MAILBOX__0__POLL_INTERVAL"]),
    "below a plain key": ({"HALO_MAILGATE_STATE__URL": "x"}, ["did you mean HALO_MAILGATE_STATE?"]),
    "bad value": (
        {"HALO_MAILGATE_SMTP__PORT": "many"},
        ['HALO_MAILGATE_SMTP__PORT in the environment = "many"', "whole number"],
    ),
    "bad truth": (
        {"HALO_MAILGATE_MAILBOX__0__ACKNOWLEDGE": "maybe"},
        ["ACKNOWLEDGE in the environment", "true or false"],
    ),
    "bad unit": ({"HALO_MAILGATE_HALO__TIMEOUT": "30"}, ["HALO_MAILGATE_HALO__TIMEOUT", "has no unit"]),
    "name for a number": ({"HALO_MAILGATE_MAILBOX__SUPPORT__PASSWORD": "x"}, ["HALO_MAILGATE_MAILBOX__0__PASSWORD"]),
    "gap": ({"HALO_MAILGATE_MAILBOX__2__PASSWORD": "x"}, ["the next is number 1"]),
    "a mailbox half made": ({"HALO_MAILGATE_MAILBOX__1__PASSWORD": "x"}, ["[[mailbox]] number 2 name: is missing"]),
    "section not JSON": ({"HALO_MAILGATE_HALO": "https://x"}, ["HALO_MAILGATE_HALO in the environment: is not JSON"]),
    "list not JSON": ({"HALO_MAILGATE_ALERTS__MAIL_TO": '["a@b.example'}, ["is not JSON"]),
    "mailboxes not a list": ({"HALO_MAILGATE_MAILBOX": "{}"}, ["HALO_MAILGATE_MAILBOX in the environment"]),
    "contradiction": ({"HALO_MAILGATE_MAILBOX__0__SECURITY": "starttls"}, ["port = 993"]),
    "a place in a table": ({"HALO_MAILGATE_HALO__0": "x"}, ["HALO_MAILGATE_HALO__0"]),
    "no name at all": ({"HALO_MAILGATE_": "x"}, ["HALO_MAILGATE_ in the environment"]),
    "not UTF-8": ({"HALO_MAILGATE_HALO__TENANT": "\udcff"}, ["HALO_MAILGATE_HALO__TENANT", "control characters"]),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_bad_environment(tmp_path, name):
    environ, words = ENVIRONMENTS[name]
    said = complaint(tmp_path, GOOD, environ)
    for word in words:
        assert word in said, said


CREDENTIALS = {
    "unknown mailbox": (
        {"mailbox-suport-password": b"open-sesame"},
        ["no mailbox of that name", "mean mailbox-support-password?"],
    ),
    "no such mailbox": ({"mailbox-zzz-password": b"open-sesame"}, ["mailbox-zzz-password", "after the name of a"]),
    "a slip": ({"halo-client-secert": b"open-sesame"}, ["halo-client-secert", "mean halo-client-secret?"]),
    "not UTF-8": ({"smtp-password": b"\xff"}, ["credential smtp-password: is not UTF-8"]),
    "empty": ({"halo-client-secret": b"\n"}, ["credential halo-client-secret: is empty"]),
    "huge": ({"halo-client-secret": b"x" * 70_000}, ["larger than 64 KiB"]),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_bad_credential(tmp_path, name):
    files, words = CREDENTIALS[name]
    directory = tmp_path / "credentials"
    directory.mkdir()
    for file, octets in files.items():
        (directory / file).write_bytes(octets)
    said = complaint(tmp_path, GOOD, {"CREDENTIALS_DIRECTORY": str(directory)})
    for word in words:
        assert word in said, said


def test_everything_at_once(tmp_path):
    """Errors of single fields do not hide contradictions, nor the file the environment."""
    text = 'state = "x"\nwokers = 1\n' + HALO + 'timeout = 30\ndialect = "observed"\noutcome = ""\n' + MAILBOX + MAILBOX
    said = complaint(tmp_path, text + 'when_done = "move:INBOX"\n', {"HALO_MAILGATE_SMTP__PORTT": "1"})
    for word in (
        "state",
        "wokers",
        "[halo] timeout",
        "[halo] outcome",
        "number 2 name",
        "number 1 already",
        "PORTT",
        "is in",
    ):
        assert word in said
    assert said.startswith("8 problems in the configuration:\n")


def test_no_file(tmp_path):
    with pytest.raises(BadConfiguration, match=r"there is no such file\. Cure: copy gateway\.example\.toml"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(BadConfiguration, match="cannot be read"):
        load(tmp_path, {})


def test_a_credentials_directory_that_is_gone_is_nobodys_fault(tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD)
    assert load(path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "gone")}).halo.client_id == "id"


def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "gateway.toml"
    path.touch(mode=0o000)
    me = os.geteuid()
    if me == 0:  # root may read everything
        os.seteuid(65534)
    try:
        with pytest.raises(BadConfiguration, match="may not be read by this user"):
            load(path, {})
    finally:
        os.seteuid(me)


def test_without_secrets_everything_else_is_still_checked(tmp_path):
    said = complaint(tmp_path, re.sub("(client_secret|password) = .*", "", GOOD) + "port = 0", need_secrets=False)
    assert said.startswith("1 problem in")


@given(st.text(max_size=60))
def test_a_problem_is_one_line_whatever_was_written(text):
    assert len(str(Problem("x", shown(text), "is bad", "mend it")).splitlines()) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_any_value_anywhere_is_refused_in_words(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(GOOD)
    environ = {
        f"HALO_MAILGATE_{name}": json.dumps(value) for name in ("MAILBOX", "HALO", "ALERTS__MAIL_TO", "MAILBOX__0")
    }
    with contextlib.suppress(BadConfiguration):
        load(path, environ)
