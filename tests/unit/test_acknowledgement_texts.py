"""What acknowledgements say, from whose template, and what is said of a template that cannot be used."""

from __future__ import annotations

import base64
import email
import tomllib
from datetime import UTC, datetime, timedelta
from email.policy import default
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from config.office import OfficeHours
from config.settings import Mailbox, Settings
from gateway.cli.ack import OCCASIONS
from gateway.errors import Misconfigured
from gateway.model import Requester
from gateway.office import Office
from gateway.preview import Wish, preview, problems
from gateway.smtp.acknowledge import compose, values_of
from gateway.smtp.outlook import thread_index
from gateway.smtp.texts import NAMES, VALUES
from gateway.smtp.wording import LANGUAGES, phrases
from gateway.steps import Acknowledge

NOW = datetime(2026, 12, 24, 19, 0, tzinfo=UTC)
OFFICE = Office(OfficeHours(time_zone="Europe/Berlin", open=["mon-fri 08:00-17:00"], holidays_of=["DE"]))


def step(**changes) -> Acknowledge:
    values = {"to": Requester("ann@customer.example"), "message_id": "ack.1@acme.example", "in_reply_to": None}
    return Acknowledge(**(values | {"references": (), "subject": "Printer", "mailbox": "support"} | changes))


def made(one: Acknowledge, ticket: int | None = 77, **changes):
    octets = compose(one, ticket, from_address="support@acme.example", now=NOW, **changes)
    return email.message_from_bytes(octets, policy=default)


def both(mail) -> tuple[str, str | None]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    rich = html.get_content().replace("\r", "") if html is not None else None
    return plain.get_content().replace("\r", ""), rich


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("occasion", NAMES)
def test_each_occasion_in_each_language(language, occasion):
    named = occasion != "refused"
    one = step(language=language, occasion=occasion, respond_within=240 if named else None)
    plain, html = both(made(one, 77 if named else None, office=OFFICE))
    words = phrases(language)
    first = {"opened": "thanks", "oversized": "thanks"}.get(occasion, occasion)
    for form in (" ".join(plain.split()), html):
        assert words[first] in form
        assert (words["oversized"] in form) is (occasion == "oversized")
        assert ("[ID:0000077]" in form) is named
        assert words["hours"] in form
        assert words["closed"].partition("{")[0] in form
        assert "28" in form
        assert "{" not in form.split("</style>")[-1]
    assert max(map(len, plain.splitlines())) <= 100


def test_an_open_office_says_only_its_hours():
    plain, _ = both(made(step(respond_within=60), office=Office(OfficeHours(open=["mon-sun 00:00-24:00"]))))
    assert "Office hours" in plain
    assert "closed" not in plain
    assert "within 1 hour, counted" in plain
    plain, _ = both(made(step(respond_within=60)))
    assert "hours" not in plain
    assert "within 1 hour." in plain


def test_a_refusal_names_no_ticket_anywhere():
    one = step(occasion="refused", name="refusal", subject="Re: [ID:0000077] Printer")
    mail = made(one, None)
    assert mail["Subject"] == "Re: Printer"
    assert "77" not in "".join(form or "" for form in both(mail))
    assert "Printer" not in both(mail)[0]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("The printer is on fire", True),
        ("Error 404.5 at 10:30", True),
        ("version 2.0 is slow", True),
        ("see https://evil.example/x", False),
        ("win at evil.example", False),
        ("write to me@evil.example", False),
        ("evil.example/path!", False),
        ("Done... or not", True),
    ],
)
def test_a_subject_stands_in_the_text_only_without_an_address(subject, shown):
    plain, html = both(made(step(subject=subject)))
    assert (subject in plain) is shown
    assert (subject in html) is shown


INDEX = "AdxqYIaNVUYXQb0QRQqYwCXDJ1P1Ig=="


def test_outlook_gets_its_conversation_back():
    mail = made(step(subject="RE: Printer on fire", thread_index=INDEX, topic="Printer on\r\nfire"))
    theirs, ours = base64.b64decode(INDEX), base64.b64decode(mail["Thread-Index"])
    assert mail["Thread-Topic"] == "Printer on fire"
    assert ours[:22] == theirs
    assert len(ours) == 27
    assert mail["Bcc"] is None


@pytest.mark.parametrize("wrong", ["", "x", "????", "AAAA", base64.b64encode(b"x" * 23).decode(), "A" * 4000])
def test_what_is_no_index_gives_none(wrong):
    assert thread_index(wrong, NOW) == ""
    assert made(step(thread_index=wrong))["Thread-Index"] is None


def test_the_block_tells_the_time_since_the_first_mail():
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    ticks = ((begun - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) * 10
    index = base64.b64encode((ticks >> 16).to_bytes(6, "big") + b"g" * 16).decode()
    for later, shift, far in ((timedelta(hours=3), 18, 0), (timedelta(days=1000), 23, 1)):
        block = int.from_bytes(base64.b64decode(thread_index(index, begun + later))[22:26], "big")
        assert block >> 31 == far
        seconds = ((block & 0x7FFFFFFF) << shift) / 1e7
        assert abs(seconds - later.total_seconds()) < 2


# The operator's own


def write(folder, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_nearest_template_goes_first(tmp_path):
    write(tmp_path, acknowledgement_txt_j2="all", acknowledgement_de_txt_j2="all de")
    write(tmp_path, support__acknowledgement_txt_j2="support", support__acknowledgement_fr_txt_j2="support fr")
    write(tmp_path, support__acknowledgement_fr_html_j2="<p>{{ summary }}</p>", acknowledgement_html_j2="<p>all</p>")

    def said(mailbox, language):
        return both(made(step(mailbox=mailbox, language=language, subject="<b>"), templates=tmp_path))

    assert said("support", "fr") == ("support fr\n", "<p>&lt;b&gt;</p>\n")
    assert said("support", "de") == ("support\n", None)  # a text of theirs never goes with an HTML of another
    assert said("sales", "de") == ("all de\n", None)
    assert said("sales", "en") == ("all\n", "<p>all</p>\n")


def test_what_a_template_may_use_is_what_there_is_and_what_the_readme_says():
    values = values_of(step(), 77, from_address="support@acme.example", now=NOW, office=OFFICE)
    assert set(values) == set(VALUES)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [name for name in VALUES if f"`{name}`" not in readme] == []
    assert [f"office.{name}" for name in values["office"] if f"`office.{name}`" not in readme] == []


def test_languages_and_occasions_are_the_same_wherever_they_are_listed():
    written = tomllib.loads(files("config").joinpath("templates", "acknowledgement.toml").read_text(encoding="utf-8"))
    assert set(written) == set(LANGUAGES)
    assert set(get_args(Mailbox.model_fields["fallback_language"].annotation)) == set(LANGUAGES)
    assert set(get_args(Mailbox.model_fields["language"].annotation)) == {"auto", *LANGUAGES}
    assert set(OCCASIONS) == set(NAMES)


def test_html_alone_goes_with_our_text_and_other_occasions_are_ours(tmp_path):
    write(tmp_path, acknowledgement_html_j2="<p>{{ words.thanks }} {{ tag }}</p>")
    plain, html = both(made(step(), templates=tmp_path))
    assert "Thank you" in plain
    assert html == "<p>Thank you for your message. We have received it and opened a ticket for it. [ID:0000077]</p>\n"
    assert "had been closed" in both(made(step(occasion="reopened"), templates=tmp_path))[0]


def test_a_template_is_read_anew_when_it_changes(tmp_path):
    import os

    write(tmp_path, acknowledgement_txt_j2="one")
    assert both(made(step(), templates=tmp_path))[0] == "one\n"
    write(tmp_path, acknowledgement_txt_j2="two")
    os.utime(tmp_path / "acknowledgement.txt.j2", (1, 1))
    assert both(made(step(), templates=tmp_path))[0] == "two\n"


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing }}",
        "{% if %}",
        "{{ tag.__class__.__mro__ }}",
        "{{ 1/0 }}",
        "{{ tag + 1 }}",
        "{% include 'x' %}",
        "{% include 'acknowledgement.txt.j2' %}",
    ],
)
def test_a_broken_template_waits_for_the_operator(tmp_path, text):
    write(tmp_path, acknowledgement_txt_j2=text)
    with pytest.raises(Misconfigured) as caught:
        made(step(), templates=tmp_path)
    assert caught.value.cause == "template"
    assert "acknowledgement" in caught.value.words


def settings(tmp_path, **more) -> Settings:
    halo = {"url": "https://acme.example", "client_id": "x", "client_secret": "y"}
    mailbox = {"name": "support", "address": "support@acme.example", "host": "h", "username": "u", "password": "p"}
    return Settings(halo=halo, mailbox=[mailbox], smtp={"templates": tmp_path}, **more)


def test_every_template_is_tried_before_any_is_used(tmp_path):
    write(tmp_path, acknowledgement_txt_j2="{{ tag }}\n{% if office %}{{ office.opns }}{% endif %}")
    write(tmp_path, support__reopened_de_html_j2="<p>\n\n{% for %}", refused_txt_j2="{{ ticket + 1 }}")
    write(tmp_path, acknowlegement_txt_j2="x", sales__refused_txt_j2="x", oversized_pdf_j2="x", vip_txt_j2="{{ tga }}")
    (tmp_path / "_footer.txt.j2").write_text("{{ what }}")
    (tmp_path / "notes.md").write_text("{{")
    write(tmp_path, oversized_txt_j2="  \n")
    office = {"open": ["mon-fri 08:00-17:00"], "time_zone": "UTC"}
    found = {
        one.where: one
        for one in problems(settings(tmp_path, office_hours=office, rule=[{"name": "v", "template": "vip"}]))
    }
    where = "[smtp] templates, "
    assert set(found) == {
        f"{where}acknowledgement.txt.j2, line 2",
        f"{where}support/reopened.de.html.j2, line 3",
        f"{where}refused.txt.j2, line 1",
        f"{where}acknowlegement.txt.j2",
        f"{where}sales/refused.txt.j2",
        f"{where}oversized.pdf.j2",
        f"{where}vip.txt.j2, line 1",
        f"{where}oversized.txt.j2",
    }
    assert "did you mean tag?" in found[f"{where}vip.txt.j2, line 1"].cure
    assert "did you mean acknowledgement?" in found[f"{where}acknowlegement.txt.j2"].cure
    assert "support" in found[f"{where}sales/refused.txt.j2"].cure
    assert all(one.cure for one in found.values())


def test_a_mistake_in_an_included_file_is_named_there(tmp_path):
    (tmp_path / "_footer.txt.j2").write_text("a\n{{ adress }}")
    write(tmp_path, acknowledgement_txt_j2="{{ tag }}{% include '_footer.txt.j2' %}")
    (one,) = problems(settings(tmp_path))
    assert "_footer.txt.j2, line 2" in one.where
    assert "did you mean address?" in one.cure


def test_templates_that_work_are_no_problem(tmp_path):
    write(
        tmp_path, acknowledgement_txt_j2="{{ tag }} {{ summary }} {{ office.answer_by if office else respond_within }}"
    )
    assert problems(settings(tmp_path)) == []
    (wrong,) = problems(settings(tmp_path / "none"))
    assert "is no folder" in wrong.said


def test_a_preview_is_what_would_be_sent(tmp_path):
    chosen = settings(tmp_path)
    octets = b"From: robot <noreply@x.example>\r\nSubject: Guten Tag\r\n\r\nIch kann mich leider nicht anmelden.\r\n"
    shown = preview(chosen, Wish(chosen.mailbox[0], octets))
    assert shown.why == "automatic_auto_generated"
    assert shown.language == "de"
    assert shown.mail["Subject"] == "[ID:0001234] Re: Guten Tag"
    assert "hm-" in shown.plain
    assert shown.html is not None
    refused = preview(chosen, Wish(chosen.mailbox[0], occasion="refused", language="fr"))
    assert "1234" not in refused.plain + (refused.html or "") + refused.mail["Subject"]
