"""Where settings come from, which of two wins, and that secrets stay secret."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from config.errors import BadConfiguration
from config.example import SHIPPED, example
from config.load import DEFAULT_PATH, find, load
from config.policy import Rule
from config.settings import Halo, Mailbox, Settings

GOOD = """
state = "sqlite:////var/lib/halo-mailgate/ledger.db"
[halo]
url = "https://acme.halopsa.com/"
client_id = "id"
client_secret = "file-secret"
[[mailbox]]
name = "support"
address = "support@acme.example"
host = "imap.acme.example"
username = "support@acme.example"
password = "file-password"
"""


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD)
    return path


def credentials(tmp_path: Path, **files: str) -> dict[str, str]:
    directory = tmp_path / "credentials"
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name.replace("_", "-")).write_text(text)
    return {"CREDENTIALS_DIRECTORY": str(directory)}


def test_the_shortest_file_gives_the_contract_its_defaults(toml):
    settings = load(toml, {})
    assert settings.halo.url == "https://acme.halopsa.com"
    assert settings.halo.auth_url == "https://acme.halopsa.com/auth"
    assert settings.halo.ambiguity_window == timedelta(seconds=180)
    assert settings.halo.outcome == "Email Update"
    assert (settings.ticket.client_id, settings.ticket.priority_id) == (1, 3)
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.security) == ("127.0.0.1", 25, "none")
    assert settings.smtp.reverse_path == "null"
    assert settings.alerts.mail_to == ()
    mailbox = settings.mailbox[0]
    assert (mailbox.port, mailbox.security, mailbox.folder) == (993, "tls", "INBOX")
    assert (mailbox.when_done, mailbox.first_contact, mailbox.acknowledge) == ("seen", "new", True)
    assert mailbox.max_message_size == 50_000_000


def test_mail_is_kept_for_a_time_or_for_ever(toml):
    keeping = load(toml, {}).keeping
    assert (keeping.tickets, keeping.ignored, keeping.quarantined) == (timedelta(days=90), timedelta(days=30), None)
    toml.write_text(GOOD.replace("[halo]", '[keeping]\ntickets = "forever"\nbroken = "3650d"\n[halo]'))
    keeping = load(toml, {"HALO_MAILGATE_KEEPING__ACTIONS": "forever"}).keeping
    assert (keeping.tickets, keeping.actions, keeping.broken) == (None, None, timedelta(days=3650))


def test_environment_wins_over_the_file_down_into_lists(toml):
    settings = load(
        toml,
        {
            "HALO_MAILGATE_STATE": "postgresql://gate@db/ledger",
            "HALO_MAILGATE_HALO__URL": "https://other.halopsa.com",
            "HALO_MAILGATE_HALO__AMBIGUITY_WINDOW": "500ms",
            "HALO_MAILGATE_TICKET__STATUS_ID": "23",
            "HALO_MAILGATE_MAILBOX__0__PASSWORD": "from-environment",
            "HALO_MAILGATE_MAILBOX__0__ACKNOWLEDGE": "no",
            "HALO_MAILGATE_MAILBOX__0__FIRST_CONTACT": "2026-01-31",
            "HALO_MAILGATE_MAILBOX__0__MAX_MESSAGE_SIZE": "25MiB",
            "HALO_MAILGATE_MAILBOX__1": '{"name": "sales", "address": "sales@acme.example", "host": "h"}',
            "HALO_MAILGATE_MAILBOX__1__USERNAME": "sales",
            "HALO_MAILGATE_MAILBOX__1__PASSWORD": "sales-password",
            "HALO_MAILGATE_ALERTS__MAIL_TO": "a@acme.example, b@acme.example",
            "HALO_MAILGATE_CONFIG": "elsewhere",
            "PATH": "/bin",
        },
    )
    assert settings.state == "postgresql://gate@db/ledger"
    assert settings.halo.auth_url == "https://other.halopsa.com/auth"
    assert settings.halo.ambiguity_window == timedelta(milliseconds=500)
    assert settings.halo.client_id == "id"
    assert settings.ticket.status_id == 23
    support, sales = settings.mailbox
    assert support.password.get_secret_value() == "from-environment"
    assert support.host == "imap.acme.example"
    assert support.acknowledge is False
    assert support.first_contact == date(2026, 1, 31)
    assert support.max_message_size == 25 * 1024 * 1024
    assert (sales.name, sales.username) == ("sales", "sales")
    assert settings.alerts.mail_to == ("a@acme.example", "b@acme.example")


@pytest.mark.parametrize("written", ['["a@acme.example"]', "a@acme.example"])
def test_a_list_in_the_environment_is_json_or_parted_by_commas(toml, written):
    assert load(toml, {"HALO_MAILGATE_ALERTS__MAIL_TO": written}).alerts.mail_to == ("a@acme.example",)


def test_a_whole_section_in_the_environment_is_json_and_merges(toml):
    settings = load(toml, {"HALO_MAILGATE_HALO": '{"tenant": "acme"}', "HALO_MAILGATE_SMTP": '{"port": 2525}'})
    assert (settings.halo.tenant, settings.halo.client_id, settings.smtp.port) == ("acme", "id", 2525)


def test_a_credential_wins_over_the_environment(toml, tmp_path):
    environ = credentials(
        tmp_path,
        halo_client_secret="from-credential\n",
        mailbox_support_password=" spaces stay \n\n",
        smtp_password="smtp\r\n",
        somebody_elses="ignored",
    )
    environ |= {"HALO_MAILGATE_HALO__CLIENT_SECRET": "from-environment", "HALO_MAILGATE_SMTP__USERNAME": "gate"}
    settings = load(toml, environ)
    assert settings.halo.client_secret.get_secret_value() == "from-credential"
    assert settings.mailbox[0].password.get_secret_value() == " spaces stay \n"
    assert settings.smtp.password.get_secret_value() == "smtp"


def test_credentials_alone_are_enough(toml, tmp_path):
    toml.write_text(re.sub("(client_secret|password) = .*", "", GOOD))
    settings = load(toml, credentials(tmp_path, halo_client_secret="one", mailbox_support_password="two"))
    assert settings.mailbox[0].password.get_secret_value() == "two"


def test_commands_that_only_read_the_ledger_need_no_secrets(toml):
    toml.write_text(re.sub("(client_secret|password) = .*", "", GOOD))
    with pytest.raises(BadConfiguration, match="credential halo-client-secret"):
        load(toml, {})
    assert load(toml, {}, need_secrets=False).halo.client_secret.get_secret_value() == ""


def test_which_file_is_meant():
    environ = {"HALO_MAILGATE_CONFIG": "/tmp/from-environment.toml"}
    assert find(Path("given.toml"), environ) == Path("given.toml")
    assert find(None, environ) == Path("/tmp/from-environment.toml")
    assert find(None, {}) == DEFAULT_PATH == Path("/etc/halo-mailgate/gateway.toml")


def test_nothing_prints_a_secret(toml):
    toml.write_text(GOOD.replace("/var/lib", "/srv"))
    settings = load(toml, {"HALO_MAILGATE_STATE": "postgresql://gate:state-secret@db/ledger"})
    for text in (repr(settings), str(settings), repr(settings.halo), str(settings.mailbox)):
        assert "secret" not in text.replace("client_secret", "")
        assert "file-password" not in text


def test_settings_built_by_hand_take_nothing_from_the_environment():
    halo = Halo(url="https://h", client_id="c", client_secret="s")
    mailbox = Mailbox(name="m", address="m@x.example", host="h", username="u", password="p", max_message_size="1MB")
    settings = Settings(state="sqlite:////tmp/x.db", halo=halo, mailbox=(mailbox,))
    assert settings.mailbox == (mailbox,)
    assert mailbox.max_message_size == 1_000_000
    assert Mailbox(**dict(mailbox)) == mailbox


def test_a_name_beside_its_id_is_a_contradiction(tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text(example().replace("# status_id = 1", "status_id = 1").replace('# status = ""', 'status = "New"'))
    with pytest.raises(BadConfiguration, match="is given beside status_id"):
        load(path, credentials(tmp_path, halo_client_secret="s", mailbox_support_password="p"))


def test_the_shipped_example_is_read_off_the_declarations():
    assert SHIPPED.read_text(encoding="utf-8") == example(), (
        "run: python -m config.example > config/gateway.example.toml"
    )


def test_the_example_loads_and_says_the_true_defaults(tmp_path):
    environ = credentials(tmp_path, halo_client_secret="s", mailbox_support_password="p")
    loaded = []
    for number, text in enumerate((example(), example(defaults_live=True))):
        path = tmp_path / f"{number}.toml"
        path.write_text(text)
        loaded.append(load(path, environ))
    assert loaded[0] == loaded[1]


# The keys that users were promised; more may come, none may go.
CONTRACT = {
    "": {"state"},
    "halo": {
        "url",
        "auth_url",
        "tenant",
        "client_id",
        "client_secret",
        "dialect",
        "ambiguity_window",
        "outcome",
    },
    "ticket": {"client_id", "tickettype_id", "status_id", "priority_id"},
    "smtp": {"host", "port", "security", "username", "password", "reverse_path"},
    "alerts": {"mail_to"},
    "mailbox": {
        "name",
        "address",
        "host",
        "port",
        "security",
        "username",
        "password",
        "folder",
        "poll_interval",
        "first_contact",
        "when_done",
        "acknowledge",
    },
}


def test_the_example_shows_every_key_with_a_meaning():
    text = re.sub(r"^# (?=[a-z_]+ = |\[\[)", "", example(), flags=re.MULTILINE)
    shown = tomllib.loads(text)
    for section, keys in CONTRACT.items():
        table = shown[section] if section else shown
        assert keys <= set(table[0] if isinstance(table, list) else table)
    for declared, table in (
        (Settings, shown),
        (Halo, shown["halo"]),
        (Mailbox, shown["mailbox"][0]),
        (Rule, shown["rule"][0]),
    ):
        assert set(table) == {known.alias or name for name, known in declared.model_fields.items()}
    lines = text.splitlines()
    for before, line in pairwise(lines):
        if re.match("[a-z_]+ = ", line):
            assert before.startswith("# "), line
