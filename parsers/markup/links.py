"""Addresses that a scanner put its own around (Safe Links, URL Defense …), and the real ones inside them.

Promises: an address is replaced only where the wrapper itself holds the whole target in the clear or in a published
encoding, and the target is http or https: never a guess, nothing is asked of anybody. Linear. Fails: never: what cannot
be read stays as it is. Knows nothing of HTML and of where an address leads.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from string import ascii_letters, ascii_uppercase, digits
from urllib.parse import unquote

MOST_LAYERS = 10  # a mail that passed three scanners has three; what has more stays whole, or each reading differs
MOST_PARAMETERS = 60
LONGEST = 8_000  # characters of a wrapped address: scanners add several hundred
ADDRESS = re.compile(r"(https?)://([^/?#\s]{1,255})(\S*)", re.IGNORECASE)
TARGET = re.compile(r"https?://[^\s/?#@\\\"'<>]{1,255}(?:[/?#][^\s\"<>\\]*)?", re.IGNORECASE)
IN_TEXT = re.compile(r"https?://[^\s<>\"]{1,8000}+", re.IGNORECASE)
SENTENCE = ".,;:!?)]}'\u2019\u201d*"
GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
# The domain of the wrapper, what its path must hold, and the parameter with the target.
PARAMETERS = (
    (".safelinks.protection.outlook.com", "", "url"),
    (".safelinks.protection.partner.outlook.cn", "", "url"),
    (".safelinks.protection.office365.us", "", "url"),
    (".statics.teams.cdn.office.net", "safelinks", "url"),
    (".urldefense.proofpoint.com", "/v1/", "u"),
    (".linkprotect.cudasvc.com", "/url", "a"),
    (".trendmicro.com", "/clicktime/", "url"),
    (".fireeye.com", "/url", "u"),
    (".trellix.com", "/url", "u"),
    (".clicktime.symantec.com", "", "u"),
    (".clicktime.cloud.postoffice.net", "", "u"),
    (".atpscan.global.hornetsecurity.com", "", "u"),
    (".antiphishing.vadesecure.com", "", "u"),
    (".urlsand.esvalabs.com", "", "u"),
    (".link.edgepilot.com", "/s/", "u"),
    (".mimecast.com", "", "url"),
    (".mimecastprotect.com", "", "url"),
    (".protection.sophos.com", "", "u"),
    (".l.facebook.com", "/l.php", "u"),
    (".slack-redir.net", "/link", "url"),
    (".youtube.com", "/redirect", "q"),
)
NAMES = (
    "safelinks", "urldefense", "cudasvc", "clicktime", "fireeye", "trellix", "secure-web.cisco", "sophos.com",
    "google.", "fmlurlsvc", "avanan.click", "checkpoint.com", "mimecast", "hornetsecurity", "vadesecure",
    "esvalabs", "edgepilot", "l.facebook.com", "slack-redir", "youtube.com/redirect", "trendmicro",
)  # fmt: skip
RUNS = {letter: at + 2 for at, letter in enumerate(ascii_uppercase + ascii_letters[:26] + digits + "-_")}
DASHED = str.maketrans("-_", "%/")


def unwrap(address: str) -> str:
    """The address that is meant: the innermost of wrappers that hold it whole, else the address itself."""
    found = address
    for _ in range(MOST_LAYERS):
        inner = _inside(found)
        if inner is None:
            return found
        found = inner
    return address


def unwrap_text(text: str) -> str:
    """Plain text with its wrapped addresses replaced by the real ones."""
    return IN_TEXT.sub(_in_text, text) if has_wrapper(text) else text


def has_wrapper(text: str) -> bool:
    """Whether it is worth a look: quick."""
    return "http" in text and any(name in text for name in NAMES)


def _in_text(match: re.Match[str]) -> str:
    whole = match[0]
    address = whole.rstrip(SENTENCE)
    inner = unwrap(address)
    return whole if inner == address else inner + whole[len(address) :]


def _inside(address: str) -> str | None:
    if len(address) > LONGEST:
        return None
    match = ADDRESS.fullmatch(address.strip())
    if match is None or "@" in match[2]:
        return None
    host = "." + match[2].lower().partition(":")[0]
    target = _target(host, match[3])
    return target if target and TARGET.fullmatch(target) and "\ufffd" not in target else None


def _target(host: str, rest: str) -> str:
    for suffix, path, name in PARAMETERS:
        if host.endswith(suffix) and path in rest:
            value = _parameter(rest, name)
            return _from_base64(value) if suffix == ".protection.sophos.com" else value
    if host == ".urldefense.proofpoint.com" and rest.startswith("/v2/"):
        return unquote(_raw_parameter(rest, "u").translate(DASHED))
    if host in {".urldefense.com", ".urldefense.us", ".urldefense.proofpoint.com"}:
        return _url_defense(rest)
    if host == ".secure-web.cisco.com":
        return unquote(rest.rpartition("/")[2]) if rest.count("/") >= 2 else ""
    if host.endswith((".url.avanan.click", ".protect.checkpoint.com")):
        return _between(rest, "/___", "___.")
    if "/fmlurlsvc/" in rest:
        return _parameter(rest, "url")
    if GOOGLE.fullmatch(host[1:]) and rest.startswith("/url?"):
        return _parameter(rest, "q") or _parameter(rest, "url")
    return ""


def _raw_parameter(rest: str, wanted: str) -> str:
    query = rest.partition("?")[2].partition("#")[0].replace("&amp;", "&")
    for one in query.split("&", MOST_PARAMETERS)[:MOST_PARAMETERS]:
        name, _, value = one.partition("=")
        if name.lower() == wanted:
            return value
    return ""


def _parameter(rest: str, wanted: str) -> str:
    return unquote(_raw_parameter(rest, wanted))


def _from_base64(value: str) -> str:
    try:
        return urlsafe_b64decode(value + "==").decode("utf-8")
    except (Base64Error, ValueError):
        return ""


def _between(rest: str, begin: str, end: str) -> str:
    after = rest.partition(begin)[2]
    inner, found, _ = after.partition(end)
    return inner if found else ""


def _url_defense(rest: str) -> str:
    """Version 3: `__address__;characters!`, where each `*` of the address stands for the next of the characters."""
    if not rest.startswith("/v3/__"):
        return ""
    address, found, after = rest[6:].partition("__;")
    if not found:
        return ""
    address = unquote(address)
    if (at := address.find(":/")) > 0 and address[at + 2 : at + 3] != "/":
        address = address[:at] + "://" + address[at + 2 :]
    pieces = address.split("*")
    if len(pieces) == 1:
        return address
    characters = _from_base64(after.partition("!")[0])
    out, used, at = [pieces[0]], 0, 1
    while at < len(pieces):
        run, piece = 1, pieces[at]
        if not piece and at + 1 < len(pieces) and pieces[at + 1][:1] in RUNS:  # `**C` stands for four of them
            at += 1
            run, piece = RUNS[pieces[at][0]], pieces[at][1:]
        if used + run > len(characters):
            return ""
        out += (characters[used : used + run], piece)
        used += run
        at += 1
    return "".join(out)
