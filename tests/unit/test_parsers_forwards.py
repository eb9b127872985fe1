"""Mail that is passed on: inline in many languages and clients, as an attachment, and what only looks like it."""

# ruff: noqa: RUF001 - the letters of other languages are meant

import time

import pytest

from parsers import parse
from parsers.blocks import header_block, label_of, loose_label_of, separator_kind
from parsers.forward.forms import joined_block
from parsers.forward.people import address_in_links, recipients_of, sender_of
from parsers.model import Forward, ParsedEmail
from parsers.subject import base_subject, is_forward, is_reply, says_forward
from parsers.words.labels import LABELS


def read(subject: str, text: str, kind: str = "plain") -> ParsedEmail:
    head = f"From: Ann <ann@a.example>\nSubject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n\n"
    return parse(f"{head}{text}".encode())


def forward_of(subject: str, text: str, kind: str = "plain") -> Forward:
    found = read(subject, text, kind).forward
    assert found is not None
    return found


# The separator, and the labels of sender, date, subject and recipient.
WEBMAIL = [
    ("Forwarded message", "From", "Date", "Subject", "To"),
    ("Weitergeleitete Nachricht", "Von", "Datum", "Betreff", "An"),
    ("Message transféré", "De", "Date", "Objet", "À"),
    ("Mensaje reenviado", "De", "Fecha", "Asunto", "Para"),
    ("Messaggio inoltrato", "Da", "Data", "Oggetto", "A"),
    ("Mensagem encaminhada", "De", "Data", "Assunto", "Para"),
    ("Doorgestuurd bericht", "Van", "Datum", "Onderwerp", "Aan"),
    ("Vidarebefordrat meddelande", "Från", "Datum", "Ämne", "Till"),
    ("Videresendt meddelelse", "Fra", "Dato", "Emne", "Til"),
    ("Vidaresend melding", "Frå", "Dato", "Emne", "Til"),
    ("Edelleenlähetetty viesti", "Lähettäjä", "Päivämäärä", "Aihe", "Vastaanottaja"),
    ("Przekazana wiadomość", "Od", "Data", "Temat", "Do"),
    ("Přeposlaná zpráva", "Od", "Datum", "Předmět", "Komu"),
    ("Preposlaná správa", "Od", "Dátum", "Predmet", "Komu"),
    ("Továbbított üzenet", "Feladó", "Dátum", "Tárgy", "Címzett"),
    ("Mesaj redirecționat", "De la", "Dată", "Subiect", "Către"),
    ("Proslijeđena poruka", "Šalje", "Datum", "Predmet", "Prima"),
    ("Прослеђена порука", "Од", "Датум", "Наслов", "За"),
    ("Posredovano sporočilo", "Od", "Datum", "Zadeva", "Za"),
    ("Пересылаемое сообщение", "От", "Дата", "Тема", "Кому"),
    ("Переслане повідомлення", "Від кого", "Дата", "Тема", "Кому"),
    ("Перасланае паведамленне", "Ад", "Дата", "Тэма", "Каму"),
    ("Препратено съобщение", "От", "Дата", "Относно", "До"),
    ("Препратена порака", "Од", "Датум", "Тема", "До"),
    ("İletilmiş Mesaj", "Kimden", "Tarih", "Konu", "Kime"),
    ("Προωθημένο μήνυμα", "Από", "Ημερομηνία", "Θέμα", "Προς"),
    ("Edastatud kiri", "Saatja", "Kuupäev", "Teema", "Saaja"),
    ("Pārsūtītā vēstule", "No", "Datums", "Temats", "Kam"),
    ("Persiųstas laiškas", "Nuo", "Data", "Tema", "Kam"),
    ("Áframsendur póstur", "Frá", "Dagsetning", "Efni", "Til"),
    ("Missatge reenviat", "De", "Data", "Assumpte", "Per a"),
    ("Mensaxe reenviada", "De", "Data", "Asunto", "Para"),
    ("Birbidalitako mezua", "Nork", "Data", "Gaia", "Nori"),
    ("Mesazhi i Përcjellë", "Nga", "Data", "Subjekti", "Për"),
    ("转发的邮件", "发件人", "日期", "主题", "收件人"),
    ("轉寄的郵件", "寄件者", "日期", "主旨", "收件者"),
    ("転送メッセージ", "差出人", "日付", "件名", "宛先"),
    ("전달된 메시지", "보낸 사람", "날짜", "제목", "받는 사람"),
    ("ข้อความที่ส่งต่อ", "จาก", "วันที่", "เรื่อง", "ถึง"),
    ("Thư được chuyển tiếp", "Từ", "Ngày", "Chủ đề", "Đến"),
    ("Pesan terusan", "Dari", "Tanggal", "Subjek", "Kepada"),
    ("Mesej Dimajukan", "Daripada", "Tarikh", "Tajuk", "Kepada"),
    ("הודעה שהועברה", "מאת", "תאריך", "נושא", "אל"),
    ("رسالة معاد توجيهها", "من", "تاريخ", "الموضوع", "إلى"),
    ("پیام هدایت‌شده", "از", "تاریخ", "موضوع", "به"),
    ("अग्रेषित संदेश", "प्रेषक", "दिनांक", "विषय", "प्रति"),
]
# The prefix, and the labels of sender, date, recipient and subject, as Outlook writes them without a separator.
OUTLOOK = [
    ("FW", "From", "Sent", "To", "Subject"),
    ("WG", "Von", "Gesendet", "An", "Betreff"),
    ("TR", "De", "Envoyé", "À", "Objet"),
    ("RV", "De", "Enviado el", "Para", "Asunto"),
    ("I", "Da", "Inviato", "A", "Oggetto"),
    ("ENC", "De", "Enviada em", "Para", "Assunto"),
    ("FW", "De", "Enviada", "Para", "Assunto"),
    ("FW", "Van", "Verzonden", "Aan", "Onderwerp"),
    ("VB", "Från", "Skickat", "Till", "Ämne"),
    ("VS", "Fra", "Sendt", "Til", "Emne"),
    ("Videresend", "Fra", "Sendt", "Til", "Emne"),
    ("VL", "Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("PD", "Od", "Wysłano", "Do", "Temat"),
    ("FW", "Od", "Odesláno", "Komu", "Předmět"),
    ("FW", "Od", "Odoslané", "Komu", "Predmet"),
    ("FW", "Feladó", "Elküldve", "Címzett", "Tárgy"),
    ("Továbbítás", "Feladó", "Küldés ideje", "Címzett", "Tárgy"),
    ("Redir.", "De la", "Trimis", "Către", "Subiect"),
    ("Proslj", "Od", "Poslano", "Za", "Predmet"),
    ("FW", "Šalje", "Poslato", "Za", "Naslov"),
    ("Posr", "Od", "Poslano", "Za", "Zadeva"),
    ("FW", "От", "Отправлено", "Кому", "Тема"),
    ("Пересл", "Від", "Надіслано", "Кому", "Тема"),
    ("Препр", "От", "Изпратено", "До", "Относно"),
    ("İLT", "Kimden", "Gönderildi", "Kime", "Konu"),
    ("ΠΡΘ", "Από", "Στάλθηκε", "Προς", "Θέμα"),
    ("Edasi", "Saatja", "Saadetud", "Adressaat", "Teema"),
    ("Pārsūt", "No", "Nosūtīts", "Kam", "Tēma"),
    ("Persiųsti", "Nuo", "Išsiųsta", "Kam", "Tema"),
    ("RV", "De", "Enviat el", "Per a", "Assumpte"),
    ("转发", "发件人", "发送时间", "收件人", "主题"),
    ("轉寄", "寄件者", "寄件日期", "收件者", "主旨"),
    ("転送", "差出人", "送信日時", "宛先", "件名"),
    ("전달", "보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    ("ส่งต่อ", "จาก", "ส่ง", "ถึง", "เรื่อง"),
    ("Chuyển tiếp", "Từ", "Đã gửi", "Đến", "Chủ đề"),
    ("Terusan", "Dari", "Dikirim", "Kepada", "Perihal"),
    ("הועבר", "מאת", "נשלח", "אל", "נושא"),
    ("إعادة توجيه", "من", "تم الإرسال", "إلى", "الموضوع"),
]
# Apple Mail's line above the block.
APPLE = [
    "Begin forwarded message:",
    "Anfang der weitergeleiteten Nachricht:",
    "Début du message réexpédié :",
    "Début du message transféré :",
    "Inicio del mensaje reenviado:",
    "Inizio messaggio inoltrato:",
    "Início da mensagem encaminhada:",
    "Begin doorgestuurd bericht:",
    "Vidarebefordrat mejl:",
    "Start på videresendt besked:",
    "Videresendt melding:",
    "Välitetty viesti alkaa:",
    "Początek przekazywanej wiadomości:",
    "Začátek přeposílané zprávy:",
    "Začiatok preposlanej správy:",
    "Továbbított levél kezdete:",
    "Începe mesajul redirecționat:",
    "Započni proslijeđenu poruku:",
    "Начало переадресованного сообщения:",
    "Початок листа, що пересилається:",
    "İleti başlangıcı:",
    "Αρχή προωθημένου μηνύματος:",
    "Inici del missatge reenviat:",
    "下面是被转发的邮件：",
    "以下是轉寄的郵件：",
    "転送されたメッセージ:",
    "전달된 메시지:",
    "Bắt đầu thư được chuyển tiếp:",
    "Mulai pesan yang diteruskan:",
    "תחילת ההודעה שהועברה:",
    "بدء الرسالة المعاد توجيهها:",
]


@pytest.mark.parametrize("words", WEBMAIL, ids=lambda words: words[0])
def test_a_separator_in_many_languages_needs_no_prefix(words):
    title, sender, date, subject, recipient = words
    block = f"{sender}: Jo <jo@b.example>\n{date}: 9.3.2026 10:00\n{subject}: Roof\n{recipient}: <bo@c.example>"
    mail = read("x", f"FYI\n\n---------- {title} ---------\n{block}\n\nIt leaks.")
    assert mail.forward == Forward(
        "inline", "jo@b.example", "Jo", "Roof", "9.3.2026 10:00", ("bo@c.example",), "It leaks."
    )
    assert mail.body.reply_text == "FYI"


@pytest.mark.parametrize("words", OUTLOOK, ids="-".join)
def test_a_block_alone_needs_a_prefix(words):
    prefix, sender, date, recipient, subject = words
    block = f"{sender}: Jo <jo@b.example>\n{date}: 9.3.2026 10:00\n{recipient}: Bo <bo@c.example>\n{subject}: Roof"
    mail = read(f"{prefix}: Roof", f"FYI\n\n{block}\n\nIt leaks.")
    assert mail.forward == Forward(
        "inline", "jo@b.example", "Jo", "Roof", "9.3.2026 10:00", ("bo@c.example",), "It leaks."
    )
    assert mail.body.reply_text == "FYI"
    assert read("RE: Roof", f"FYI\n\n{block}\n\nIt leaks.").forward is None


@pytest.mark.parametrize("title", APPLE)
@pytest.mark.parametrize("mark", ["", "> "], ids=["plain", "quoted"])
def test_apple_mail(title, mark):
    lines = [
        title,
        "",
        "From: Jo <jo@b.example>",
        "Subject: Roof",
        "Date: 9 March",
        "To: bo@c.example",
        "",
        "It leaks.",
    ]
    found = forward_of("Roof", "FYI\n\n" + "\n".join(f"{mark}{line}" for line in lines))
    assert (found.original_sender, found.original_subject, found.original_text) == ("jo@b.example", "Roof", "It leaks.")


BLOCK = "From: Jo <jo@b.example>\nDate: 9 March\nSubject: Roof\nTo: bo@c.example"
SEPARATOR = "---------- Forwarded message ---------"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("RE: FW: Roof", f"Thanks\n\n{SEPARATOR}\n{BLOCK}\n\nx"),
        ("Re: Roof", f"Thanks\n\nOn 9 March 2026 at 10:00, Bo <bo@c.example> wrote:\n\n{SEPARATOR}\n{BLOCK}\n\nx"),
        ("Roof", f"Thanks\n\nOn 9 March 2026 at 10:00, Bo <bo@c.example> wrote:\n\n{SEPARATOR}\n{BLOCK}\n\nx"),
        ("Re: Roof", f"Thanks\n\n{BLOCK}\n\n{SEPARATOR}\n{BLOCK}\n\nx"),
        ("Roof", f"Thanks\n\n-----Original Message-----\n{BLOCK}\n\nx"),
        ("Roof", f"Other subject\n\n{BLOCK}\n\nx"),
        ("Other", f"{BLOCK}\n\nx"),
        ("Roof", "I forwarded this message to Jo:\n\nJo is ill."),
        ("Roof", "I have forwarded your message to:\n\nFrom: here on\nit is up to Jo."),
        ("I: Roof", "It leaks. Subject: open."),
        ("Fwd: Roof", "It leaks."),
        ("VS: Katto", "Kiitos\n\nFrom: Jo <jo@b.example>\nSent: 9 March\nTo: bo@c.example\nSubject: Katto\n\nx"),
    ],
)
def test_no_forward(subject, text):
    assert read(subject, text).forward is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Roof", f"See below\n\n{SEPARATOR}\n{BLOCK}\n\nIt leaks."),  # a prefix of old, but nothing quotes it
        ("Roof", f"{BLOCK}\n\nIt leaks."),  # a rule of the mailbox
        ("Fwd: Roof", f"Forwarded message\n\n{BLOCK}\n\nIt leaks."),
        ("Fwd: Roof", f"{SEPARATOR}\nFrom: Jo <jo@b.example>\n\nIt leaks."),
        ("Fwd: Roof", "From: Jo <jo@b.example>\nDate: 9 March\n\nIt leaks."),
        ("Fwd: Roof", "*From:*\u00a0Jo <jo@b.example>\n*Sent\u00a0:* 9 March\n*Subject:* Roof\n\nIt leaks."),
        ("Fwd: Roof", "    From: Jo <jo@b.example>\n    Date: 9 March\n    Subject: Roof\n\n    It leaks."),
        ("Fwd: Roof", "From: Jo <jo@b.example> Sent: 9 March To: bo@c.example Subject: Roof\n\nIt leaks."),
        ("Fwd: Roof", f"________________________________\n{BLOCK}\n\nIt leaks."),
        (
            "(Fwd) Roof",
            f"--- Forwarded message follows ---\n{BLOCK}\n\nIt leaks.\n--- End of forwarded message ---",
        ),
        ("Fwd: Roof", f"----------  Forwarded Message  ----------\n\n{BLOCK}\n\nIt leaks.\n{'-' * 55}"),
        ("Fwd: Roof", f"--- Original Message ---\n{BLOCK}\n{'-' * 74}\n\nIt leaks."),
        ("Fwd: Roof", '"Jo" <jo@b.example> wrote on 9 March 2026 at 10:00:\n\n    It leaks.'),
    ],
)
def test_forms_of_a_forward(subject, text):
    found = forward_of(subject, text)
    assert (found.original_sender, found.original_name) == ("jo@b.example", "Jo")
    assert (found.original_subject, found.original_text) == ("Roof", "It leaks.")


def test_the_outermost_of_nested_forwards():
    inner = f"{SEPARATOR}\nFrom: Di <di@d.example>\nDate: 8 March\nSubject: Old\nTo: jo@b.example\n\nDeep."
    found = forward_of("Fwd: Fwd: Old", f"FYI\n\n{SEPARATOR}\n{BLOCK}\n\nSee.\n\n{inner}")
    assert found.original_sender == "jo@b.example"
    assert (found.original_text or "").startswith("See.\n\n-----")
    assert (found.original_text or "").endswith("Deep.")


def test_only_quoted_lines_below_a_prefix():
    mail = read("Fwd: Roof", "FYI\n\n> It leaks.\n> \n> Jo")
    assert mail.forward == Forward("inline", original_subject="Roof", original_text="It leaks.\n\nJo")
    assert mail.body.reply_text == "FYI"


def test_a_note_that_is_only_a_sign_off():
    body = read("Fwd: Roof", f"Sent from my iPhone\n\n{SEPARATOR}\n{BLOCK}\n\nIt leaks.").body
    assert (body.reply_text, body.signature) == ("", "Sent from my iPhone")


def test_what_is_written_below_the_end_is_the_forwarders():
    body = read(
        "Roof", f"Above\n\n{SEPARATOR}\n{BLOCK}\n\nIt leaks.\n\n----- End forwarded message -----\n\nBelow"
    ).body
    assert body.reply_text == "Above\n\nBelow"
    assert "Below" not in body.quoted_text


def test_the_markup_proves_a_separator_that_nobody_listed():
    mark = '<div class="gmail_attr">---------- Zzz yyy ---------<br>From: <strong class="gmail_sendername">Jo</strong> '
    rest = "&lt;jo@b.example&gt;<br>Date: 9 March<br>Subject: Roof<br>To: bo@c.example<br></div><div>It leaks.</div>"
    assert forward_of("x", f"<div>FYI</div><br>{mark}{rest}", "html").original_sender == "jo@b.example"
    unmarked = mark.replace(' class="gmail_sendername"', "")
    assert read("x", f"<div>FYI</div><br>{unmarked}{rest}", "html").forward is None


INSIDE = "From: Jo <jo@b.example>\nTo: bo@c.example\nSubject: {}\nDate: Mon, 9 Mar 2026 10:00:00 +0100\n\nIt leaks.\n"


@pytest.mark.parametrize(
    ("subject", "text", "inner", "forwarded"),
    [
        ("Fwd: Roof", "FYI", "Roof", True),
        ("Fwd: two things", "FYI", "Roof", True),
        ("Roof", "FYI", "Re: Roof", True),
        ("", "FYI", "Roof", True),
        ("Other", "", "Roof", True),
        ("Other", "What is this?", "Roof", False),
        ("Re: Roof", "Here is the first mail", "Roof", False),
    ],
)
def test_attached(subject, text, inner, forwarded):
    part = f"--x\nContent-Type: message/rfc822\n\n{INSIDE.format(inner)}\n--x--\n"
    head = f"From: a@b.example\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    mail = parse(f"{head}--x\n\n{text}\n{part}".encode())
    assert (mail.forward is not None) == forwarded
    assert len(mail.attachments) == 1
    if mail.forward is not None:
        assert (mail.forward.kind, mail.forward.original_sender) == ("attachment", "jo@b.example")


def test_an_automatic_answer_passes_nothing_on():
    part = f"--x\nContent-Type: message/rfc822\n\n{INSIDE.format('Roof')}\n--x--\n"
    head = (
        "From: a@b.example\nSubject: Roof\nAuto-Submitted: auto-replied\nContent-Type: multipart/mixed; boundary=x\n\n"
    )
    assert parse(f"{head}--x\n\nI am away.\n{part}".encode()).forward is None


def test_redirected_mail_is_no_forward():
    assert parse(b"Resent-From: a@b.example\nFrom: jo@b.example\nSubject: Roof\n\nIt leaks.").forward is None


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("Jo Doe <jo@B.example>", "jo@b.example", "Jo Doe"),
        ('"Doe, Jo" <jo@b.example>', "jo@b.example", "Doe, Jo"),
        ("Doe, Jo <jo@b.example>", "jo@b.example", "Doe, Jo"),
        ("Doe, Jo [mailto:jo@b.example]", "jo@b.example", "Doe, Jo"),
        ("Jo Doe <mailto:jo@b.example>", "jo@b.example", "Jo Doe"),
        ("Jo<mailto:jo@b.example> <jo@b.example<mailto:jo@b.example>> on behalf of x@c.example", "jo@b.example", "Jo"),
        ("jo@b.example <jo@b.example>", "jo@b.example", None),
        ("'jo@b.example' <jo@b.example>", "jo@b.example", None),
        ("<jo@b.example>", "jo@b.example", None),
        ("jo@b.example", "jo@b.example", None),
        ("jo@b.example (Jo Doe)", "jo@b.example", "Jo Doe"),
        ("'Jo' via Desk <desk@b.example>", "desk@b.example", "Jo' via Desk"),
        ("Jo (jo@b.example)", "jo@b.example", "Jo"),
        ("« Jo » <jo@b.example>", "jo@b.example", "Jo"),
        ("=?utf-8?Q?J=C3=B6?= <jo@b.example>", "jo@b.example", "Jö"),
        ("Jo Doe", None, "Jo Doe"),
        ("Jo Doe/ACME@ACME", None, "Jo Doe"),
        ("Jo </O=ACME/OU=X/CN=JO>", None, "Jo"),
        ("o'neil@b.example", "o'neil@b.example", None),
        ("", None, None),
    ],
)
def test_sender(value, address, name):
    assert sender_of(value) == (address, name)


def test_recipients():
    value = "Bo <bo@c.example>; 'di@d.example' <di@d.example>, Max M; Bo <bo@c.example<mailto:bo@c.example>>"
    assert recipients_of(value) == ("bo@c.example", "di@d.example")


def test_the_address_behind_a_name():
    markup = '<a href="mailto:x@y.example">Xi</a> <a href="mailto:jo@b.example?subject=a"><b>Jo&nbsp;Doe</b></a>'
    assert address_in_links("Jo Doe", markup) == "jo@b.example"
    assert address_in_links("Di", markup) is None
    assert address_in_links("Di", "mailto:" * 1000) is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("---------- Forwarded message ---------", "forward"),
        ("\u2010\u2010\u2010\u2010 Forwarded message \u2010\u2010\u2010\u2010", "forward"),
        ("\u2501\u2501\u2501Thư đã chuyển tiếp\u2501\u2501\u2501", "forward"),
        ("> *Begin forwarded message:*", "forward"),
        ("-----Original Message-----", "original"),
        ("----- End forwarded message -----", "end"),
        ("________________________________", "rule"),
        ("-------------------------------", "rule"),
        ("---------- Zzzz ---------", "framed"),
        ("I forwarded it:", ""),
        ("Dear forwarded people,", ""),
        ("", ""),
        (">", ""),
    ],
)
def test_separators(line, kind):
    assert separator_kind(line) == kind


def test_labels():
    assert label_of("> *From:* Jo <jo@b.example>") == ("from", "Jo <jo@b.example>")
    assert label_of("De\u00a0: Jo") == ("from", "Jo")
    assert label_of("Envoye\u0301 : lundi") == ("date", "lundi")
    assert label_of("件名：屋根") == ("subject", "屋根")
    assert label_of("From here on") is None
    assert label_of(f"{'x' * 50}: y") is None
    assert loose_label_of("Subject Roof") == ("subject", "Roof")
    assert loose_label_of("De la Jo") == ("from", "Jo")


def test_no_label_has_two_meanings():
    meanings = [label for labels in LABELS.values() for label in labels]
    assert len(meanings) == len(set(meanings))
    assert all(label == " ".join(label.lower().replace("\u0307", "").split()) for label in meanings)


def test_a_block_ends_where_the_text_begins():
    lines = [*BLOCK.split("\n"), "", "Note: bring a ladder"]
    block = header_block(lines, 0)
    assert block is not None
    assert block.stop == 4


def test_all_fields_on_one_line():
    line = (
        "  ----- Forwarded Message ----- From: Jo <jo@b.example>To: a@c.exampleSent: 9 March, 10:00 CETSubject: To: all"
    )
    block = joined_block(line, 0)
    assert block is not None
    assert block.fields["from"] == "Jo <jo@b.example>"
    assert (block.fields["date"], block.fields["subject"]) == ("9 March, 10:00 CET", "To: all")


@pytest.mark.parametrize(
    ("subject", "base", "forward", "reply"),
    [
        ("[Fwd: Roof]", "Roof", True, False),
        ("(Fwd) Roof", "Roof", True, False),
        ("Roof (fwd)", "Roof", True, False),
        ("Redir.: Roof", "Roof", True, False),
        ("İLT: Roof", "Roof", True, False),
        ("Chuyển tiếp: Roof", "Roof", True, False),
        ("TR : Roof", "Roof", True, False),
        ("转发：Roof", "Roof", True, False),
        ("[list] WG: Roof", "Roof", True, False),
        ("RE: FW: Roof", "Roof", False, True),
        ("Odp.: Roof", "Roof", False, True),
        ("Roof: open", "Roof: open", False, False),
        ("[Roof]", "[Roof]", False, False),
    ],
)
def test_prefixes(subject, base, forward, reply):
    assert (base_subject(subject), is_forward(subject), is_reply(subject)) == (base, forward, reply)


def test_any_prefix_that_says_forward():
    assert says_forward("RE: WG: Roof")
    assert not says_forward("RE: Roof WG: x")


@pytest.mark.parametrize(
    "line",
    [
        "From: x",
        "To: y\nx",
        "Message-ID: <x@y.example>\n",
        "-----x-----",
        SEPARATOR,
        "x: a@b.example",
        "From: x:y:z:a:b:c",
    ],
)
def test_linear(line):
    def seconds(size: int) -> float:
        octets = b"Subject: Fwd: y\n\n" + f"{line}\n".encode() * (size // (len(line) + 1))
        begun = time.process_time()
        parse(octets)
        return time.process_time() - begun

    assert seconds(200_000) < 3
