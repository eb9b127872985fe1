"""What an operator may decide about running the gateway: alerts, several hosts, TLS, numbers.

Promises: frozen values like all settings. Knows nothing of what the gateway does with them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.errors import refused
from config.kinds import AddrSpec, Duration, Line, Listen
from config.policy import Section


def _lease(value: timedelta) -> timedelta:
    if not timedelta(seconds=2) <= value <= timedelta(minutes=10):
        raise refused("is not between 2 s and 10 min", 'write a duration such as "15s"')
    return value


class Alerts(Section):
    """How the operator is told of trouble: always by an ERROR event and in `check`, and by mail to these."""

    mail_to: tuple[AddrSpec, ...] = Field(
        default=(), description="Addresses that are told by mail.", examples=[["operator@acme.example"]]
    )


class Cluster(Section):
    """Several hosts on one PostgreSQL ledger: each runs the same configuration. Nothing to write for one host."""

    name: Line = Field(
        default="", description="What this host is called in logs and `cluster`; its host name if empty.",
        examples=["mail1"],
    )  # fmt: skip
    lease: Annotated[Duration, AfterValidator(_lease)] = Field(
        default=timedelta(seconds=15),
        description="How long a host that is silent counts as alive: then the others take over what it had in hand.",
    )


class Tls(Section):
    """TLS of every connection that the gateway makes: certificates are always verified."""

    minimum_version: Literal["1.2", "1.3"] = Field(default="1.2", description="The oldest version that is spoken.")


class Metrics(Section):
    """Numbers for Prometheus, at http://LISTEN/metrics."""

    listen: Listen = Field(
        default=None,
        description='Where they are served, "HOST:PORT"; nowhere if empty. Whoever reaches it may read: no login.',
        examples=["127.0.0.1:9464"],
    )
