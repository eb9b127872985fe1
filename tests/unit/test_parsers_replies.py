"""What is new in a reply, by text and by HTML; forwards."""

# ruff: noqa: RUF001 - the letters of other languages are meant

import pytest

from parsers import parse
from parsers.cleaners import clean
from parsers.model import Body


def html_mail(markup: str) -> bytes:
    return f"From: a@b.c\nSubject: Re: x\nContent-Type: text/html\n\n{markup}".encode()


QUOTE = "> old line\n> another"
ATTRIBUTIONS = [
    "On Mon, 2 Mar 2026 at 10:00, Jo <jo@x.y> wrote:",
    "On Mon, 2 Mar 2026 at 10:00, Jo Doe\n<jo@x.y> wrote:",
    "Am 02.03.26 um 10:00 schrieb Jo:",
    "Jo <jo@x.y> schrieb am Mo., 2. März 2026, 10:00:",
    "Le lun. 2 mars 2026 à 10:00, Jo <jo@x.y> a écrit :",
    "El lun, 2 mar 2026 a las 10:00, Jo (<jo@x.y>) escribió:",
    "Il giorno lun 2 mar 2026 alle ore 10:00 Jo <jo@x.y> ha scritto:",
    "Em seg., 2 de mar. de 2026 às 10:00, Jo <jo@x.y> escreveu:",
    "Op ma 2 mrt 2026 om 10:00 schreef Jo <jo@x.y>:",
    "Den mån 2 mars 2026 kl 10:00 skrev Jo <jo@x.y>:",
    "Den man. 2. mar. 2026 kl. 10.00 skrev Jo <jo@x.y>:",
    "ma 2. maalisk. 2026 klo 10.00 Jo (jo@x.y) kirjoitti:",
    "pon., 2 mar 2026 o 10:00 Jo <jo@x.y> napisał(a):",
    "po 2. 3. 2026 v 10:00 odesílatel Jo <jo@x.y> napsal:",
    "Jo <jo@x.y> ezt írta (időpont: 2026. márc. 2., H, 10:00):",
    "În lun., 2 mar. 2026 la 10:00, Jo <jo@x.y> a scris:",
    "пн, 2 мар. 2026 г. в 10:00, Jo <jo@x.y>:",
    "02.03.2026 10:00, Jo пишет:",
    "пн, 2 бер. 2026 р. о 10:00 Jo <jo@x.y> пише:",
    "2 Mar 2026 Pzt, saat 10:00 tarihinde Jo <jo@x.y> şunu yazdı:",
    "Στις Δευ 2 Μαρ 2026 στις 10:00 π.μ., ο χρήστης Jo <jo@x.y> έγραψε:",
    "Jo <jo@x.y> 于2026年3月2日周一 10:00写道：",
    "2026年3月2日(月) 10:00 Jo <jo@x.y>:",
    "2026년 3월 2일 (월) 오전 10:00, Jo <jo@x.y>님이 작성:",
    "Vào Th 2, 2 thg 3, 2026 vào lúc 10:00 Jo <jo@x.y> đã viết:",
    "Pada Sen, 2 Mar 2026 pukul 10.00 Jo <jo@x.y> menulis:",
    "\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-10:00 מאת \u202aJo\u202c\u200f <\u202ajo@x.y\u202c\u200f>:\u202c",
    "2026/3/2 Jo <jo@x.y>",
]


def cleaned(text: str) -> Body:
    return clean(Body(text=text, reply_text=text))


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_is_quoted_below_an_attribution_is_cut(attribution):
    body = cleaned(f"Thanks, it works.\nJo\n\n{attribution}\n\n{QUOTE}")
    assert body.reply_text == "Thanks, it works.\nJo"
    assert "old line" in body.quoted_text


BLOCKS = [
    ("From", "Sent", "To", "Subject"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("De", "Enviado", "Para", "Asunto"),
    ("De", "Enviada", "Para", "Assunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Od", "Odesláno", "Komu", "Předmět"),
    ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    ("De la", "Trimis", "Către", "Subiect"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Kimden", "Gönderildi", "Kime", "Konu"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("差出人", "送信日時", "宛先", "件名"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
]


@pytest.mark.parametrize("labels", BLOCKS, ids="-".join)
@pytest.mark.parametrize("rule", ["", "_" * 32 + "\n", "-----Original Message-----\n"], ids=["", "rule", "original"])
def test_a_header_block_heads_the_quotation(labels, rule):
    a, b, c, d = labels
    body = cleaned(f"Done.\n\n{rule}{a}: Jo <jo@x.y>\n{b}: 2 March 2026\n{c}: us@x.y\n{d}: Printer\n\nold text")
    assert body.reply_text == "Done."
    assert "old text" in body.quoted_text


@pytest.mark.parametrize(
    "text",
    [
        "No quotation at all.",
        "The CEO wrote: we close early.",  # no date, no address
        "From: the desk of Jo\nwith love",
        "> only quoted",
        "On 2 March Jo <j@x.y> wrote:\n> all quoted",
        "Here is why:\n> a\nb\n> c\nd",
        "Code:\n\n-----\nx = 1\n-----\nend",
        "--\nonly a signature",
        "",
    ],
)
def test_nothing_is_cut(text):
    assert cleaned(text).reply_text == text


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("Hi\n\n-- \nJo\nACME", "Hi", "-- \nJo\nACME"),
        ("Hi\n\nSent from my iPhone", "Hi", "Sent from my iPhone"),
        ("Hi\n\nVon meinem iPhone gesendet", "Hi", "Von meinem iPhone gesendet"),
        ("Hi\n\nGet Outlook for iOS<https://aka.ms/x>\n", "Hi", "Get Outlook for iOS<https://aka.ms/x>"),
        ("Sent from my phone is how\nI write", "Sent from my phone is how\nI write", ""),
    ],
)
def test_signatures(text, new, signature):
    body = cleaned(text)
    assert (body.reply_text, body.signature) == (new, signature)
    assert cleaned(body.reply_text).reply_text == new


LONG = "> a quoted line that is so long that an old mailer broke it at its end and left the"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        # What stands below a quotation, and what of it is the sender's.
        ("Hi\n\nJo wrote:\n> q\n\nThanks,\nAl", "Hi\n\nThanks,\nAl"),
        ("Hi\n\nJo wrote:\n> q\n\nAl Ott\nTel: +49 30 901820", "Hi"),
        ("Hi\n\nJo wrote:\n> q\n(https://example.com/a)", "Hi"),
        (f"Hi\n\nJo wrote:\n{LONG}\nrest below\n> q", "Hi"),
        # An introduction over three lines, without its colon, or behind the sender's last words.
        ("Hi\n\nOn 2 March 2026,\nat 10:18,\nJo <j@x.y> wrote:\n\n> q", "Hi"),
        ("Hi\n\nOn Mon, 2 Mar 2026 08:14:43 -0200 Jo <j@x.y> wrote\n\nold", "Hi"),
        ("Hi--- On Mon, Mar 2, 2026 at 3:59 PM, j@x.y wrote:\n> q", "Hi"),
        ("On the 2nd it failed\nOn 2 March 2026 Jo <j@x.y> wrote:\n> q", "On the 2nd it failed"),
        ("Hi\nNa 2026-03-02 10:00, Jo <j@x.y> blabla:\n> q", "Hi"),
        ("Hi\n\nSent with [Proton Mail](https://proton.me/) secure email.", "Hi"),
        ("Hi\n\n-----Original Message-----\n\nFYI\n\n---------- Forwarded message ----------\nx", "Hi"),
        ("Hi\n\nJo wrote:\n> a\n>>> b", "Hi"),
        ("Hi\n\nJo wrote:\n> see (https://example.com/a\nb=3dd518)", "Hi"),
        ("Hi\n\n---- Jo Ott wrote ----\n\nold", "Hi"),
        # Answers between quoted lines: only the introduction is nobody's answer.
        ("On 2 March 2026 Jo <j@x.y> wrote:\n> a\n\nb\n\n> c\n\nd", "> a\n\nb\n\n> c\n\nd"),
    ],
)
def test_what_is_around_a_quotation(text, new):
    assert cleaned(text).reply_text == new


@pytest.mark.parametrize("answer", ["Yes.", "It is red", "fine?"])
def test_an_answer_between_quoted_lines_is_no_overflow(answer):
    text = f"Jo wrote:\n{LONG}.\n{answer}\n> q"
    assert answer in cleaned(text).reply_text


def test_an_answer_below_the_quotation():
    assert cleaned(f"On 2 March 2026 Jo <j@x.y> wrote:\n{QUOTE}\n\nBelow.").reply_text == "Below."


@pytest.mark.parametrize(
    "quoted",
    [
        '<div class="gmail_quote">On x wrote:<blockquote>old</blockquote></div>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Jo</div><div>old</div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><b>From:</b> Jo</div><p>old</p>',
        '<div class="moz-cite-prefix">On x:</div><blockquote type="cite">old</blockquote>',
        '<div class="yahoo_quoted" id="yahoo_quoted_1">old</div>',
        '<blockquote type="cite"><div>old</div></blockquote>',
        '<div class="protonmail_quote">old</div>',
    ],
)
def test_html_quotations_are_cut(quoted):
    body = parse(html_mail(f"<div><p>new <b>part</b></p></div>{quoted}")).body
    assert body.reply_text == "new part"
    assert body.reply_html is not None
    assert "old" not in body.reply_html
    assert "<b>part</b>" in body.reply_html
    assert body.html is not None
    assert "old" in body.html


def test_an_html_mail_that_is_all_quotation_stays():
    body = parse(html_mail('<div class="gmail_quote">old</div>')).body
    assert body.reply_text == "old"


FORWARDED = [
    ("Fwd: x", "---------- Forwarded message ---------"),
    ("x", "---------- Forwarded message ---------"),
    ("Fwd: x", "Begin forwarded message:"),
    ("WG: x", "-----Ursprüngliche Nachricht-----"),
    ("WG: x", ""),
    ("x", "-------- Weitergeleitete Nachricht --------"),
    ("TR: x", "-------- Message transféré --------"),
    ("RV: x", "---------- Mensaje reenviado ----------"),
    ("I: x", ""),
    ("VS: x", "________________________________"),
]


@pytest.mark.parametrize(("subject", "separator"), FORWARDED)
def test_inline_forwards(subject, separator):
    label = "Fra" if subject.startswith("VS") else "From"
    block = f"{label}: Al <al@x.y>\nDate: 2 March\nTo: Bo <bo@x.y>\nSubject: Roof"
    found = parse(f"Subject: {subject}\n\nFYI\n\n{separator}\n{block}\n\nIt leaks.".encode())
    assert found.forward is not None
    assert (found.forward.kind, found.forward.original_sender) == ("inline", "al@x.y")
    assert (found.forward.original_subject, found.forward.original_text) == ("Roof", "It leaks.")
    assert found.forward.original_to == ("bo@x.y",)
    assert found.body.reply_text == "FYI"
    assert "It leaks." in found.body.quoted_text


@pytest.mark.parametrize("subject", ["Re: x", "x", "AW: WG: x"])
def test_a_quoted_header_block_alone_is_no_forward(subject):
    text = "Thanks\n\nFrom: Al <al@x.y>\nSent: 2 March\nTo: Bo <bo@x.y>\nSubject: Roof\n\nIt leaks."
    assert parse(f"Subject: {subject}\n\n{text}".encode()).forward is None
