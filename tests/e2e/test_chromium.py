"""Attacks on whoever reads a mail, shown by a real browser: from our safe HTML no script runs and no request leaves.

Every vector stands on a page of its own, in a frame; the page around it touches and clicks whatever is no link to the
web. All names lead to one server here, which writes down who called: `v7.load.example` when vector 7 loaded something,
`v7.ran.example` when it ran a script, any other name or path for anything else. The vectors untouched are the control.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from parsers import parse

VECTORS = [
    line
    for line in Path(__file__).with_name("attack_vectors.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("# ")
]
CHARACTERS = {"{TAB}": "\t", "{LF}": "\n", "{CR}": "\r", "{NUL}": "\0", "{NBSP}": "\u00a0"}
CALLED = re.compile(rb"[\w.-]{1,60}\.example\b")
OURS = re.compile(r"/(?:around|done|favicon\.ico|page-\d{1,4})")
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
      else if (!/^(http|mailto|cid)/.test(one.href || '')) {
        one.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
      }
    }
  } catch (error) {}
}
(async () => {
  for (let first = 0; first < %d; first += 90) {
    const frames = [], loads = [];
    for (let n = first; n < Math.min(first + 90, %d); n++) {
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


def vector(number: int) -> str:
    markup = VECTORS[number]
    for name, character in CHARACTERS.items():
        markup = markup.replace(name, character)
    host = f"v{number}.load.example/x"
    return markup.replace("{URL}", f"http://{host}").replace("{HOST}", host)


class Server:
    """Serves the pages to the browser and writes down every other name that is called, in the clear or by TLS."""

    def __init__(self, pages: list[tuple[int, str]]) -> None:
        self.pages = pages
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
            return AROUND % (len(self.pages), len(self.pages))
        elif OURS.fullmatch(path) and path.startswith("/page-"):
            number, markup = self.pages[int(path[6:])]
            return PAGE % (number, markup)
        return ""


def read_request(data: bytes) -> tuple[str, str]:
    """Its path and its host, as far as they came."""
    line, _, rest = data.decode("latin-1").partition("\r\n")
    host = re.search(r"^Host: ([\w.-]{1,80})", rest, re.IGNORECASE | re.MULTILINE)
    return line.split(" ")[1] if line.count(" ") > 1 else "", host[1].lower() if host else ""


async def show(pages: list[tuple[int, str]], profile: Path) -> set[str]:
    """Show each page to Chromium; what was called meanwhile."""
    chromium = shutil.which("chromium")
    assert chromium, "install the Debian package chromium"
    pages_served = Server(pages)
    server = await asyncio.start_server(pages_served.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rules = f"--host-resolver-rules=MAP * 127.0.0.1:{port}"
    browser = await asyncio.create_subprocess_exec(
        chromium, *FLAGS, rules, f"--user-data-dir={profile}", "--remote-debugging-port=0",
        "http://around.example/around", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.wait_for(pages_served.done.wait(), 100)
    finally:
        browser.kill()
        await browser.wait()
        server.close()
    return pages_served.called


def mail(markup: str, kind: str) -> bytes:
    head = "From: Mal <mal@example.com>\r\nSubject: Re: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n"
    if kind == "html":
        return f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{markup}".encode()
    if kind == "reply":
        quoted = '<div class="gmail_quote">On Mon, 5 Jan 2026 Jo &lt;jo@example.com&gt; wrote:<blockquote>old'
        return f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n<p>new</p>{markup}{quoted}".encode()
    parts = "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n"
    return f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts % markup}--b--\r\n".encode()


def safe_pages() -> list[tuple[int, str]]:
    pages = []
    for number in range(len(VECTORS)):
        whole = parse(mail(vector(number), "html")).body
        reply = parse(mail(vector(number), "reply")).body
        text = parse(mail(vector(number), "text")).body
        pages += [(number, markup or "") for markup in (whole.html, reply.reply_html, text.html)]
    return pages


@pytest.mark.timeout(120)
async def test_from_safe_html_no_script_runs_and_no_request_leaves(tmp_path):
    assert await show(safe_pages(), tmp_path) == set()


@pytest.mark.timeout(120)
async def test_the_vectors_themselves_do_both(tmp_path):
    called = await show([(number, vector(number)) for number in range(len(VECTORS))], tmp_path)
    # More than 100 and 80 on a quiet machine; on a busy one the browser does not get round to all of them in time.
    assert len([one for one in called if one.endswith(".ran.example")]) > 60
    assert len([one for one in called if one.endswith(".load.example")]) > 50


def test_there_are_many_vectors():
    assert len(VECTORS) == len(set(VECTORS)) >= 120
