"""What kind of file octets are, by how they begin.

Promises: an extension only where the first octets leave no doubt, else the empty string. Fails: never.
Knows nothing of names or media types.
"""

from __future__ import annotations

# Signatures of at least three octets that no text begins with by chance; longer ones before their beginnings.
SIGNATURES = (
    (b"%PDF-", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF87a", ".gif"),
    (b"GIF89a", ".gif"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
    (b"\x1f\x8b\x08", ".gz"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"Rar!\x1a\x07", ".rar"),
    (b"{\\rtf1", ".rtf"),
    (b"%!PS-Adobe", ".ps"),
    (b"BEGIN:VCALENDAR", ".ics"),
    (b"BEGIN:VCARD", ".vcf"),
    (b"OggS", ".ogg"),
    (b"ID3\x03", ".mp3"),
    (b"ID3\x04", ".mp3"),
)
BRANDS = {b"heic": ".heic", b"heix": ".heic", b"mif1": ".heic", b"qt  ": ".mov", b"M4A ": ".m4a"}
ZIP = b"PK\x03\x04"
# The first entry of an office document tells which it is, if the writer put it there; else it is a ZIP file.
IN_ZIP = ((b"word/", ".docx"), (b"xl/", ".xlsx"), (b"ppt/", ".pptx"))
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
OPEN_KINDS = {b"text": ".odt", b"spre": ".ods", b"pres": ".odp"}
SEARCHED_IN_ZIP = 4_096


def extension_of(octets: bytes) -> str:
    """The extension with its point (`.pdf`), or the empty string."""
    for signature, extension in SIGNATURES:
        if octets.startswith(signature):
            return extension
    if octets.startswith(ZIP):
        return _of_zip(octets[:SEARCHED_IN_ZIP])
    if octets.startswith(b"RIFF"):
        return {b"WEBP": ".webp", b"WAVE": ".wav", b"AVI ": ".avi"}.get(octets[8:12], "")
    if octets[4:8] == b"ftyp":
        return BRANDS.get(octets[8:12], ".mp4")
    return ""


def _of_zip(head: bytes) -> str:
    at = head.find(OPEN_DOCUMENT)
    if at >= 0:
        return OPEN_KINDS.get(head[at + len(OPEN_DOCUMENT) :][:4], ".zip")
    if b"[Content_Types].xml" in head:
        return next((extension for name, extension in IN_ZIP if name in head), ".zip")
    return ".zip"
