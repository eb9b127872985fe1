"""Words and marks by which an address is known: what stands for a dot, schemes, ends of names. See `links`.

Promises: in lower case and in the form that compatibility folding gives. Knows nothing of how they are looked for.
"""

from __future__ import annotations

IGNORED = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0")
"""Characters that nobody sees, beside those of the category Cf and the variation selectors."""
DOTS = ("[.]", "(.)", "{.}", "<.>", "[dot]", "(dot)", "{dot}", "<dot>", "[punkt]", "(punkt)", "[point]", "(point)")
IDEOGRAPHIC = "\u3002"
SPOKEN_DOTS = frozenset({"dot", "[dot]", "(dot)", "[.]", "(.)", "punkt"})
SPOKEN_TOPS = frozenset({"com", "net", "org", "info", "io", "co", "biz", "example", "de", "eu", "ru", "uk", "xyz"})
FILES = frozenset(
    {
        "7z", "bak", "bmp", "csv", "dll", "doc", "docx", "eml", "exe", "gif", "htm", "html", "ics", "ini", "jpeg",
        "jpg", "json", "log", "msg", "msi", "odt", "ods", "pdf", "png", "ppt", "pptx", "pst", "rar", "rtf", "svg",
        "tif", "tiff", "tmp", "txt", "vcf", "xls", "xlsm", "xlsx", "xml", "yaml",
    }
)  # fmt: skip
"""Ends of file names, none of which is a top-level domain."""
TOPS = frozenset(
    {
        "コム", "みんな", "グーグル", "クラウド", "ストア", "セール", "ファッション", "ポイント", "アマゾン", "世界",
        "中国", "中國", "公司", "网络", "網絡", "在线", "中文网", "我爱你", "商城", "网址", "网店", "集团", "企业",
        "健康", "信息", "公益", "台湾", "台灣", "商店", "商标", "娱乐", "家電", "广东", "微博", "慈善", "手机", "招聘",
        "政务", "政府", "新加坡", "新闻", "时尚", "書籍", "机构", "游戏", "点看", "网站", "食品", "香港",
    }
)  # fmt: skip
"""Top-level domains in scripts whose sentences end in what may be the dot of a domain."""
SENTENCES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
SCHEMES = frozenset(
    {
        "http", "https", "hxxp", "hxxps", "ftp", "ftps", "sftp", "ssh", "mailto", "tel", "sms", "smsto", "callto",
        "sip", "sips", "skype", "facetime", "file", "data", "javascript", "vbscript", "blob", "about", "cid", "mid",
        "news", "nntp", "ldap", "ldaps", "smb", "git", "svn", "irc", "ircs", "xmpp", "whatsapp", "tg", "slack",
        "msteams", "zoommtg", "intent", "market", "magnet", "bitcoin", "geo", "maps", "urn", "webcal", "feed",
        "view-source", "onenote", "steam", "telnet", "rdp", "vnc", "ws", "wss", "jar", "outlook",
    }
)  # fmt: skip
