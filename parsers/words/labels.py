"""How mail clients of many languages head a quoted mail: the labels of its header block and its separators.

Promises: tables of words in lower case, nothing else; a language is added here and nowhere else. Beyond 150 lines
because it is data. Knows nothing of how lines are searched.
"""

# ruff: noqa: RUF001 - the letters of other languages are meant

from __future__ import annotations

from parsers.words.tables import words

# Labels of a quoted header block (`Von: …`), per field. Clients of one language differ, so there are many.
LABELS: dict[str, frozenset[str]] = {
    "from": words(
        "from von de da van från fra lähettäjä od frá feladó от від expéditeur remitente mittente afzender avsändare "
        "afsender nadawca odesílatel odosielateľ expeditor kimden gönderen από nuo saatja no pošiljatelj šalje "
        "pošiljalac отправитель відправник подател 发件人 寄件者 寄件人 差出人 보낸사람 "
        "발신 จาก dari từ من מאת "
    )
    | {"보낸 사람", "від кого", "od koho", "enviado por", "de parte de", "de la", "发 件 人"},
    "date": words(
        "date sent datum gesendet envoyé enviado enviada data inviato verzonden skickat dato sendt lähetetty "
        "päivämäärä wysłano odesláno odoslané dátum küldve дата отправлено надіслано изпратено fecha trimis dată "
        "tarih gönderildi gönderilme ημερομηνία στάλθηκε kuupäev saadetud išsiųsta nosūtīts poslano poslato "
        "时间 日期 发送时间 发件时间 寄件日期 傳送時間 日時 送信日時 "
        "날짜 보낸날짜 "
        "วันที่ ส่ง tanggal dikirim ngày התאריך נשלח "
        "תאריך التاريخ تاريخ dagsetning kedy kdy"
    )
    | {"보낸 날짜", "gesendet am", "date d'envoi", "enviado el", "enviado em", "发送日期"},
    "subject": words(
        "subject betreff objet asunto oggetto assunto onderwerp ämne emne aihe temat předmět predmet tárgy тема "
        "относно subiect konu θέμα teema tema assumpte tēma zadeva efni 主题 主題 件名 제목 เรื่อง "
        "หัวเรื่อง subjek perihal נושא الموضوع موضوع objekt sujet предмет naslov"
    )
    | {"chủ đề"},
    "to": words(
        "to an à para a aan till til vastaanottaja do komu címzett кому до către kime alıcı προς iki kellele kam "
        "za prima 收件人 宛先 받는사람 수신 ถึง kepada đến אל إلى "
        "destinataire destinatario ontvanger mottagare adresát per "
        "për destinatari"
    )
    | {"받는 사람"},
    "cc": words("cc dw kopie copie copia kopia kopi kopio másolat копия копія cópia 抄送 副本 참조 สำเนา עותק нок"),
    "reply-to": frozenset(
        {"reply-to", "reply to", "antwort an", "répondre à", "rispondi a", "responder a", "risposta"}
    ),
}
LABEL_FIELDS: dict[str, str] = {label: name for name, labels in LABELS.items() for label in labels}

# What stands between dashes, or alone on a line, above a mail that is passed on …
FORWARDED = (
    "forwarded message",
    "begin forwarded message",
    "forwarded by",
    "forwarded mail",
    "forwarded email",
    "forwarded letter",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten",
    "weitergeleitete e-mail",
    "weitergeleitet von",
    "message transféré",
    "message transmis",
    "début du message",
    "début du message réexpédié",
    "transféré par",
    "mensaje reenviado",
    "inicio del mensaje reenviado",
    "missatge reenviat",
    "messaggio inoltrato",
    "inizio messaggio inoltrato",
    "messaggio rediretto",
    "mensagem encaminhada",
    "mensagem reencaminhada",
    "início da mensagem",
    "doorgestuurd bericht",
    "begin doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "vidarebefordrat brev",
    "vidarebefordrat mejl",
    "vidarebefordrade brev",
    "videresendt besked",
    "videresendt meddelelse",
    "start på videresendt",
    "videresendt e-post",
    "videresendt melding",
    "välitetty viesti",
    "edelleenlähetetty viesti",
    "przekazana wiadomość",
    "początek przekazywanej wiadomości",
    "wiadomość przekazana",
    "přeposlaná zpráva",
    "předmět přeposlané",
    "přeposlaný e-mail",
    "začátek přeposílané",
    "preposlaná správa",
    "začiatok preposlanej",
    "továbbított levél",
    "továbbított üzenet",
    "mesaj redirecționat",
    "mesajul redirecționat",
    "mesajului redirecționat",
    "proslijeđena poruka",
    "proslijeđene poruke",
    "posredovano sporočilo",
    "пересылаемое сообщение",
    "пересланное сообщение",
    "пересылаемое письмо",
    "начало переадресованного",
    "переслане повідомлення",
    "пересланого повідомлення",
    "лист, що пересилається",
    "початок листа, що пересилається",
    "початок листа",
    "препратено съобщение",
    "iletilen ileti",
    "iletilmiş ileti",
    "iletilen mesaj",
    "yönlendirilen ileti",
    "προωθημένο μήνυμα",
    "edastatud kiri",
    "pārsūtītā vēstule",
    "persiųstas laiškas",
    "áframsent",
    "转发的邮件",
    "转发邮件",
    "轉寄的郵件",
    "轉寄郵件",
    "转发邮件信息",
    "転送メッセージ",
    "転送されたメッセージ",
    "転送",
    "전달된 메시지",
    "ข้อความที่ส่งต่อ",
    "pesan terusan",
    "tin nhắn được chuyển tiếp",
    "הודעה שהועברה",
    "رسالة معاد توجيهها",
    "الرسالة المعاد توجيهها",
)
# … and above one that is answered.
ORIGINAL = (
    "original message",
    "original mail",
    "original e-mail",
    "original appointment",
    "reply message",
    "ursprüngliche nachricht",
    "ursprüngliche e-mail",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message d’origine",
    "message original",
    "courriel original",
    "mensaje original",
    "missatge original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "origineel bericht",
    "ursprungligt meddelande",
    "originalmeddelande",
    "oprindelig meddelelse",
    "original meddelelse",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "původní zpráva",
    "pôvodná správa",
    "eredeti üzenet",
    "mesaj original",
    "mesajul original",
    "izvorna poruka",
    "izvirno sporočilo",
    "исходное сообщение",
    "оригинальное сообщение",
    "вихідне повідомлення",
    "оригинално съобщение",
    "orijinal mesaj",
    "özgün ileti",
    "αρχικό μήνυμα",
    "originaalkiri",
    "sākotnējais ziņojums",
    "originalus laiškas",
    "原始邮件",
    "原始郵件",
    "原件",
    "元のメッセージ",
    "원본 메시지",
    "ข้อความต้นฉบับ",
    "pesan asli",
    "thư gốc",
    "הודעה מקורית",
    "الرسالة الأصلية",
)
