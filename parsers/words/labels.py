"""How mail clients of many languages head a quoted mail: the labels of its header block and its separators.

Promises: tables of words in lower case, nothing else; a language is added here and nowhere else. Beyond 150 lines
because it is data. Knows nothing of how lines are searched.

The clients of one language differ, so each has a line of its own per field: `sent` in Outlook and Yahoo, `date` in
Gmail, Apple Mail and Thunderbird, the nouns (`sender`, `recipient`) in webmail.
"""

from __future__ import annotations


def _labels(text: str) -> frozenset[str]:
    """The phrases of `text`, which are separated by bars."""
    return frozenset(" ".join(one.split()) for one in text.split("|") if one.strip())


LABELS: dict[str, frozenset[str]] = {
    "from": _labels(
        "from | von | de | da | van | från | fra | od | frá | frå | vun | fan | desde | di | sender | absender | "
        "expéditeur | remitente | remetente | mittente | afzender | avsändare | afsender | avsender | "
        "lähettäjä | feladó | küldő | nadawca | odesílatel | odosielateľ | pošiljatelj | pošiljalac | šalje | "
        "expeditor | expeditorul | de la | remitent | enviado por | de parte de | envoyé par | gesendet von | "
        "sent by | kimden | gönderen | gönderici | από | αποστολέας | saatja | kellelt | nuo | siuntėjas | no | "
        "sūtītājs | от | отправитель | від | від кого | відправник | от кого | подател | изпращач | ад | "
        "ад каго | адпраўнік | од | шаље | пошиљалац | испраќач | 发件人 | 发 件 人 | 寄件者 | 寄件人 | 發件人 | "
        "发信人 | 发送人 | 发自 | 差出人 | 送信者 | 送信元 | 発信者 | 보낸사람 | 보낸 사람 | 발신 | 발신자 | "
        "보낸이 | 보낸 이 | จาก | ผู้ส่ง | dari | pengirim | daripada | từ | người gửi | gửi từ | מאת | מ | "
        "שולח | השולח | من | المرسل | مرسل | از | فرستنده | द्वारा | प्रेषक | भेजने वाला | से | থেকে | প্রেরক | "
        "அனுப்புநர் | அனுப்புனர் | nga | dërguesi | nork | nondik | eus | oddi wrth | ó | kimdən | göndərən | "
        "kimdan | кімнен | ուղարկող | գամգզავნი | გამგზავნი | ვისგან | sendanto | mula kay"
    ),
    "date": _labels(
        "date | sent | sent on | sent at | date sent | received | sent date | datum | gesendet | gesendet am | "
        "gesendet um | verschickt | empfangen | envoyé | envoyé le | message du | envoyée | date d'envoi | date d’envoi | "
        "date de réception | fecha | enviado | enviado el | enviada el | fecha de envío | enviado em | enviada | "
        "enviada em | data | data de envio | inviato | inviato il | inviata | data invio | verzonden | "
        "verzonden op | verstuurd | datum verzonden | skickat | skickades | dato | sendt | afsendt | sendt den | "
        "dagsetning | tann | lähetetty | päivämäärä | päiväys | pvm | wysłano | data wysłania | wysłane | "
        "odesláno | odeslané | dne | odoslané | odoslaná | dátum | küldve | elküldve | küldés ideje | "
        "küldés dátuma | elküldés | időpont | trimis | trimis la | expediat | dată | poslano | poslato | "
        "datirano | datums | nosūtīts | sūtīts | nosūtīšanas datums | išsiųsta | siųsta | kuupäev | saadetud | "
        "saatmisaeg | saatmiskuupäev | tarih | gönderildi | gönderilen | gönderme tarihi | gönderim tarihi | "
        "gönderilme | gönderilme tarihi | ημερομηνία | ημ/νία | στάλθηκε | εστάλη | αποστολή | απεσταλμένα | "
        "дата | отправлено | отправлен | отправлена | дата отправки | надіслано | відправлено | дата отримання | "
        "изпратено | изпратени | дата на изпращане | дата адпраўкі | послато | датум | испратено | 时间 | 日期 | "
        "发送时间 | 发件时间 | 发送日期 | 寄件日期 | 傳送時間 | 已傳送 | 寄件時間 | 時間 | 發送時間 | 发送 | "
        "已发送 | 發件日期 | 日時 | 日付 | 送信日時 | 送信日 | 送信 | 送信済み | 날짜 | 보낸날짜 | 보낸 날짜 | "
        "보낸시간 | 보낸 시간 | 보냄 | 전송됨 | 일시 | วันที่ | ส่ง | ส่งเมื่อ | วันที่ส่ง | tanggal | dikirim | "
        "tarikh | dihantar | ngày | đã gửi | đã gửi lúc | gửi lúc | ngày gửi | thời gian | תאריך | התאריך | "
        "נשלח | נשלח ב | بتاريخ | تاريخ | التاريخ | التّاريخ | تم الإرسال | أُرسلت | أرسلت | تاريخ الإرسال | "
        "مُرسل | تاریخ | ارسال شده | ارسال‌شده | دिनांक | दिनांक | तारीख | तिथि | भेजा गया | তারিখ | தேதி | "
        "enviat | enviat el | bidalia | noiz | dërguar | datë | deiz | dyddiad | dáta | tarix | göndərildi | "
        "sana | күні | огноо | ամսաթիվ | თარიღი | petsa"
    ),
    "subject": _labels(
        "subject | betreff | betrifft | objet | sujet | asunto | oggetto | assunto | onderwerp | ämne | emne | "
        "aihe | otsikko | temat | tytuł | předmět | věc | predmet | vec | naslov | tárgy | subiect | subiectul | "
        "konu | θέμα | teema | pealkiri | tema | temats | tēma | zadeva | efni | viðfangsefni | titill | evni | "
        "assumpte | тема | относно | заглавие | предмет | наслов | тэма | 主题 | 主題 | 主旨 | 标题 | 件名 | "
        "タイトル | 제목 | เรื่อง | หัวเรื่อง | หัวข้อ | ชื่อเรื่อง | subjek | perihal | judul | tajuk | "
        "chủ đề | tiêu đề | נושא | הנושא | الموضوع | موضوع | العنوان | عنوان | विषय | বিষয় | பொருள் | தலைப்பு | "
        "subjekti | subjekt | gaia | objekt | titular | pwnc | ábhar | mövzu | mavzu | тақырыбы | վերնագիր | "
        "թեմա | თემა | სათაური | paksa"
    ),
    "to": _labels(
        "to | an | à | за | para | a | aan | till | til | do | komu | pre | za | prima | kome | per | per a | pour | "
        "a/c | empfänger | destinataire | destinataires | destinatario | destinatarios | destinatário | "
        "destinatari | ontvanger | mottagare | modtager | mottaker | vastaanottaja | vastaanottajat | saaja | "
        "kenelle | adresat | odbiorca | adresát | příjemce | príjemca | primatelj | primalac | prejemnik | "
        "címzett | címzettek | către | destinatar | destinatarul | kime | alıcı | alıcılar | προς | παραλήπτης | "
        "iki | kellele | adressaat | kam | gavėjas | adresāts | saņēmējs | кому | до | до кого | получатель | "
        "одержувач | отримувач | каму | прима | коме | примач | 收件人 | 收件者 | 收信人 | 发送至 | 宛先 | "
        "送信先 | 受信者 | 받는사람 | 받는 사람 | 받는이 | 수신 | 수신자 | 받는 이 | ถึง | ผู้รับ | kepada | "
        "ke | untuk | penerima | đến | tới | cho | người nhận | gửi đến | אל | ל | נמען | נמענים | إلى | الى | "
        "المستلم | المرسل إليه | به | گیرنده | प्रति | को | प्राप्तकर्ता | প্রাপক | பெறுநர் | për | drejtuar | "
        "nori | nora | kimə | kimga | кімге | ստացող | ում | ვის | მიმღები | oan | al"
    ),
    "cc": _labels(
        "cc | bcc | c.c. | cci | cco | ccn | kopie | kopie (cc) | cc (kopie) | copie | copie à | copie (cc) | "
        "copia | con copia | cópia | kopia | kopi | kopi til | kopio | kopiot | dw | udw | do wiadomości | "
        "kópia | kopija | kopja | kp | skp | másolat | másolatot kap | titkos másolat | copia ascunsă | bilgi | "
        "gizli | kopya | κοιν | κοιν. | κοινοποίηση | koopia | kópia (cc) | afrit | còpia | копия | копие | "
        "копія | копија | скрытая копия | blindkopie | bcc (blindkopie) | 抄送 | 副本 | 密件副本 | 密送 | "
        "抄送人 | 参照 | 写し | 写し(cc) | 참조 | 숨은참조 | 숨은 참조 | สำเนา | สำเนาถึง | tembusan | salinan | "
        "đồng gửi | đồng kính gửi | עותק | העתק | לידיעה | نسخة | نسخة إلى | نسخة إلي | رونوشت | प्रतिलिपि | "
        "сс | нок"
    ),
    "reply-to": _labels(
        "reply-to | reply to | antwort an | antworten an | répondre à | rispondi a | responder a | "
        "responder para | risposta a | odgovori na | odpověď na | komu odpovědět | svar til | svar-til | "
        "svara till | antwoord aan | antwoord-aan | vastaus | vastausosoite | vastaus osoitteeseen | válaszcím | "
        "odpowiedź-do | odpowiedź do | răspuns către | răspunde la | ответ-кому | ответить | обратный адрес | "
        "odpovedať-pre | odpovedať na | yanıt adresi | yanıtla | кому відповісти | зворотна адреса | "
        "отговор до | απάντηση σε | atsakyti | atbildēt | vastuse aadress | 回复至 | 回覆至 | 回复 | 返信先 | "
        "회신 주소 | balas ke | trả lời cho | השב אל | الرد إلى"
    ),
    # Named so that they are no part of what stands around them.
    "other": _labels(
        "attachments | attachment | anlagen | anlage | anhänge | anhang | pièces jointes | pièce jointe | "
        "datos adjuntos | adjuntos | archivos adjuntos | allegati | allegato | anexos | anexo | bijlagen | "
        "bijlage | bifogade filer | bilagor | vedhæftede filer | vedlegg | liitteet | liite | załączniki | "
        "załącznik | přílohy | příloha | prílohy | melléklet | mellékletek | csatolmány | atașări | atașamente | "
        "fișiere atașate | ekler | вложения | вложение | вкладення | прикачени файлове | прикачени | privitci | "
        "privitak | priponke | priloge | manused | pielikumi | priedai | συνημμένα | 附件 | 添付ファイル | "
        "첨부 파일 | 첨부파일 | สิ่งที่แนบมา | lampiran | tệp đính kèm | קבצים מצורפים | المرفقات | importance | "
        "wichtigkeit | priorität | priority | priorité | importancia | importância | prioridad | prioridade | "
        "priorità | urgentie | prioriteit | prioritet | tärkeys | ważność | priorytet | důležitost | priorita | "
        "fontosság | prioritate | önem | önem derecesi | важность | приоритет | важливість | 重要性 | 重要度 | "
        "중요도 | sensitivity | vertraulichkeit | confidentialité | message-id | in-reply-to | references | "
        "user-agent | mime-version | content-type | content-transfer-encoding | organization | organisation | "
        "return-path | delivered-to | resent-from | resent-to | resent-date | x-mailer | newsgroups | size | "
        "mailed-by | signed-by | security | when | where"
    ),
}
LABEL_FIELDS: dict[str, str] = {label: name for name, labels in LABELS.items() for label in labels}
# Yahoo forgets the colon behind these, in Polish and in European Portuguese.
COLONLESS = ("Dw ", "Assunto ")

# Parts of words by which a separator says that a mail is passed on: `---- Forwarded message ----`, `Begin …:`. They are
# looked for only between dashes, or above a header block in a line that ends with a colon.
FORWARD_STEMS = (
    "forwarded",
    "fwd",
    "weitergeleitet",
    "transfér",
    "message transmis",
    "réexpéd",
    "faire suivre",
    "reenvi",
    "remitido",
    "reunvi",
    "inoltrat",
    "rediretto",
    "encaminhad",
    "reencaminhad",
    "reencamiñad",
    "doorgestuur",
    "trochstjoerd",
    "aangestuur",
    "vidarebefordra",
    "vidaresend",
    "videresend",
    "videresen",
    "välitet",
    "edelleenlähet",
    "przekaz",
    "przesłan",
    "przesyłan",
    "przesłać dalej",
    "přepos",
    "preposl",
    "ďalej odosl",
    "továbbít",
    "redirecționat",
    "redirecţionat",
    "înaintat",
    "transmis mai departe",
    "proslijeđ",
    "prosleđ",
    "proslje",
    "posredov",
    "edasta",
    "edasi saadetud",
    "pārsūt",
    "persiųs",
    "persiunč",
    "áframsen",
    "framsend",
    "пересыла",
    "пересла",
    "переслан",
    "пересила",
    "перенаправ",
    "переадрес",
    "перасла",
    "накірава",
    "препрат",
    "препраќ",
    "прослеђ",
    "iletilen",
    "iletilmiş",
    "ileti başlangıcı",
    "yönlendiril",
    "προωθ",
    "reenviat",
    "birbidal",
    "përcjell",
    "mesazhi i përcj",
    "ötürül",
    "yönləndir",
    "转发",
    "轉寄",
    "轉發",
    "轉遞",
    "转寄",
    "転送",
    "전달",
    "포워드",
    "ส่งต่อ",
    "terusan",
    "diteruskan",
    "dimajukan",
    "chuyển tiếp",
    "הועבר",
    "מועבר",
    "המועבר",
    "הודעה מקורית שהועברה",
    "معاد توجيه",
    "المعاد توجيه",
    "إعادة توجيه",
    "مُعاد توجيه",
    "محوّل",
    "محول",
    "ممرّر",
    "ممرر",
    "هدایت",
    "ارجاع داده",
    "فوروارد",
    "अग्रेषित",
    "फ़ॉरवर्ड",
    "ফরওয়ার্ড",
    "փոխանց",
    "გადმოგზავნ",
    "გადაგზავნ",
    "plusendit",
    "ymlaen",
    "ar aghaidh",
)
# How such a separator begins where it has no dashes but ends with a colon (Apple Mail).
FORWARD_BEGINS = (
    "begin ",
    "beginning ",
    "forwarded ",
    "anfang ",
    "beginn ",
    "weitergeleitete ",
    "début ",
    "message ",
    "inicio ",
    "mensaje ",
    "início ",
    "mensagem ",
    "inizio ",
    "messaggio ",
    "inici ",
    "missatge ",
    "doorgestuurd ",
    "vidarebefordra",
    "videresendt ",
    "start ",
    "starten ",
    "begynnelse",
    "välitet",
    "edelleenlähet",
    "początek ",
    "przekaz",
    "začátek ",
    "přepos",
    "začiatok ",
    "preposl",
    "továbbított ",
    "începe",
    "început",
    "mesaj",
    "započni ",
    "početak ",
    "proslijeđ",
    "почетак ",
    "začetek ",
    "posredovan",
    "начало ",
    "перес",
    "початок ",
    "пачатак ",
    "препрат",
    "ileti",
    "yönlendiril",
    "αρχή ",
    "έναρξη ",
    "προωθ",
    "edastatud ",
    "pārsūt",
    "persiųst",
    "upphaf ",
    "áframsen",
    "下面是",
    "以下是",
    "以下為",
    "开始转发",
    "開始轉寄",
    "转发",
    "轉寄",
    "転送",
    "전달",
    "다음은",
    "เริ่ม",
    "ข้อความ",
    "mulai ",
    "memulai ",
    "mula ",
    "pesan ",
    "bắt đầu ",
    "תחילת ",
    "הודעה ",
    "بداية ",
    "بدء ",
    "رسالة ",
    "الرسالة ",
)
# A line of its own without dashes and colon, when a header block follows it.
FORWARD_TITLES = _labels(
    "forwarded message | begin forwarded message | weitergeleitete nachricht | message transféré | "
    "mensaje reenviado | messaggio inoltrato | mensagem encaminhada | mensagem reencaminhada | "
    "doorgestuurd bericht | vidarebefordrat meddelande | videresendt meddelelse | videresendt melding | "
    "välitetty viesti | przekazana wiadomość | přeposlaná zpráva | preposlaná správa | továbbított üzenet | "
    "mesaj redirecționat | пересылаемое сообщение | пересланное сообщение | переслане повідомлення | "
    "iletilen ileti | προωθημένο μήνυμα | 转发的邮件 | 轉寄的郵件 | 転送メッセージ | 전달된 메시지 | "
    "הודעה שהועברה | رسالة معاد توجيهها"
)
# Below a mail that is passed on, between dashes: what comes after is the forwarder's again.
FORWARD_ENDS = (
    "end forwarded",
    "end of forwarded",
    "end of the forwarded",
    "ende der weitergeleiteten",
    "ende weitergeleitete",
    "fin du message",
    "fin del mensaje",
    "fine del messaggio",
    "fine messaggio",
    "fim da mensagem",
    "einde doorgestuurd",
    "einde van",
    "konec přep",
    "koniec przek",
    "koniec prep",
    "slut på",
    "конец пере",
    "кінець пере",
    "край на преп",
    "továbbított levél vége",
    "转发邮件结束",
)
# What stands between dashes above a mail that is answered.
ORIGINAL = (
    "original message",
    "antwort nachricht",
    "original mail",
    "original e-mail",
    "original email",
    "original appointment",
    "reply message",
    "ursprüngliche nachricht",
    "ursprüngliche e-mail",
    "ursprüngliche mail",
    "originalnachricht",
    "original-nachricht",
    "original-message",
    "message d'origine",
    "message d’origine",
    "message original",
    "message initial",
    "mail original",
    "courriel original",
    "mensaje original",
    "missatge original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "oorspronkelijke bericht",
    "origineel bericht",
    "ursprungligt meddelande",
    "originalmeddelande",
    "oprindelig meddelelse",
    "oprindeligt brev",
    "original meddelelse",
    "original besked",
    "opprinnelig melding",
    "opprinneleg melding",
    "opphavleg melding",
    "alkuperäinen viesti",
    "wiadomość oryginalna",
    "oryginalna wiadomość",
    "původní zpráva",
    "původní e-mail",
    "pôvodná správa",
    "eredeti üzenet",
    "eredeti levél",
    "mesaj original",
    "mesajul original",
    "izvorna poruka",
    "originalna poruka",
    "izvirno sporočilo",
    "izvorno sporočilo",
    "исходное сообщение",
    "исходное письмо",
    "оригинальное сообщение",
    "вихідне повідомлення",
    "оригінальне повідомлення",
    "арыгінальнае паведамленне",
    "оригинално съобщение",
    "оригинално писмо",
    "оригинална порука",
    "оригинална порака",
    "orijinal mesaj",
    "orijinal ileti",
    "özgün ileti",
    "asıl ileti",
    "αρχικό μήνυμα",
    "originaalkiri",
    "algne kiri",
    "esialgne kiri",
    "algupärane sõnum",
    "sākotnējais ziņojums",
    "sākotnējā vēstule",
    "originalus laiškas",
    "pradinis laiškas",
    "upprunaleg skilaboð",
    "mensaxe orixinal",
    "jatorrizko mezua",
    "mesazhi origjinal",
    "原始邮件",
    "原始郵件",
    "原始信息",
    "原件",
    "元のメッセージ",
    "オリジナルのメッセージ",
    "원본 메시지",
    "ข้อความต้นฉบับ",
    "ข้อความเดิม",
    "pesan asli",
    "mesej asal",
    "thư gốc",
    "tin nhắn gốc",
    "הודעה מקורית",
    "الرسالة الأصلية",
    "الرسالة الأساسية",
    "پیام اصلی",
)
# Words of a note or a label by which `VS:` is an answer: Finnish and Estonian.
ANSWERED = ("ä", "õ", "kiitos", "kiitti", "moi", "terv", "aitäh", "saatja")
