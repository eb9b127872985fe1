"""Which domains are a provider's: most that there are, and no company's."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.providers import is_provider, is_shared
from gateway.standing import is_shared as as_before

WORDS = Path(__file__).with_name("providers")


def words(name: str) -> list[str]:
    lines = (WORDS / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def test_most_providers_are_known_and_no_company_is_one():
    """Both lists were written from memory, by country, before the one that the gateway has."""
    providers, companies = words("providers.txt"), words("companies.txt")
    assert len(set(providers)) > 950
    assert len(set(companies)) > 200
    unknown = [one for one in providers if not is_provider(one)]
    assert len(unknown) < 0.01 * len(providers), unknown
    assert [one for one in companies if is_provider(one)] == []


@pytest.mark.parametrize(
    ("domain", "is_one"),
    [
        ("SFR.FR", True),
        ("chello.at.", True),
        (" hispeed.ch", True),
        ("nb.sympatico.ca", True),
        ("d.vodafone.ne.jp", True),
        ("smtp.orange.fr", True),
        ("yahoo.com.ar", True),
        ("hotmail.co.uk", True),
        ("outlook.fr", True),
        ("onmicrosoft.com", True),
        ("acme.onmicrosoft.com", False),
        ("plus.com", True),
        ("smith.plus.com", False),
        ("yahoo.example", False),
        ("yahoo.customer.example", False),
        ("outlook.customer.de", False),
        ("sfr.fr.customer.example", False),
        ("notsfr.fr", False),
        ("fr", False),
        ("", False),
        (".", False),
        ("a" * 5_000 + ".sfr.fr", True),
        ("x." * 5_000 + "sfr.fr", True),
    ],
)
def test_any_spelling_and_what_is_below_one(domain, is_one):
    assert is_provider(domain) is is_one


def test_the_operator_knows_better():
    assert is_shared("isp.example", ["ISP.example"])
    assert is_shared("mail.isp.example", ["isp.example"])
    assert is_shared("bücher.example", ["xn--bcher-kva.example"])
    assert not is_shared("isp.example")
    assert is_shared("sfr.fr")
    assert not is_shared("sfr.fr", own=["SFR.fr"])
    assert is_shared("sfr.fr", ["sfr.fr"], ["sfr.fr"])
    assert is_shared("")
    assert as_before is is_shared
