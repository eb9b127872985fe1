"""Attachment names that any file system takes.

Promises: never empty, at most 200 octets of UTF-8, no path, no control or direction characters, no name that Windows
keeps for itself, an extension by media type when there is none. Fails: never. Knows nothing of where names come from.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200  # octets; file systems take 255, and people put things before names
FORBIDDEN = {ord(one): "_" for one in '<>:"|?*'}
SEPARATOR = re.compile(r"[/\\]")
BLANKS = re.compile(r"[ \u00a0]{2,8}")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
# What is all figures is a number, as in "Offer 1.2", but for the three of a split archive.
EXTENSION = re.compile(r"\.(?![0-9]{1,2}\Z|[0-9]{4,10}\Z)[A-Za-z0-9_-]{1,10}\Z")
# Our own table: the standard library's depends on the files of the host.
EXTENSIONS = {
    "application/applefile": ".bin",
    "application/epub+zip": ".epub",
    "application/gzip": ".gz",
    "application/ics": ".ics",
    "application/javascript": ".js",
    "application/json": ".json",
    "application/mbox": ".mbox",
    "application/ms-tnef": ".dat",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/pgp": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/postscript": ".ps",
    "application/rtf": ".rtf",
    "application/sql": ".sql",
    "application/vnd.apple.numbers": ".numbers",
    "application/vnd.apple.pages": ".pages",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsm",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-tnef": ".dat",
    "application/vnd.ms-xpsdocument": ".xps",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow": ".ppsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.rar": ".rar",
    "application/vnd.visio": ".vsd",
    "application/x-7z-compressed": ".7z",
    "application/x-gzip": ".gz",
    "application/x-iwork-pages-sffpages": ".pages",
    "application/x-msdownload": ".exe",
    "application/x-pdf": ".pdf",
    "application/x-pkcs12": ".p12",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/x-rar": ".rar",
    "application/x-rar-compressed": ".rar",
    "application/x-tar": ".tar",
    "application/x-tex": ".tex",
    "application/x-x509-ca-cert": ".crt",
    "application/x-zip-compressed": ".zip",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/basic": ".au",
    "audio/mp3": ".mp3",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/x-m4a": ".m4a",
    "audio/x-ms-wma": ".wma",
    "audio/x-wav": ".wav",
    "image/avif": ".avif",
    "image/bmp": ".bmp",
    "image/emf": ".emf",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/vnd.microsoft.icon": ".ico",
    "image/webp": ".webp",
    "image/wmf": ".wmf",
    "image/x-emf": ".emf",
    "image/x-icon": ".ico",
    "image/x-ms-bmp": ".bmp",
    "image/x-png": ".png",
    "image/x-wmf": ".wmf",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/external-body": ".txt",
    "message/feedback-report": ".txt",
    "message/global": ".eml",
    "message/global-delivery-status": ".txt",
    "message/global-headers": ".txt",
    "message/news": ".eml",
    "message/partial": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/comma-separated-values": ".csv",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/directory": ".vcf",
    "text/enriched": ".txt",
    "text/html": ".html",
    "text/javascript": ".js",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/richtext": ".rtx",
    "text/rtf": ".rtf",
    "text/tab-separated-values": ".tsv",
    "text/vcard": ".vcf",
    "text/watch-html": ".html",
    "text/x-amp-html": ".html",
    "text/x-csv": ".csv",
    "text/x-diff": ".diff",
    "text/x-log": ".log",
    "text/x-patch": ".patch",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-ms-wmv": ".wmv",
    "video/x-msvideo": ".avi",
}


# The type of an extension: the first of the table, but where another is meant.
TYPES = {extension: media_type for media_type, extension in reversed(EXTENSIONS.items())} | {
    ".bin": "application/octet-stream",
    ".csv": "text/csv",
    ".dat": "application/octet-stream",
    ".eml": "message/rfc822",
    ".ics": "text/calendar",
    ".mp3": "audio/mpeg",
    ".txt": "text/plain",
    ".zip": "application/zip",
}
# Types that say nothing: what the octets are says more.
GENERIC = frozenset(
    {
        "application/binary",
        "application/download",
        "application/force-download",
        "application/octet-stream",
        "application/octetstream",
        "application/unknown",
        "application/x-download",
        "application/x-force-download",
        "application/x-octet-stream",
        "application/x-unknown",
    }
)
MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
MESSAGE_EXTENSIONS = (".eml", ".msg", ".mht", ".mhtml", ".mbox", ".txt")


def type_of_name(name: str) -> str:
    """The media type that an extension stands for, or application/octet-stream."""
    match = EXTENSION.search(name.strip().lower())
    return TYPES.get(match[0] if match else "", "application/octet-stream")


def safe_filename(given: str, media_type: str, stem: str = "attachment", evidence: str = "") -> str:
    """The name to keep: `given` made safe, or `stem` when nothing is left of it, with an extension.

    `evidence` is the extension that the octets show; it counts where the type says nothing.
    """
    # Directories are cut off, but a name that is nothing but a slash and an end keeps what it has.
    name = SEPARATOR.split(given[:4_000].rstrip("/\\ "))[-1]
    name = _printable(name).translate(FORBIDDEN)
    name = BLANKS.sub(" ", name).strip(" \u00a0").rstrip(". ")
    if not name.strip("._ "):
        return _shorten(_printable(stem) + (_extension(media_type, evidence) or ".bin"))
    if media_type in MESSAGE_TYPES and not name.lower().endswith(MESSAGE_EXTENSIONS):
        name += ".eml"
    elif not EXTENSION.search(name):
        name += _extension(media_type, evidence)
    if RESERVED.match(name):
        name = "_" + name
    return _shorten(name)


def _extension(media_type: str, evidence: str) -> str:
    return evidence if media_type in GENERIC else EXTENSIONS.get(media_type, evidence)


def _printable(name: str) -> str:
    """Composed characters; controls, direction marks (they hide `.exe`), private use and halves of pairs are out."""
    composed = unicodedata.normalize("NFC", name.replace("\t", " ").replace("\n", " "))
    return "".join(one for one in composed if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Cn", "Co"})


def _shorten(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    extension = match[0] if (match := EXTENSION.search(name)) else ""
    stem = name[: len(name) - len(extension)].encode()[: LONGEST - len(extension)]
    return stem.decode("utf-8", "ignore").rstrip(". ") + extension
