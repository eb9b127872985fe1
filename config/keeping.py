"""How long the ledger keeps what it no longer needs.

Promises: frozen values like all settings; by default nothing goes that somebody may still have to decide about. Knows
nothing of how it is deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from config import units
from config.errors import refused
from config.policy import Section

FOREVER = "forever"


def _keep(value: object) -> timedelta | None:
    """How long; None: forever."""
    if value is None or value == FOREVER:
        return None
    cure = f'write "{FOREVER}", or a number and a unit in quotes, such as "90d"'
    span = units.duration(value, longest=units.CENTURY, cure=cure)
    if span <= timedelta(0):
        raise refused("keeps nothing", cure)
    return span


Keep = Annotated[timedelta | None, BeforeValidator(_keep)]


class Keeping(Section):
    """How long the octets and texts of a mail stay in the ledger after it came to rest: "90d", or "forever".

    What became of it, its number, its ticket, its journal and its author's address stay; `halo-mailgate forget ADDRESS`
    erases a person's mail at once. The mailbox and HaloPSA are not touched by either.
    """

    tickets: Keep = Field(default=timedelta(days=90), description="Of mail that opened a ticket.")
    actions: Keep = Field(default=timedelta(days=90), description="Of mail that went onto a ticket.")
    ignored: Keep = Field(default=timedelta(days=30), description="Of mail that a rule let pass.")
    same_again: Keep = Field(default=timedelta(days=30), description="Of mail that had come before.")
    discarded: Keep = Field(default=timedelta(days=30), description="Of mail that an operator discarded.")
    quarantined: Keep = Field(
        default=None,
        description="Of mail that is set aside. What is gone can only be discarded then.",
        examples=[FOREVER],
    )
    broken: Keep = Field(default=None, description="Of mail that could not be worked on; the same.", examples=[FOREVER])
