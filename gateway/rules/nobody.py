"""Addresses that nobody reads: what is sent to them is lost, and what comes from them was written by somebody else.

Promises: pure, by the local part alone. Knows nothing of who stands behind such an address.
"""

from __future__ import annotations

NOREPLY = (
    "noreply",
    "donotreply",
    "dontreply",
    "mailerdaemon",
    "postmaster",
    "bounce",
    "nichtantworten",
    "keineantwort",
    "nepasrepondre",
    "noresponder",
    "noresponda",
    "naoresponda",
    "naoresponder",
    "nonrispondere",
    "nietantwoorden",
    "nieodpowiadaj",
    "svarainte",
    "svarikke",
    "ikkesvar",
)
"""How local parts begin of addresses that nobody reads, without the marks between their words."""
FORMS = frozenset(
    {
        "wordpress", "woocommerce", "joomla", "typo3", "drupal", "magento", "shopware", "prestashop", "wwwdata",
        "wwwrun", "apache", "httpd", "nginx", "nobody", "webserver", "webform", "webforms", "form", "forms", "formmail",
        "formmailer", "mailform", "mailer", "contactform", "kontaktformular", "formular", "formulaire", "formulario",
        "modulocontatti", "contactformulier", "website", "webmailer", "automailer", "systemmail", "donotrespond",
    }
)  # fmt: skip
"""Whole local parts that web sites send the words of their visitors from."""
_MARKS = str.maketrans("", "", "-_.")


def is_noreply(address: str) -> bool:
    """Whether nobody reads what is sent there, by its own name."""
    return _plain(address).startswith(NOREPLY)


def takes_no_mail(address: str) -> bool:
    """Whether it is the address of a program that sends for others: a noreply address, or a web site's."""
    plain = _plain(address)
    return plain.startswith(NOREPLY) or plain in FORMS


def _plain(address: str) -> str:
    return address.lower().rpartition("@")[0].partition("+")[0].translate(_MARKS)
