"""Works with HaloPSA through the PyPI package `halopsa`, unchanged; only the host's name is led to the port given.

python other_client.py PORT CLIENT_ID CLIENT_SECRET  prints one JSON object of what it was answered
"""

from __future__ import annotations

import base64
import json
import socket
import sys
from typing import Any

HOST = "acme.halopsa.com"  # the package writes the rest of the address itself
PORT = int(sys.argv[1])
_real = socket.getaddrinfo


def _here(host: Any, port: Any, *more: Any, **others: Any) -> Any:
    return _real("127.0.0.1", PORT, *more, **others) if host == HOST else _real(host, port, *more, **others)


socket.getaddrinfo = _here  # type: ignore[assignment]

from HaloPSA.Halo import Halo  # type: ignore[import-untyped]  # noqa: E402 - after the name is led here

halo = Halo("acme", sys.argv[2], sys.argv[3])
made = halo.Tickets.update(summary="Made by another client", client_id=2, details="It burns", status_id=1)
halo.Tickets.update(id=made["id"], status_id=2, agent_id=4)
note = halo.Actions.update(ticket_id=made["id"], outcome="Private Note", note="Looked at it", hiddenfromuser=True)
held = halo.Attachments.upload(filename="a.txt", ticket_id=made["id"], data_base64=base64.b64encode(b"octets").decode())
found = halo.Tickets.search(search="another client")
pages = halo.Tickets.search(pageinate=True, page_no=1, page_size=1)
print(
    json.dumps(
        {
            "made": made,
            "read": halo.Tickets.get(made["id"], includedetails=True),
            "note": note,
            "attachment": held,
            "found": found,
            "pages": pages,
            "actions": halo.Actions.search(ticket_id=made["id"]),
            "attachments": halo.Attachments.search(ticket_id=made["id"]),
        }
    )
)
