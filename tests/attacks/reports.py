"""Delivery reports as mail servers write them, and as strangers do."""

from __future__ import annotations

from fakes.messages import USER


def report(
    *failed: str,
    returned: bytes = b"",
    sender: str = "Mail Delivery System <mailer-daemon@mx.customer.example>",
    to: str = USER,
    status: str = "5.1.1",
    headers: str = "",
    original: str = "",
) -> bytes:
    """A report of RFC 3464 on `failed`, with the header of the mail that came back."""
    blocks = "".join(
        f"\n{f'Original-Recipient: rfc822;{original}' + chr(10) if original else ''}Final-Recipient: rfc822;{one}\n"
        f"Action: failed\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no such user\n"
        for one in failed
    )
    head = returned.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n").decode()
    return (
        (
            f"{headers}From: {sender}\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
            "Date: Mon, 02 Mar 2026 09:00:00 +0100\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
            f"--b\nContent-Type: text/plain\n\nYour message could not be delivered.\n\n{failed[0]}: user unknown\n\n"
            f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.customer.example\n{blocks}\n"
            f"--b\nContent-Type: text/rfc822-headers\n\n{head}\n\n--b--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def free_form(failed: str, message_id: str, *, sender: str = "MAILER-DAEMON@mx.example") -> bytes:
    """A bounce as programs of before wrote it."""
    return (
        f"From: {sender}\r\nTo: {USER}\r\nSubject: failure notice\r\nX-Failed-Recipients: {failed}\r\n"
        f"In-Reply-To: <{message_id}>\r\nReferences: <{message_id}>\r\nAuto-Submitted: auto-replied\r\n"
        "Date: Mon, 02 Mar 2026 09:00:00 +0100\r\n\r\n"
        f"A message that you sent could not be delivered to one or more of its recipients.\r\n\r\n  {failed}\r\n"
        f"    550 5.1.1 unknown user\r\n\r\n------ This is a copy of the message's header ------\r\n\r\n"
        f"Message-ID: <{message_id}>\r\n"
    ).encode()
