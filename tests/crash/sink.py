"""An SMTP server as a process of its own that writes each mail it takes into a folder: sink.py PORT_FILE FOLDER"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from fakes.smtp_sink import SmtpSink


async def main(port_file: Path, folder: Path) -> None:
    async with SmtpSink() as sink:
        beside = port_file.with_suffix(".new")
        beside.write_text(str(sink.port))
        beside.rename(port_file)
        written = 0
        while True:
            for delivery in sink.messages[written:]:
                written += 1
                (folder / f"{written}.eml").write_bytes(delivery.octets)
            await asyncio.sleep(0.01)


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
