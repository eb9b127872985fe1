"""The sandbox as tests and the demo use it: start it, look inside, make things go wrong.

Promises: everything is in memory and of one event loop; it may be served several times, one after the other, and keeps
what it holds, as a server does that was down for a while. It never sends mail. Knows nothing of who calls it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.sandbox import control, page
from gateway.sandbox.app import application
from gateway.sandbox.auth import Auth
from gateway.sandbox.door import Door
from gateway.sandbox.faults import Faults
from gateway.sandbox.fields import KNOWN
from gateway.sandbox.habits import Habits
from gateway.sandbox.instance import Instance, moment
from gateway.sandbox.model import Action, Client, DialectName, RequestSeen, StoredAttachment, Ticket, User
from gateway.sandbox.server import LoopServer
from gateway.sandbox.store import Store
from gateway.sandbox.tickets import Tickets


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A HaloPSA to try against.

    `rate_limit` is in requests to the API per rolling window; `tenant` makes the token need `?tenant=`; `now` is the
    clock of tickets, tokens and the rate limit; `habits` is what it does otherwise than its dialect.
    """

    def __init__(
        self,
        dialect: DialectName = "observed",
        *,
        client_id: str = "gateway",
        client_secret: str = "sandbox-secret",  # noqa: S107 - it guards nothing
        tenant: str | None = None,
        token_lifetime: timedelta = timedelta(hours=1),
        now: Callable[[], datetime] = _utc_now,
        rate_limit: int | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.dialect = dialect
        self.faults = Faults()
        self.habits = habits or Habits()
        self._instance = Instance(dialect, Store(), now, self.habits)
        self._tickets = Tickets(self._instance)
        self._auth = Auth(client_id, client_secret, tenant, token_lifetime, now)
        self._server = LoopServer()
        app = application(self._instance, self._auth, [*page.routes(self), *control.routes(self)])
        self._door = Door(app, self.faults, now, rate_limit, self.habits, self._server.hang_up)

    @asynccontextmanager
    async def serving(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve it; yields the URL (`http://127.0.0.1:43211`): the API is at /api, the token at /auth/token."""
        async with self._server.listening(self._door, host, port) as bound:
            try:
                yield f"http://{f'[{host}]' if ':' in host else host}:{bound}"
            finally:
                await self._door.close()

    async def writes_landed(self) -> None:
        """Wait until every injected late write has been performed."""
        await self._door.landed()

    @property
    def tickets(self) -> list[Ticket]:
        """All tickets by id, deleted ones too."""
        return list(self._instance.store.tickets.values())

    @property
    def actions(self) -> list[Action]:
        """All actions by ticket and number; as observed each ticket's opening entry (`opening`) is among them."""
        return [action for entries in self._instance.store.actions.values() for action in entries]

    @property
    def attachments(self) -> list[StoredAttachment]:
        """All attachments by id."""
        return list(self._instance.store.attachments.values())

    @property
    def users(self) -> list[User]:
        """All users by id."""
        return list(self._instance.store.users.values())

    @property
    def clients(self) -> list[Client]:
        """All customer organisations by id."""
        return list(self._instance.store.clients.values())

    def now(self) -> datetime:
        """The time of its clock."""
        return self._instance.now()

    @property
    def requests(self) -> list[RequestSeen]:
        """The requests in the order of their arrival."""
        return self._door.requests

    @property
    def unknown_fields(self) -> set[tuple[str, str]]:
        """(operation, name) of every body field and query parameter that this server does not know."""
        return self._instance.unknown_fields

    def add_client(self, name: str, domain: str = "", emaildomain: str = "") -> Client:
        """Add a customer organisation with one site, which may have a domain of its own.

        Client 1, "Unknown", is there from the start.
        """
        return self._instance.store.add_client(name, domain, emaildomain)

    def add_user(
        self,
        name: str,
        address: str,
        client_id: int = 1,
        site_id: int | None = None,
        *,
        email2: str = "",
        email3: str = "",
        inactive: bool = False,
    ) -> User:
        """Add a customer's person, at the client's site unless another is given. KeyError: no such client."""
        store = self._instance.store
        site = store.clients[client_id].site_id if site_id is None else site_id
        return store.add_user(name, address, client_id, site, email2=email2, email3=email3, inactive=inactive)

    def remove_user(self, user_id: int) -> None:
        """Take a person away for good: ids of theirs are refused from now on. KeyError: no such user."""
        del self._instance.store.users[user_id]

    def add_ticket(self, **fields: Any) -> Ticket:
        """Add a ticket as if somebody had opened it, unchecked. Dates may be text."""
        return self._tickets.create(self._dated("POST /Tickets", fields))

    def add_action(self, ticket_id: int, **fields: Any) -> Action:
        """Add an entry to a ticket as if an agent had written it, unchecked. KeyError: no such ticket."""
        read = self._dated("POST /Actions", fields)
        return self._instance.store.add_action(ticket_id, read, self._instance.now())

    def attach(self, ticket_id: int, filename: str, octets: bytes) -> StoredAttachment:
        """Attach a file to a ticket as if an agent had."""
        return self._instance.store.add_attachment(ticket_id, filename, octets, self._instance.now())

    def change_ticket(self, ticket_id: int, **fields: Any) -> Ticket:
        """Change a ticket as if an agent had, unchecked (close it with `status_id=9`). KeyError: no such ticket."""
        given = self._dated("POST /Tickets", fields)
        moved = self._tickets.moved(self._instance.store.tickets[ticket_id].fields, given)
        return self._instance.store.change_ticket(ticket_id, {**given, **moved})

    def delete_ticket(self, ticket_id: int) -> None:
        """Delete a ticket: it stays held, marked, and is no longer found. KeyError: no such ticket."""
        self._instance.store.change_ticket(ticket_id, {}, deleted=True)

    def merge_ticket(self, ticket_id: int, into: int) -> None:
        """Merge one ticket into another. Only the observed server says so. KeyError: no such ticket."""
        store = self._instance.store
        store.change_ticket(ticket_id, {"merged_into_id": store.tickets[into].id, "inactive": True})

    def require(self, tickettype_id: int, field: str) -> None:
        """Let a ticket type ask for a field from now on."""
        self.habits.required.setdefault(tickettype_id, set()).add(field)

    def expire_tokens(self) -> None:
        """End the life of every token: the next call with one is a 401."""
        self._auth.expire()

    def withdraw_permission(self) -> None:
        """Answer every call with 403, whatever its token, until `grant_permission`."""
        self._auth.withdraw()

    def grant_permission(self) -> None:
        """Give the permission back: to tokens issued from now on, as permissions live in the token."""
        self._auth.permitted = True

    def _dated(self, operation: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        kinds = KNOWN[self.dialect][operation]
        return {
            name: moment(value) if kinds.get(name) == "date" and isinstance(value, str) else value
            for name, value in fields.items()
        }
