"""How mail clients of many languages introduce what they quote: `On Monday, Ada wrote:`.

Promises: tables of words in lower case, nothing else; a language is added here and nowhere else.
Knows nothing of how lines are searched.
"""

# ruff: noqa: RUF001 - the letters of other languages are meant

from __future__ import annotations

# The verb of an attribution line: `On Monday, Ada <ada@example.com> wrote:`.
WROTE = (
    "wrote",
    "writes",
    "said:",
    "schrieb",
    "geschrieben",
    "a écrit",
    "escribió",
    "escribio",
    "va escriure",
    "ha escrit",
    "ha scritto",
    "escreveu",
    "escrebeu",
    "schreef",
    "geschreven",
    "skrev",
    "kirjoitti",
    "napisał",
    "napisal",
    "napísal",
    "pisze:",
    "írta",
    "a scris",
    "je napisao",
    "je napisala",
    "написал",
    "написав",
    "пишет",
    "пише",
    "написа",
    "yazdı",
    "şunu yazdı",
    "έγραψε",
    "kirjutas",
    "rakstīja",
    "rašė",
    "parašė",
    "skrifaði",
    "写道",
    "寫道",
    "のメッセージ",
    "wrote：",
    "書きました",
    "님이 작성",
    "작성:",
    "เขียนว่า",
    "menulis",
    "đã viết",
    "כתב",
    "كتب",
)
# How an attribution line begins, where it does not begin with a date or a name.
ATTRIBUTION_STARTS = (
    "on ",
    "am ",
    "le ",
    "el ",
    "il ",
    "op ",
    "em ",
    "den ",
    "på ",
    "w dniu ",
    "dne ",
    "dňa ",
    "în ",
    "la data ",
    "pada ",
    "vào ",
    "στις ",
    "dana ",
)
