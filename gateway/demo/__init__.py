"""`halo-mailgate demo`: the real daemon between a mail server and a HaloPSA that run inside this process.

    samples    six mails of our own, in order; those that answer an acknowledgement are completed when it is known
    imap, smtp the mail servers (pymap, aiosmtpd); also fit for tests
    stage      the servers, the settings and the folder of one demo
    outcome    what the ledger knows of a mail, in a few words
    screen     a live table on a terminal, plain lines elsewhere
    play       feeds, watches, sums up

Promises: nothing outside this machine is contacted and no configuration of the host is read. `demo` is imported when it
is first asked for: ModuleNotFoundError where the packages of the extra `demo` are not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.demo.play import demo

__all__ = ["demo"]


def __getattr__(name: str) -> Any:
    """Import `demo` late: the servers of this package are of use without the daemon (PEP 562)."""
    if name != "demo":
        raise AttributeError(name)
    from gateway.demo.play import demo

    return demo
