"""`/api/Attachment`: upload, list, read back.

Promises: the octets are kept as sent. Documented: multipart/form-data with `file`, `ticket_id`, `isimage`, `filename`.
Observed: a JSON array with `data_base64`, and anything else is a 415. An attachment needs a ticket that exists, and an
`action_id` names one of its actions.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.sandbox import views
from gateway.sandbox.instance import Instance
from gateway.sandbox.model import StoredAttachment
from gateway.sandbox.refusals import Refusal, not_found


@dataclass(frozen=True, slots=True)
class Attachments:
    """The end points."""

    instance: Instance

    async def post(self, request: Request) -> Response:
        """Upload, in the dialect's form."""
        instance = self.instance
        if not instance.observed:
            held = await self._multipart(request)
            return JSONResponse(
                instance.habits.shaped("attachments", [views.attachment_row(instance, held)], "wrapped")
            )
        elements = await instance.elements(request, "POST /Attachment")
        for element in elements:
            self._check_place(element.get("ticket_id"), element.get("action_id"))
        octets = [_decoded(element) for element in elements]
        written = [_keep(instance, element, content) for element, content in zip(elements, octets, strict=True)]
        base = str(request.base_url)
        shown = [views.attachment_row(instance, held, base) for held in written]
        return JSONResponse(instance.habits.shaped("attachments", shown, "bare" if len(shown) == 1 else "array"), 201)

    async def _multipart(self, request: Request) -> StoredAttachment:
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Refusal(415, "an attachment is sent as multipart/form-data")
        async with request.form() as form:
            upload = form.get("file")
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            fields = self.instance.form(texts, "POST /Attachment")
            if not isinstance(upload, UploadFile):
                raise Refusal(400, "file required: the octets of the attachment")
            self._check_place(fields.get("ticket_id"), None)
            return self.instance.store.add_attachment(
                fields["ticket_id"],
                fields.get("filename") or upload.filename or "unnamed",
                await upload.read(),
                self.instance.now(),
                content_type=upload.content_type or "application/octet-stream",
                fields=fields,
            )

    def _check_place(self, ticket_id: int | None, action_id: int | None) -> None:
        store = self.instance.store
        if ticket_id is None:
            raise Refusal(400, "ticket_id required: an attachment belongs to a ticket")
        if store.ticket(ticket_id) is None:
            raise not_found()
        if action_id and not 1 <= action_id <= len(store.actions[ticket_id]):
            raise not_found("action")

    async def list(self, request: Request) -> Response:
        """GET: the attachments of a ticket, or of one of its actions."""
        instance = self.instance
        query = instance.query(request, "GET /Attachment")
        self._check_place(query.get("ticket_id"), query.get("action_id"))
        held = instance.store.attachments_of(query["ticket_id"], query.get("action_id"))
        base = str(request.base_url)
        rows = [views.attachment_row(instance, attachment, base) for attachment in held]
        if not instance.observed:
            return JSONResponse({"attachments": rows})
        if query.get("idonly"):
            rows = [{"id": row["id"]} for row in rows]
        return JSONResponse(
            {
                "type": 0,
                "unique_id": 0,
                "ticket_id": query["ticket_id"],
                "action_id": query.get("action_id", 0),
                "record_count": len(rows),
                "attachments": rows,
                "page_no": 0,
                "page_size": 0,
                "folders": [],
            }
        )

    async def one(self, request: Request) -> Response:
        """GET by id, as observed: the octets themselves."""
        self.instance.query(request, "GET /Attachment/{id}")
        held = self.instance.store.attachments.get(request.path_params["id"])
        if held is None or self.instance.store.ticket(held.ticket_id) is None:
            raise not_found("attachment")
        return Response(held.octets, media_type=held.content_type)

    async def picture(self, request: Request) -> Response:
        """GET a picture by its token, as observed: without a login, because it stands in texts."""
        token = request.query_params.get("token", "")
        for held in self.instance.store.attachments.values():
            if held.fields.get("isimage") and hmac.compare_digest(views.picture_token(held).encode(), token.encode()):
                safe = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
                return Response(held.octets, media_type=held.content_type, headers=safe)
        return Response(status_code=404)


def check_inline(instance: Instance, elements: object) -> None:
    """Refuse the attachments inside a body before anything of it is stored."""
    if instance.observed and isinstance(elements, list):
        for element in elements:
            if not isinstance(element, dict):
                raise Refusal(400, "an attachment is not an object")
            _decoded(element)


def keep_inline(instance: Instance, elements: object, ticket_id: int, action_id: int | None) -> None:
    """Keep the attachments inside a ticket's or an action's body, as the observed server does."""
    if not instance.observed or not isinstance(elements, list):
        return
    for element in elements:
        if isinstance(element, dict):
            _keep(instance, {**element, "ticket_id": ticket_id, "action_id": action_id}, _decoded(element))


def _keep(instance: Instance, element: Mapping[str, Any], octets: bytes) -> StoredAttachment:
    filename = element.get("filename") or "unnamed"
    return instance.store.add_attachment(
        element["ticket_id"],
        filename,
        octets,
        instance.now(),
        action_id=element.get("action_id") or None,
        content_type=element.get("content_type") or mimetypes.guess_type(filename)[0] or "application/octet-stream",
        fields={name: value for name, value in element.items() if name != "data_base64"},
    )


def _decoded(element: Mapping[str, Any]) -> bytes:
    data = element.get("data_base64")
    if not isinstance(data, str):
        raise Refusal(400, "data_base64 is missing")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "The input is not a valid Base-64 string") from error
