"""A real browser that is shown pages, and a server that writes down whom it called.

Every page stands in a frame of its own; the page around it touches and clicks whatever is no link to the web. All names
lead to one server here: `v7.load.example` when page 7 loaded something, `v7.ran.example` when it ran a script, any
other name or path for anything else. Promises: the browser is gone afterwards.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

CALLED = re.compile(rb"[\w.-]{1,60}\.example\b")
OURS = re.compile(r"/(?:around|done|favicon\.ico|page-\d{1,5})")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-default-apps", "--autoplay-policy=no-user-gesture-required", "--disable-features=HttpsUpgrades",
    "--password-store=basic",
)  # fmt: skip
AROUND = """<!doctype html><title>around</title><body><script>
const pass = (time) => new Promise(done => setTimeout(done, time));
const loaded = (frame) => new Promise(done => frame.addEventListener('load', done, {once: true}));
function poke(frame) {
  try {
    const shown = frame.contentDocument;
    for (const one of shown.querySelectorAll('*')) {
      for (const kind of ['mouseover', 'mouseenter', 'pointerenter', 'focus'])
        one.dispatchEvent(new MouseEvent(kind, {bubbles: true}));
      if (one.tagName === 'FORM') { try { one.requestSubmit() } catch (error) {} }
      else if (!/^(http|mailto|cid)/.test((one.closest('a[href]') || one).href || '')) {
        one.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
      }
    }
  } catch (error) {}
}
(async () => {
  for (let first = 0; first < %d; first += %d) {
    const frames = [], loads = [];
    for (let n = first; n < Math.min(first + %d, %d); n++) {
      const frame = document.createElement('iframe');
      frame.src = '/page-' + n;
      loads.push(loaded(frame));
      document.body.append(frame);
      frames.push(frame);
    }
    await Promise.race([Promise.all(loads), pass(10000)]);
    await pass(500); frames.forEach(poke); await pass(1500); frames.forEach(frame => frame.remove());
  }
  await fetch('/done');
})();
</script>"""
PAGE = """<!doctype html><html><head><meta charset=utf-8><script>
function ran() { new Image().src = 'http://v%d.ran.example/' }
</script></head><body>%s</body></html>"""


class Server:
    """Serves the pages to the browser and writes down every other name that is called, in the clear or by TLS."""

    def __init__(self, pages: list[str], at_once: int, shown: Callable[[int], None]) -> None:
        self.pages = pages
        self.at_once = at_once
        self.shown = shown
        self.called: set[str] = set()
        self.done = asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if data[:1] == b"\x16":  # a TLS ClientHello, which names the server
                    self.called.update(name.decode() for name in CALLED.findall(data))
                    break
                path, host = read_request(data)
                if host.endswith(".example") and host != "around.example":
                    self.called.add(host)
                elif host == "around.example" and not OURS.fullmatch(path):
                    self.called.add(f"around.example{path}")
                body = self.body(path).encode()
                length = str(len(body)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + length + b"\r\n\r\n")
                writer.write(body)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def body(self, path: str) -> str:
        if path == "/done":
            self.done.set()
        elif path == "/around":
            return AROUND % (len(self.pages), self.at_once, self.at_once, len(self.pages))
        elif OURS.fullmatch(path) and path.startswith("/page-"):
            number = int(path[6:])
            if number % self.at_once == 0:
                self.shown(number)
            return self.pages[number]
        return ""


def read_request(data: bytes) -> tuple[str, str]:
    """Its path and its host, as far as they came."""
    line, _, rest = data.decode("latin-1").partition("\r\n")
    host = re.search(r"^Host: ([\w.-]{1,80})", rest, re.IGNORECASE | re.MULTILINE)
    return line.split(" ")[1] if line.count(" ") > 1 else "", host[1].lower() if host else ""


def nothing(_: int) -> None:
    """Nobody wants to know how far it is."""


def page(number: int, markup: str) -> str:
    """A page that shows this markup and says so when a script of it calls `ran()`."""
    return PAGE % (number, markup)


async def show(
    pages: list[str], profile: Path, *, at_once: int = 90, patience: float = 100, shown: Callable[[int], None] = nothing
) -> set[str]:
    """Show each page to Chromium; what was called meanwhile. `shown` is told how many were, now and then."""
    chromium = shutil.which("chromium")
    assert chromium, "install the Debian package chromium"
    pages_served = Server(pages, at_once, shown)
    server = await asyncio.start_server(pages_served.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{port}"
    browser = await asyncio.create_subprocess_exec(
        chromium, *FLAGS, rules, f"--user-data-dir={profile}", "--remote-debugging-port=0",
        "http://around.example/around", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.wait_for(pages_served.done.wait(), patience)
    finally:
        browser.kill()
        await browser.wait()
        server.close()
    return pages_served.called
