"""The keys of signed references, kept in the ledger, so that every host that shares it knows them.

Promises: the first use makes a key; `rotate` makes another, which signs from then on, while the old ones still verify
until they are forgotten. A key that another host made is known after `FRESH`. Fails with the ledger's errors.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from gateway.ports import Clock
from gateway.references import Key, new_key
from storage.ledger import Ledger

NOTE = "reference keys"
FRESH = timedelta(seconds=30)


class Keyring:
    """One for the daemon."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._read_at: datetime | None = None

    async def keys(self) -> tuple[Key, ...]:
        """All keys, the one that signs first."""
        now = self._clock()
        if self._read_at is None or now - self._read_at > FRESH or not self._keys:
            first = write((new_key(1),))
            self._keys = read(await self._ledger.notes.settle(NOTE, first))
            self._read_at = now
        return self._keys

    async def rotate(self, *, forget: bool = False) -> tuple[Key, ...]:
        """A new key signs from now on. `forget`: references of the old ones are worth nothing any more."""
        old = await self.keys()
        new = new_key(max((int(key.id) for key in old if key.id.isdigit()), default=0) + 1)
        kept = (new,) if forget else (new, *old)
        await self._ledger.notes.remember(NOTE, write(kept))
        self._keys = kept
        return kept


async def known_keys(ledger: Ledger) -> tuple[Key, ...]:
    """The keys for who only reads the ledger: none may have been made yet."""
    held = await ledger.notes.recall(NOTE)
    return read(held) if held else ()


def write(keys: tuple[Key, ...]) -> str:
    """Keys as the ledger holds them."""
    return json.dumps([{"id": key.id, "secret": key.secret.hex()} for key in keys])


def read(text: str) -> tuple[Key, ...]:
    """Keys out of what the ledger holds. ValueError, KeyError: it is not ours."""
    return tuple(Key(str(one["id"]), bytes.fromhex(one["secret"])) for one in json.loads(text))
