"""A HaloPSA to try against: an in-process server for the tests and the demo, or `python -m gateway.sandbox`.

Promises: it behaves as the API is documented or, switched, as real servers were observed, and keeps everything it is
sent for judging. It is honest: it knows nothing of the gateway, treats no caller specially and never sends mail. What
it does not know of the real server it does not invent, except where a module says so.

    app        which path is served by what          door      requests seen, faults, rate limit
    tickets, actions, attachments, people            the end points
    fields, instance                                 names and kinds of what comes in, by dialect
    store, sla, search, views, picklists             what is held, found and shown
    auth, refusals, faults, server, control          tokens, errors, injected trouble, sockets, steering
    page                                             what it holds, for people
"""

from __future__ import annotations

from gateway.sandbox.faults import NAMED, Fault, fault
from gateway.sandbox.habits import Habits
from gateway.sandbox.model import Action, Client, DialectName, RequestSeen, StoredAttachment, Ticket, User
from gateway.sandbox.sandbox import Sandbox

__all__ = [
    "NAMED",
    "Action",
    "Client",
    "DialectName",
    "Fault",
    "Habits",
    "RequestSeen",
    "Sandbox",
    "StoredAttachment",
    "Ticket",
    "User",
    "fault",
]
