r"""Where a server keeps which folder: hierarchy delimiters, name spaces and special uses (RFC 9051 §5.1, 2342, 6154).

Promises: `argument` turns a folder as people write it ("Archive/Tickets", "INBOX", or a use such as "\Archive") into
what a command needs; the server is asked once a connection, and only for what a name makes necessary. Fails:
Misconfigured when no folder has the use that is asked for, and as its commands do. Knows nothing of what a folder is
wanted for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from gateway.errors import Misconfigured
from gateway.imap import names, rows
from gateway.imap.framing import Parts

Ask = Callable[..., Awaitable[list[Parts]]]
"""One command; the rows of its answer. Anything but an OK raises."""


class Folders:
    """The folders of one connection."""

    def __init__(self, ask: Ask, capabilities: Callable[[], Collection[str]]) -> None:
        self._ask = ask
        self._capabilities = capabilities
        self._delimiter: tuple[str | None] | None = None
        self._prefix: str | None = None
        self._uses: dict[str, str] | None = None

    async def argument(self, folder: str) -> str:
        """A folder's name as an argument: levels as the server separates them, modified UTF-7, quoted."""
        if folder.startswith("\\"):
            return names.quote(await self._used_as(folder))
        if folder.upper() == "INBOX":
            return names.folder(folder)
        if "/" in folder and (delimiter := await self._separator()):
            folder = folder.replace("/", delimiter)
        prefix = await self._personal()
        if prefix and not folder.upper().startswith(prefix.upper()):
            folder = prefix + folder
        return names.folder(folder)

    async def _separator(self) -> str | None:
        if self._delimiter is None:
            listed = rows.list_rows(await self._ask("LIST", '""', '""'))
            self._delimiter = (listed[0][1] if listed else None,)
        return self._delimiter[0]

    async def _personal(self) -> str:
        """What the names of a user's own folders begin with: "INBOX." at Courier and some Cyrus, mostly nothing."""
        if self._prefix is None:
            known = "NAMESPACE" in self._capabilities()
            self._prefix = rows.personal_prefix(await self._ask("NAMESPACE")) if known else ""
        return self._prefix

    async def _used_as(self, use: str) -> str:
        if self._uses is None:
            asked = ["(SPECIAL-USE)"] if {"SPECIAL-USE", "LIST-EXTENDED"} <= set(self._capabilities()) else []
            listed = rows.list_names(await self._ask("LIST", *asked, '""', '"*"'))
            self._uses = {one: name for attributes, name in reversed(listed) for one in attributes}
        found = self._uses.get(use.lower())
        if found is None:
            raise Misconfigured("no_such_folder", f"no folder there is marked as {use}: name the folder itself")
        return found
