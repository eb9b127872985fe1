"""Attachment names that any file system takes.

Promises: never empty, at most 200 octets of UTF-8, no path, no control or direction characters, no name that Windows
keeps for itself, an extension by media type when there is none. Fails: never. Knows nothing of where names come from.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200  # octets; file systems take 255, and people put things before names
FORBIDDEN = {ord(one): "_" for one in '<>:"|?*'}
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.IGNORECASE)
EXTENSION = re.compile(r"\.[A-Za-z0-9_-]{1,10}\Z")
# Our own table: the standard library's depends on the files of the host.
EXTENSIONS = {
    "application/gzip": ".gz",
    "application/ics": ".ics",
    "application/json": ".json",
    "application/ms-tnef": ".dat",
    "application/msword": ".doc",
    "application/octet-stream": ".bin",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/postscript": ".ps",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-7z-compressed": ".7z",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/x-zip-compressed": ".zip",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "image/x-png": ".png",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/directory": ".vcf",
    "text/enriched": ".txt",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/richtext": ".rtx",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/quicktime": ".mov",
}


def safe_filename(given: str, media_type: str, stem: str = "attachment") -> str:
    """The name to keep: `given` made safe, or `stem` with the extension of the type when nothing is left of it."""
    # Directories are cut off, but a name that is nothing but a slash and an end keeps what it has.
    name = re.split(r"[/\\]", given[:4_000].rstrip("/\\ "))[-1]
    name = _printable(name).translate(FORBIDDEN)
    name = re.sub(r"[ \u00a0]{2,8}", " ", name).strip(" \u00a0").rstrip(". ")
    if not name.strip("._ "):
        return _printable(stem) + EXTENSIONS.get(media_type, ".bin")
    if not EXTENSION.search(name) and media_type != "application/octet-stream":
        name += EXTENSIONS.get(media_type, "")
    if RESERVED.match(name):
        name = "_" + name
    return _shorten(name)


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
