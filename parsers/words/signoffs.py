"""How people of many languages close a mail: `Best regards`. All in lower case.

Promises: tables of words, nothing else; a language is added here and nowhere else.
Knows nothing of how lines are searched.
"""

from __future__ import annotations

# The whole line, but for marks at its end and a name behind a comma.
CLOSINGS = frozenset(
    """
    regards|best regards|kind regards|kindest regards|warm regards|warmest regards|many regards|with kind regards
    with best regards|best|best wishes|all the best|thanks|many thanks|thank you|thanks and regards|thanks & regards
    thanks in advance|thank you and regards|cheers|sincerely|yours sincerely|sincerely yours|yours faithfully
    yours truly|respectfully|cordially|br|rgds|kr|thx
    mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß|mit freundlichem gruss|freundliche grüße
    freundliche grüsse|freundlicher gruß|viele grüße|viele grüsse|beste grüße|beste grüsse|liebe grüße|liebe grüsse
    herzliche grüße|herzliche grüsse|schöne grüße|gruß|gruss|grüße|grüsse|mfg|vg|lg|mit besten grüßen|hochachtungsvoll
    mit freundlichen gruessen|viele gruesse|mit bestem gruß|mit besten grüssen
    cordialement|bien cordialement|très cordialement|salutations|meilleures salutations|sincères salutations
    bien à vous|cdt|cdlt|merci|merci d'avance|bonne journée|bonne réception|respectueusement|salutations distinguées
    saludos|un saludo|saludos cordiales|atentamente|cordialmente|un cordial saludo|reciba un cordial saludo|gracias
    muchas gracias|muchos saludos|salutacions|salutacions cordials|atentament|saúdos
    atenciosamente|cumprimentos|melhores cumprimentos|com os melhores cumprimentos|abraços|obrigado|obrigada|att|grato
    cordiali saluti|distinti saluti|saluti|un saluto|grazie|cordialità|un cordiale saluto|i miei migliori saluti
    met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|groeten|groet|mvg|bedankt
    hartelijke groet|hoogachtend|alvast bedankt
    med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|hälsningar|mvh|bästa hälsningar|vänligen|tack
    med venlig hilsen|venlig hilsen|venlige hilsner|de bedste hilsner|hilsen|mange hilsner|vh|tak|på forhånd tak
    med vennlig hilsen|vennlig hilsen|beste hilsen|mvh.|hilsener|takk|á kveðja|bestu kveðjur|kær kveðja|kveðja
    ystävällisin terveisin|parhain terveisin|terveisin|yst. terv.|kiitos|t.|kiittäen
    z poważaniem|pozdrawiam|serdecznie pozdrawiam|z wyrazami szacunku|pozdrowienia|dziękuję|z pozdrowieniami
    s pozdravem|s přátelským pozdravem|hezký den|děkuji|díky|s úctou|s pozdravom|s priateľským pozdravom|ďakujem
    üdvözlettel|tisztelettel|köszönettel|üdv|köszönöm|szívélyes üdvözlettel
    cu stimă|cu respect|toate cele bune|mulțumesc|cu drag|o zi bună
    с уважением|с наилучшими пожеланиями|всего доброго|спасибо|с ув|заранее спасибо|з повагою|дякую|з найкращими побажаннями
    с уважение|поздрави|благодаря|с поштовањем|срдачан поздрав|са поштовањем
    lijep pozdrav|srdačan pozdrav|s poštovanjem|hvala|lep pozdrav|s spoštovanjem|lp|pozdrav
    saygılarımla|saygılarımızla|iyi çalışmalar|teşekkürler|sevgiler|selamlar|kolay gelsin
    με εκτίμηση|φιλικά|με φιλικούς χαιρετισμούς|ευχαριστώ|χαιρετισμούς
    lugupidamisega|parimate soovidega|tervitades|tänan|ar cieņu|pagarbiai|su pagarba|ar sveicieniem|paldies|ačiū
    此致|敬礼|顺颂商祺|祝好|谢谢|此致敬礼|敬上|谨启|順頌商祺|敬祝|よろしくお願いいたします|よろしくお願いします|宜しくお願い致します
    以上|敬具|감사합니다|감사합니다.|드림|올림|salam|salam hormat|hormat kami|terima kasih|trân trọng|cảm ơn|kính thư
    ขอแสดงความนับถือ|ขอบคุณครับ|ขอบคุณค่ะ|בברכה|תודה|בכבוד רב|مع أطيب التحيات|مع خالص التحية|تحياتي|شكرا|مع التحية|با احترام|با تشکر
    """.replace("\n    ", "|")
    .strip()
    .strip("|")
    .split("|")
)
# What only a contact block says, at the beginning of a line or of a part of it.
CONTACT_LABELS = (
    "tel", "phone", "mobile", "mob", "cell", "fax", "direct", "office:", "desk:", "www.", "http://", "https://",
    "e-mail:", "email:", "mail:", "web:", "website:", "t:", "m:", "p:", "f:", "e:", "w:", "t +", "m +", "t.", "m.",
    "telefon", "mobil", "handy", "durchwahl", "ust-id", "hrb", "handelsregister", "geschäftsführ", "sitz der",
    "amtsgericht", "registergericht", "téléphone", "tél", "portable", "teléfono", "móvil", "telefone", "celular",
    "telemóvel", "telefono", "cellulare", "telefoon", "mobiel", "kvk", "btw", "telefonnummer", "puhelin", "gsm",
    "kom.", "tel.", "nip", "krs", "ičo", "dič", "telefonszám", "тел", "моб", "телефон", "gsm:", "τηλ", "电话", "電話",
    "手机", "携帯", "전화", "휴대폰", "โทร", "טל", "נייד", "هاتف", "جوال", "p.iva", "vat", "siret", "registered in",
)  # fmt: skip
