"""Records in a file, one after the other, so that a run that ends at any instant can be gone on with.

Promises: a record that `write` returned from is read back, in order, by whoever opens the file next; half a record at
the end, of a process that was killed, is cut off. Not synced: it outlives processes, not the machine.

`KeptStore` and `KeptList` are what HaloPSA and the mail server hold, made again from such a file.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from gateway.sandbox.model import Action, StoredAttachment, Ticket, User
from gateway.sandbox.store import Store


class Journal:
    """The file. `records` is what it held when it was opened."""

    def __init__(self, path: Path) -> None:
        path.touch()
        octets = path.read_bytes()
        self.records: list[Any] = []
        end = 0
        for record, after in _read(octets):
            self.records.append(record)
            end = after
        self._file = path.open("r+b", buffering=0)
        self._file.truncate(end)
        self._file.seek(end)

    def write(self, record: object) -> None:
        """Add one."""
        self._file.write(pickle.dumps(record))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """No more records."""
        self._file.close()


def _read(octets: bytes) -> Iterator[tuple[Any, int]]:
    stream = io.BytesIO(octets)
    with suppress(EOFError, pickle.UnpicklingError):
        while True:
            record = pickle.load(stream)
            yield record, stream.tell()


class KeptList(list[Any]):
    """A list that keeps what is appended."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal.records)
        self._journal = journal

    def append(self, one: Any) -> None:
        self._journal.write(one)
        super().append(one)


class KeptStore(Store):
    """A store that keeps every change."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal: Journal | None = None
        for name, arguments, named in journal.records:
            getattr(self, name)(*arguments, **named)
        self._journal = journal

    def _keep(self, name: str, *arguments: object, **named: object) -> None:
        if self._journal is not None:
            self._journal.write((name, arguments, named))

    def add_ticket(self, fields: Mapping[str, Any], at: datetime) -> Ticket:
        self._keep("add_ticket", dict(fields), at)
        return super().add_ticket(fields, at)

    def change_ticket(self, ticket_id: int, fields: Mapping[str, Any], *, deleted: bool | None = None) -> Ticket:
        self._keep("change_ticket", ticket_id, dict(fields), deleted=deleted)
        return super().change_ticket(ticket_id, fields, deleted=deleted)

    def add_action(self, ticket_id: int, fields: Mapping[str, Any], at: datetime, *, opening: bool = False) -> Action:
        self._keep("add_action", ticket_id, dict(fields), at, opening=opening)
        return super().add_action(ticket_id, fields, at, opening=opening)

    def add_attachment(
        self, ticket_id: int, filename: str, octets: bytes, at: datetime, **named: Any
    ) -> StoredAttachment:
        self._keep("add_attachment", ticket_id, filename, octets, at, **named)
        return super().add_attachment(ticket_id, filename, octets, at, **named)

    def add_user(self, name: str, emailaddress: str, client_id: int, site_id: int, **named: Any) -> User:
        self._keep("add_user", name, emailaddress, client_id, site_id, **named)
        return super().add_user(name, emailaddress, client_id, site_id, **named)
