"""A mail read, as the JSON object that `halo-mailgate parse` prints: the contract in the README of this folder.

Promises: every key is always there, whatever the mail; only names of JSON's own types. Octets of attachments stay out.
Fails: never. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from parsers.model import Address, Attachment, ParsedEmail


def as_object(mail: ParsedEmail) -> dict[str, Any]:
    """The object, without `path`."""
    body, report, passed_on = mail.body, mail.delivery_report, mail.forward
    return {
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "date": mail.date.isoformat() if mail.date else None,
        "subject": mail.subject,
        "base_subject": mail.base_subject,
        "from": _address(mail.from_),
        "from_doubt": mail.from_doubt,
        "sender": _address(mail.sender),
        "reply_to": [_address(one) for one in mail.reply_to],
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "text": body.text,
        "html": body.html,
        "reply_text": body.reply_text,
        "reply_html": body.reply_html,
        "signature": body.signature,
        "quoted_text": body.quoted_text,
        "attachments": [_attachment(one) for one in mail.attachments],
        "automation": {"kind": str(mail.automation.kind), "reason": mail.automation.reason},
        "delivery_report": report
        and {
            "recipients": [asdict(one) for one in report.recipients],
            "original_message_id": report.original_message_id,
            "original_subject": report.original_subject,
            "original_references": list(report.original_references),
        },
        "forward": passed_on and {**asdict(passed_on), "original_to": list(passed_on.original_to)},
        "authentication": [
            {"server": one.server, "method": one.method, "result": one.result, "properties": dict(one.properties)}
            for one in mail.authentication
        ],
        "language": mail.language,
        "defects": list(mail.defects),
    }


def _address(one: Address | None) -> dict[str, str] | None:
    return None if one is None else {"address": one.address, "name": one.name}


def _attachment(one: Attachment) -> dict[str, Any]:
    return {
        "filename": one.filename,
        "media_type": one.media_type,
        "size": one.size,
        "sha256": one.sha256,
        "inline": one.inline,
        "content_id": one.content_id,
    }
