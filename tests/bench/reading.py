"""Mails a second through all of `parse`, and the memory that a large one takes.

    PYTHONPATH=.:tests python tests/bench/reading.py [FOLDER …] [--rounds 5] [--profile] [--memory] [--json]

One process, one core: parts, charsets, safe HTML, text, automation, forward, reply. The rate is the median of the
rounds over seconds of processor time; the folder is searched for `*.eml`, and is our golden mails unless one is named.
`--memory` reads three mails of 25 MB, each in a fresh process: the peak above what the process had before it made the
mail, as a multiple of the mail's size (the mail itself is in it).
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import os
import pstats
import random
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from parsers import parse
from parsers.view import as_object

GOLDEN = ROOT / "tests" / "golden" / "mail"
LARGE = 25_000_000
SHAPES = ("attachment", "text", "html")
ENOUGH = 0.9  # a mail is as large as it says within a tenth


@dataclass(frozen=True, slots=True)
class Rate:
    folder: str
    mails: int
    per_second: float
    slowest: str
    slowest_ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    shape: str
    megabytes: float
    peak_megabytes: float
    multiple: float
    seconds: float


def rate(folder: Path, rounds: int, *, profile: bool) -> Rate:
    mails = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.eml"))}
    assert mails, f"no *.eml below {folder}"
    slowest: dict[str, float] = dict.fromkeys(mails, float("inf"))
    figures: list[float] = []
    for one in range(rounds + 1):  # the first round is not counted: libraries are loaded in it
        began = time.process_time()
        for name, octets in mails.items():
            start = time.process_time()
            as_object(parse(octets))
            slowest[name] = min(slowest[name], time.process_time() - start)
        took = time.process_time() - began
        figures += [len(mails) / took] if one else []
        print(f"{folder.name}: round {one} of {rounds}, {len(mails) / took:.0f} a second", file=sys.stderr, flush=True)
    if profile:
        with cProfile.Profile() as seen:
            for octets in mails.values():
                as_object(parse(octets))
        pstats.Stats(seen, stream=sys.stderr).sort_stats("tottime").print_stats(25)
    name = max(slowest, key=slowest.__getitem__)
    return Rate(str(folder), len(mails), round(statistics.median(figures), 1), name, round(slowest[name] * 1000, 2))


def large(shape: str, size: int = LARGE) -> bytes:
    """A mail of about `size` octets."""
    head = b"From: Ada <ada@example.com>\nTo: desk@example.com\nSubject: Large\nMIME-Version: 1.0\n"
    chance = random.Random(3)
    match shape:
        case "attachment":
            whole = base64.encodebytes(chance.randbytes(size * 57 // 78))
            return (
                head + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHere it is.\n--b\n"
                b'Content-Type: application/zip; name="large.zip"\nContent-Transfer-Encoding: base64\n\n'
                + whole
                + b"--b--\n"
            )
        case "text":
            line = b"The printer on the second floor says that it is out of paper, which it is not.\n"
            return head + b"Content-Type: text/plain; charset=utf-8\n\n" + line * (size // len(line))
        case _:
            line = b"<div>The <b>printer</b> on the second floor says that it is out of paper.</div>\n"
            return head + b"Content-Type: text/html; charset=utf-8\n\n" + line * (size // len(line))


def memory(shape: str) -> Memory:
    """What a fresh process needs."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", shape],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return Memory(**json.loads(done.stdout))


def child(shape: str) -> None:
    parse(large(shape, 20_000))  # what the libraries take once is no mail's
    octets = large(shape)
    before = _status("VmRSS") - len(octets) / 1024  # the mail itself is part of what it takes
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    began = time.process_time()
    mail = parse(octets)
    took = time.process_time() - began
    peak = (_status("VmHWM") - before) / 1024
    size = len(octets) / 2**20
    assert len(octets) > ENOUGH * LARGE
    assert not [one for one in mail.defects if one.startswith("unreadable")]
    print(json.dumps(asdict(Memory(shape, round(size, 1), round(peak, 1), round(peak / size, 2), round(took, 2)))))


def _status(name: str) -> int:
    """KiB."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description="Mails a second, and memory.")
    parser.add_argument("folders", type=Path, nargs="*", default=[GOLDEN])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child)
        return 0
    rows: list[Rate | Memory] = [rate(folder, asked.rounds, profile=asked.profile) for folder in asked.folders]
    rows += [memory(shape) for shape in SHAPES] if asked.memory else []
    if asked.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    for row in rows:
        match row:
            case Rate():
                print(f"{row.per_second:8.1f} a second  {row.mails} mails, slowest {row.slowest_ms} ms: {row.slowest}")
            case Memory():
                print(f"{row.multiple:8.2f} times      {row.shape} of {row.megabytes} MB, {row.seconds} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
