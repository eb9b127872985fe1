"""Which dialect of the API the server speaks, found out without writing anything.

Promises: what the configuration says holds; else what was remembered; else `GET /api/Outcome` is asked, one probe at a
time: a list means observed; 404 means documented, provided that `/api/Status` is there (a wrong address answers 404
to everything). Anything else decides nothing and raises. What was found is awaited by `remember` before it is used.
Knows nothing of what the dialects differ in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, get_args

from gateway.errors import Misconfigured, Permanent
from gateway.halo import errors, picklists
from gateway.halo.api import HaloApi
from gateway.halo.wire import Dialect


class DialectChoice:
    """Knows the dialect, or finds it out at first use."""

    def __init__(
        self,
        api: HaloApi,
        configured: Literal["auto", "documented", "observed"],
        remembered: str | None,
        remember: Callable[[str], Awaitable[None]],
    ) -> None:
        self._api = api
        self._remember = remember
        self._probing = asyncio.Lock()
        wanted = remembered if configured == "auto" else configured
        self.known: Dialect | None = next((word for word in get_args(Dialect) if word == wanted), None)

    async def get(self) -> Dialect:
        """The dialect. Raises Transient or Misconfigured while it cannot be found out."""
        if self.known is not None:
            return self.known
        async with self._probing:
            if self.known is None:
                found = await self._probe()
                await self._remember(found)
                self.known = found
            return self.known

    async def _probe(self) -> Dialect:
        try:
            await picklists.read(self._api, "/Outcome", "observed")
        except Permanent as trouble:
            if trouble.cause != "not_found":
                raise Misconfigured("dialect", f"{trouble.words}; set [halo] dialect") from None
        else:
            return "observed"
        try:
            await picklists.read(self._api, "/Status", "documented")
        except Permanent as trouble:
            raise Misconfigured("wrong_address", f"{trouble.words}; {errors.CHECK_URL}") from None
        return "documented"
