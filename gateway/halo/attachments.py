"""Attachments of a ticket: upload as the dialect has it, list, look for one by name and size.

Promises: a file is sent piece by piece, encoded on the way where the dialect wants base64; one POST a file. Fails with
the kinds of `gateway.errors`. Knows nothing of where the octets come from.
"""

from __future__ import annotations

import secrets

from gateway.errors import Permanent
from gateway.halo import errors, refusals, wire
from gateway.halo.api import HaloApi
from gateway.halo.budget import Priority
from gateway.halo.dialect import DialectChoice
from gateway.halo.records import AttachmentRecord, attachment_record
from gateway.steps import UploadAttachment


class Attachments:
    """The attachments of one HaloPSA's tickets."""

    def __init__(self, api: HaloApi, dialect: DialectChoice) -> None:
        self._api = api
        self._dialect = dialect

    async def upload(
        self, ticket_id: int, filename: str, octets: bytes, *, media_type: str = "", action_id: int | None = None
    ) -> int:
        """One POST; the id. `isimage` follows the media type. NotFound: no such ticket."""
        step = _step(filename, media_type, len(octets))
        dialect = await self._dialect.get()
        payload = wire.upload(step, ticket_id, action_id, octets, dialect, boundary=secrets.token_hex(16))
        try:
            body = await self._api.write("/Attachment", payload, wire.private(filename), priority=Priority.PATIENT)
        except Permanent as trouble:
            raise refusals.about(trouble, {"ticket_id": int(ticket_id)}) from None
        new_id = wire.new_id(body, "attachments")
        if new_id is None:
            raise errors.nonsense("a success without an id", write=True)
        return new_id

    async def list(self, ticket_id: int) -> list[AttachmentRecord]:
        """All of a ticket. Permanent "not_found": no such ticket."""
        rows = wire.rows(await self._api.read("/Attachment", {"ticket_id": int(ticket_id)}), "attachments")
        if rows is None:
            raise errors.nonsense("/Attachment gives no list", write=False)
        return [one for row in rows if (one := attachment_record(row)) is not None]

    async def find(self, ticket_id: int, filename: str, size: int) -> AttachmentRecord | None:
        """The oldest one of this name and size in octets; the name as it is sent."""
        wanted = wire.filename(_step(filename, "", size))
        same = (one for one in await self.list(ticket_id) if one.filename == wanted and one.filesize in {size, None})
        return min(same, key=lambda one: one.id, default=None)


def _step(filename: str, media_type: str, size: int) -> UploadAttachment:
    return UploadAttachment(0, filename, media_type, size, sha256="", inline=False)
