"""Style attributes of strangers (CSS 2.2, CSS Backgrounds 3), read once: what may be shown, and what it means for text.

Promises: only listed properties with values of a plain form come through: no function but colours, so nothing loads;
no negative lengths, so nothing moves over other text; no fonts, so a ticket has one face. Linear. Fails: never.
Knows nothing of elements and of style sheets.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.words.tables import words

LONGEST_STYLE = 2_000
LONGEST_SHOWN = 3_000  # what the longest may become
MOST_DECLARATIONS = 80
MONO = ("font-family", "monospace")
# What a style says beside how it looks; letters, because they travel through the sanitizer in one attribute.
HIDDEN, NO_SIZE, SIZED, NO_MARGIN, MARGIN, KEPT_BLANKS, BLANKS, BULLET, WINGDINGS, BARRED = "hzfmMpnlwb"
LENGTH = r"\d{0,4}(?:\.\d{1,6})?(?:px|pt|em|rem|%|in|cm|mm|pc|ex)?"
LENGTHS = re.compile(rf"(?:{LENGTH}|auto)(?: (?:{LENGTH}|auto)){{0,3}}")
INDENT = re.compile(r"-?(?:\d{0,2}(?:\.\d{1,6})?)(?:px|pt|em|in|cm|mm)?")
COLOR = re.compile(r"#[0-9a-f]{3,8}|[a-z]{3,24}|(?:rgb|hsl)a?\([\d ,.%/]{1,40}\)")
FUNCTION = re.compile(r"(?:rgb|hsl)a?\([\d ,.%/]{1,40}\)")
SIMPLE = re.compile(r"[a-z0-9 #.%-]{0,100}")
WORD = re.compile(r"[a-z][a-z -]{0,40}|[1-9]00")
SIZE = re.compile(r"(\d{0,3}(?:\.\d{1,6})?)(px|pt|em|rem|%)|(?:x{0,2}-)?(?:small|large)|medium|smaller|larger")
NUMBER = re.compile(r"(\d(?:\.\d{1,6})?|\d{3}(?:\.\d{1,6})?%)")
ZERO = re.compile(r"0{1,4}(?:\.0{1,6})?(?:px|pt|em|rem|%|in|cm|mm)?|\.0{1,6}(?:px|pt|em|in|cm)?")
FAR_AWAY = re.compile(r"-\d{3,5}")
LARGEST = {"px": 72.0, "pt": 54.0, "em": 4.0, "rem": 4.0, "%": 400.0}
ORDINARY = {"px": (12.0, 17.0), "pt": (9.5, 12.0), "em": (0.9, 1.1), "rem": (0.9, 1.1), "%": (90.0, 110.0)}
SPACED = words(
    "padding padding-top padding-right padding-bottom padding-left margin margin-top margin-right margin-bottom "
    "margin-left width max-width min-width border-radius border-spacing border-width letter-spacing"
)
COLORED = words("color background-color border-color")
LINED = words("border border-top border-right border-bottom border-left border-style")
WORDED = words(
    "text-align text-decoration text-transform vertical-align white-space font-weight font-style border-collapse "
    "list-style-type"
)
# What everything looks like anyhow: only worth saying inside something that looks otherwise.
ORDINARY_VALUES = {
    "color": words("black windowtext inherit initial #000 #000000 auto currentcolor") | {"rgb(0, 0, 0)", "rgb(0,0,0)"},
    "background-color": words("white window inherit initial transparent none auto #fff #ffffff")
    | {"rgb(255, 255, 255)", "rgb(255,255,255)"},
    "font-weight": words("normal 400 inherit initial"),
    "text-align": words("left start inherit initial"),
    "vertical-align": words("baseline inherit initial"),
}
APART = words("margin margin-top margin-bottom")  # paragraphs have some
ORDINARY_WORDS = words("normal none inherit initial unset medium start 0 0px 0pt 0in 0cm 0em auto")


@lru_cache(maxsize=1_024)  # the same few stand at every element of a mail
def read_style(text: str) -> str:
    """`signs|style|ordinary`, or the empty string: signs above, declarations to show, and those that say the usual."""
    if len(text) > LONGEST_STYLE:
        return ""
    declarations: dict[str, str] = {}
    for piece in text.lower().split(";", MOST_DECLARATIONS)[:MOST_DECLARATIONS]:
        name, colon, value = piece.partition(":")
        if colon:
            declarations[name.strip()] = " ".join(value.replace("!important", "").split())
    if "background" in declarations:
        declarations.setdefault("background-color", declarations["background"].split(" ")[0])
    shown: list[str] = []
    usual: list[str] = []
    for name, value in declarations.items():
        if _is_plain(name, value):
            (usual if _is_usual(name, value) else shown).append(f"{name}:{value}")
        elif name == "font-family" and ("mono" in value or "courier" in value or "consolas" in value):
            shown.append("font-family:monospace")
    if declarations.get("text-indent", "").startswith("-") and "margin-left" not in declarations:
        shown.append("margin-left:36pt")  # Word's style sheet says so; without it the bullet is out of sight
    signs = _signs(declarations)
    return f"{signs}|{';'.join(shown)}|{';'.join(usual)}" if signs or shown or usual else ""


@lru_cache(maxsize=1_024)
def kept(text: str) -> str:
    """Of a style that `read_style` gave, what it would give again: all of it, unless somebody else wrote it."""
    if len(text) > LONGEST_SHOWN:
        return ""
    pairs = (piece.partition(":") for piece in text.split(";"))
    return ";".join(f"{name}:{value}" for name, _, value in pairs if (name, value) == MONO or _is_plain(name, value))


def _is_plain(name: str, value: str) -> bool:
    if name in COLORED:
        return COLOR.fullmatch(value) is not None
    if name in SPACED:
        return bool(value) and LENGTHS.fullmatch(value) is not None
    if name in LINED:
        return bool(value) and SIMPLE.fullmatch(FUNCTION.sub("", value)) is not None and not FAR_AWAY.search(value)
    if name in WORDED:
        return WORD.fullmatch(value) is not None
    if name == "font-size":
        found = SIZE.fullmatch(value)
        return bool(found and (not found[2] or float(found[1] or "0") <= LARGEST[found[2]])) and not ZERO.match(value)
    if name == "line-height":  # lines that are closer lie over one another
        return NUMBER.fullmatch(value) is not None and float(value.rstrip("%")) >= (100 if "%" in value else 1)
    return name == "text-indent" and bool(value) and INDENT.fullmatch(value) is not None


def _is_usual(name: str, value: str) -> bool:
    if name == "font-size":
        found = SIZE.fullmatch(value)
        if found is None or not found[2]:
            return value == "medium"
        least, most = ORDINARY[found[2]]
        return least <= float(found[1] or "0") <= most
    if name in ORDINARY_VALUES:
        return value in ORDINARY_VALUES[name]
    return name not in APART and value in ORDINARY_WORDS


def _signs(said: dict[str, str]) -> str:
    signs = HIDDEN if _is_hidden(said) else ""
    size = said.get("font-size", "")
    if size:
        signs += NO_SIZE if ZERO.fullmatch(size) else SIZED
    signs += _margin(said)
    blanks = said.get("white-space", "")
    if blanks:
        signs += KEPT_BLANKS if blanks.startswith(("pre", "break-spaces")) else BLANKS
    if said.get("mso-list", "") == "ignore":
        signs += BULLET
    if "wingdings" in said.get("font-family", ""):
        signs += WINGDINGS
    line = said.get("border-left", said.get("border-left-width", ""))
    if line and not line.startswith(("none", "0", "medium none")):
        signs += BARRED
    return signs


def _is_hidden(said: dict[str, str]) -> bool:
    """Nobody sees it: not drawn at all, drawn without size, or far outside. `mso-hide` hides from Outlook alone."""
    if said.get("display") == "none" or said.get("visibility") in {"hidden", "collapse"}:
        return True
    if ZERO.fullmatch(said.get("opacity", "1")):
        return True
    if said.get("overflow", "").startswith("hidden") and any(
        ZERO.fullmatch(said.get(name, "")) for name in ("height", "max-height", "width", "max-width")
    ):
        return True
    return any(FAR_AWAY.match(said.get(name, "")) for name in ("text-indent", "left", "top", "margin-left"))


def _margin(said: dict[str, str]) -> str:
    """Whether a paragraph is set apart from the next: only what the style says itself."""
    all_four = said.get("margin", "").split()
    top = said.get("margin-top") or (all_four[0] if all_four else "")
    bottom = said.get("margin-bottom") or (all_four[2 if len(all_four) > 2 else 0] if all_four else "")
    if not bottom:
        return ""
    return NO_MARGIN if ZERO.fullmatch(bottom) and (not top or ZERO.fullmatch(top)) else MARGIN
