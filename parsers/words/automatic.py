"""How machines of many languages begin subjects and texts: bounces, delays, receipts, vacation answers, alerts.

Promises: tables in lower case with single blanks, nothing else; a language is added here and nowhere else. Beyond 150
lines because it is data. Knows nothing of how a mail is classified.
"""

from __future__ import annotations


def lines(text: str) -> tuple[str, ...]:
    """The lines of `text` that are not blank."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


# Local parts without `-`, `_`, `.` and blanks that only mail systems write from.
DAEMONS = frozenset(
    lines("""
    mailerdaemon
    maildaemon
    mailsystem
    mailer
    maildelivery
    maildeliverysystem
    maildeliverysubsystem
    maildeliversubsystem
    mmdf
    mdaemon
    """)
)
# Local parts behind which a machine or its administrator may sit, and domains' names for gateways.
SYSTEMS = frozenset(
    lines("""
    postmaster
    postmast
    systemadministrator
    mailadministrator
    mailadmin
    administrator
    bounce
    bounces
    ndr
    dsn
    imss
    virusscanner
    mailscanner
    mailsweeper
    mailmarshal
    smtpservice
    smtpmailservice
    emailgateway
    """)
)
DAEMON_NAMES = frozenset(
    lines("""
    mailer-daemon
    mailer daemon
    mail delivery system
    mail delivery subsystem
    """)
)
SYSTEM_NAMES = lines("""
    mailer-daemon
    mailer daemon
    mail delivery system
    mail delivery subsystem
    mail delivery service
    mail delivery agent
    postmaster
    mail administrator
    system administrator
    systemadministrator
    administrateur système
    administrador del sistema
    mail server
    email system
    microsoft outlook
    mail router
""")

# Said of nothing but mail that came back.
BOUNCE_SUBJECTS = lines("""
    undeliver
    undelivered
    unable to deliver
    [undeliver
    delivery failure
    delivery has failed
    delivery failed
    delivery to the following recipient
    delivery status notification (fail
    delivery status notification(fail
    delivery status notification [fail
    delivery status notification failure
    delivery notification: delivery has failed
    delivery unsuccessful
    e-mail delivery fail
    email delivery fail
    failure notice
    failure delivery
    failed mail
    failed delivery
    mail could not be delivered
    mail delivery fail
    mail delivery error
    mail delivery problem
    mail delivery system
    mail error
    mail failure
    mail not delivered
    mail system error
    mail undeliverable
    message could not be delivered
    message delivery fail
    message delivery notification
    message not delivered
    message status - undeliverable
    message undeliverable
    ndr:
    ndn:
    non-deliver
    non deliver
    nondeliver
    not delivered:
    nao entregue
    permanent delivery failure
    permanent fail
    postmaster notify: see transcript
    rejected mail
    returned e-mail
    returned email
    returned mail
    returned message
    returned to sender
    returning message to sender
    return mail
    return to sender
    send failed
    sending failed
    the message could not be delivered
    there was an error sending your mail
    undeliverable mail
    undelivered mail
    user unknown
    your message couldn't be delivered
    your message to
    unzustellbar
    nicht zustellbar
    nachricht nicht zugestellt
    e-mail konnte nicht zugestellt werden
    mail konnte nicht zugestellt werden
    unzustellbare
    zustellung fehlgeschlagen
    zustellungsfehler
    zustellfehler
    nachricht unzustellbar
    fehler bei der zustellung
    fehlgeschlagene zustellung
    benachrichtung zum übermittlungsstatus (fehl
    benachrichtigung zum übermittlungsstatus (fehl
    échec de la remise
    échec de remise
    echec de la remise
    echec de remise
    échec de distribution
    message non remis
    message non distribué
    non remis
    non remise
    notification d'échec
    notification d’échec
    notification d'état de la distribution (échec)
    no se puede entregar
    no entregado
    no se pudo entregar
    error en la entrega
    correo no entregado
    correo devuelto
    mensaje no entregado
    mensaje devuelto
    mancata consegna
    mancato recapito
    notifica di mancato recapito
    avviso di mancata consegna
    non recapitabile
    impossibile recapitare
    não entregue
    não é possível entregar
    falha na entrega
    falha de entrega
    falha ao entregar
    não foi possível entregar
    onbestelbaar
    kan niet worden bezorgd
    kan niet bezorgen
    niet afgeleverd
    niet bezorgd
    olevererbart
    kan inte levereras
    kunde inte levereras
    går inte att leverera
    kan ikke leveres
    kunne ikke leveres
    uleverbar
    leveringsfejl
    ikke levert
    toimitus epäonnistui
    ei voi toimittaa
    ei voitu toimittaa
    niedostarczalne
    niedostarczona
    nie można dostarczyć
    nie dostarczono
    nedoručitelné
    nedoručiteľné
    nelze doručit
    nedoručeno
    kézbesíthetetlen
    nem kézbesíthető
    nelivrabil
    imposibil de livrat
    teslim edilemedi
    teslim edilemeyen
    teslim edilemiyor
    недоставлен
    не доставлено
    не удается доставить
    не удалось доставить
    сообщение не доставлено
    ваше сообщение не доставлено
    недоставка
    не вдалося доставити
    не може да бъде доставено
    μη παραδόσιμο
    δεν ήταν δυνατή η παράδοση
    ni mogoče dostaviti
    nije moguće isporučiti
    配信不能
    配信できません
    未配信
    送信できません
    配送不能
    メールを送信できませんでした
    エラーメール
    未送达
    无法送达
    无法投递
    退信
    系统退信
    投递失败
    無法傳遞
    無法送達
    배달되지 않음
    배달 실패
    전송 실패
    ไม่สามารถส่ง
    không gửi được
    tidak terkirim
    לא ניתן למסירה
    تعذر التسليم
""")
# Anywhere in the subject: `*** failure notice ***`, `Subject : non remis`.
BOUNCE_WITHIN = lines("""
    failure notice
    undeliver
    nondeliver
    non-deliver
    mail system error
    delivery failure
    returned mail
    delivery failed
""")
# Shops and parcel services begin subjects so too: these count only beside another sign.
AMBIGUOUS_SUBJECTS = lines("""
    delivery status notification
    delivery notification
    delivery report
    delivery error
    delivery problem
    delivery status
    delivery warning
    message rejected
    rejected message
    rejected:
    email rejected
    e-mail rejected
    mail rejected
    automatically rejected mail
    blocked
    mail status report
    message status
    message from
    error
    warning
    notification
    problem delivering
    problems delivering
    status
    your e-mail
    your email
    zustellbericht
    zustellungsbericht
    benachrichtung zum übermittlungsstatus
    benachrichtung über den zustellstatus
    benachrichtigung zum übermittlungsstatus
    benachrichtigung über den zustellstatus
    notification d'état de la distribution
    notificación de estado de la entrega
    notificación del estado de entrega
    notifica sullo stato del recapito
    notificação de status de entrega
    melding over de bezorgingsstatus
    уведомление о состоянии доставки
    発信メール
    配信状況通知
""")
DELAY_SUBJECTS = lines("""
    delayed mail
    delayed:
    delivery delayed
    delivery status notification (delay)
    delivery status notification(delay)
    delivery notification: delivery has been delayed
    delivery temporarily
    delivery is delayed
    mail delivery delayed
    mail delivery warning
    mail delivery deferr
    mail delayed
    warning: could not send
    warning: mail delay
    warning: message
    warning: delayed
    warning: unable to deliver
    warning - delayed mail
    warning from
    message delayed
    message still undelivered
    your message has been delayed
    temporary delivery failure
    zustellung verzögert
    verzögert:
    verzögerung bei der
    zustellverzögerung
    remise retardée
    remise différée
    entrega retrasada
    entrega demorada
    se retrasó la entrega
    consegna ritardata
    recapito ritardato
    entrega atrasada
    entrega adiada
    bezorging vertraagd
    vertraagd:
    leverans försenad
    levering forsinket
    opóźnienie dostarczenia
    doručení zpožděno
    доставка отложена
    задержка доставки
    teslimat gecikti
    配信遅延
    配信が遅れています
    传递延迟
""")

# What a text of a bounce begins with, blanks and line breaks made single blanks.
BOUNCE_TEXTS = lines("""
    this message was created automatically by
    a message that you sent could not be delivered
    a message that you sent was rejected
    a message you sent could not be delivered
    could not be delivered to one or more
    could not be delivered to the following
    could not be delivered to any
    could not be delivered to:
    could not be delivered for the following
    couldn't be delivered to
    wasn't delivered to
    was not delivered to
    was not delivered because
    was undeliverable
    is undeliverable
    undeliverable to the following
    hi. this is the qmail-send program
    this is the qmail
    i'm sorry to have to inform you that
    i wasn't able to deliver your message
    i was unable to deliver your message
    i'm afraid i wasn't able to deliver
    this is the mail system at host
    this is the postfix program
    this is the mail delivery
    this is the mail server
    this is the mailer-daemon
    while attempting to deliver a message
    this is an automatically generated delivery status notification
    this is an automatically generated delivery
    this is a delivery status notification
    this is an automatic message
    this is an automatic delivery failure
    this is a permanent error
    this message is generated by
    i've given up
    delivery to the following recipient
    delivery to one or more recipients
    delivery to the following address
    delivery of your message
    delivery of the following message
    delivery has failed to these recipients
    failed to deliver
    failed recipient
    failed addresses follow
    following recipients
    following recipient(s)
    following address had delivery problems
    following addresses had
    following address(es) failed
    following address failed
    did not reach the following recipient
    did not reach some or all
    had permanent fatal errors
    had permanent delivery errors
    unable to deliver
    could not deliver
    cannot be delivered
    can't be delivered
    cannot deliver
    cannot send your message
    not deliver your message
    not able to deliver
    non-delivery report
    nondelivery report
    non-delivery notification
    undelivered message
    undeliverable message
    undeliverable mail
    returned to sender
    returned mail
    had trouble delivering
    your message has been rejected
    your message was rejected
    your message was not delivered
    your message has not been delivered
    your mail has been rejected
    your mail was not delivered
    your email was not delivered
    your e-mail was not delivered
    your mail to the following recipient
    your message to the following recipient
    your message cannot be
    your message could not be
    your mail could not be
    your e-mail could not be
    your email could not be
    following mail could not be
    following message could not be
    e-mail message could not be delivered
    message could not be delivered
    mail could not be delivered
    message cannot be delivered
    message delivery failed
    delivery failed
    delivery failure
    mail delivery error
    the following message to <
    the following error occurred
    recipient address rejected
    transcript of session follows
    error transcript
    rejected by the recipient
    rejected by the mail server
    was automatically rejected
    user unknown
    unknown user
    user doesn't exist
    user does not exist
    no such user
    mailbox not found
    mailbox full
    mailbox is full
    mailbox unavailable
    over quota
    quota exceeded
    not a valid user here
    unknown local part
    remote host said
    domain name lookup
    group you tried to contact
    permission to post messages to the group
    you are not a member of this mailing list
    is not a member of this mailing list
    konnte nicht zugestellt werden
    konnte nicht übermittelt werden
    folgenden empfänger
    nicht ausgeliefert werden
    ihre nachricht hat einige oder alle empfänger nicht erreicht
    n'a pas pu être remis
    n'a pas pu etre delivre
    n'a pas pu être délivré
    n'a pas été remis
    destinataires suivants
    no se pudo entregar
    no ha podido ser entregado
    no ha sido entregado
    siguientes destinatarios
    non è stato possibile recapitare
    non ha raggiunto
    impossibile recapitare
    não pôde ser entregue
    não foi possível entregar
    não foi entregue
    seguintes destinatários
    kan niet worden bezorgd
    kon niet worden afgeleverd
    kon niet worden bezorgd
    kunde inte levereras
    kunne ikke leveres
    ei voitu toimittaa
    nie mogła zostać dostarczona
    nie można dostarczyć
    nelze doručit
    nem kézbesíthető
    teslim edilemedi
    не может быть доставлено
    не было доставлено
    не удалось доставить
    не доставлено
    配信できませんでした
    配送できませんでした
    お届けできません
    届けることができません
    送信できませんでした
    宛先不明
    メールアドレスに誤り
    あて先
    无法投递
    無法傳遞
    被退回
    退信
    전송하지 못했습니다
""")
DELAY_TEXTS = lines("""
    this is a warning message only
    this is a warning only
    this is only a warning
    this is an advisory-only
    warning message only
    you do not need to resend your message
    no need to resend
    please do not resend
    has not yet been delivered
    has not been delivered yet
    not yet been delivered
    is not yet delivered
    could not be delivered yet
    could not be delivered for
    delivery attempts will continue
    will continue to try
    will continue to be made
    will be retried
    will keep trying
    will retry
    still trying
    delivery to the following recipients has been delayed
    delivery to the following recipient has been delayed
    has been delayed
    has been postponed
    delivery incomplete
    noch nicht zugestellt
    zustellung verzögert
    wurde verzögert
    pas encore été
    a été retardé
    aún no se ha
    todavía no se ha
    se ha retrasado
    non è ancora
    ainda não foi
    nog niet
    ещё не доставлено
    еще не доставлено
    まだ配信されていません
""")
# A line that says: what follows is the mail that came back.
COPY_MARKS = lines("""
    below this line is a copy
    this is a copy of
    this is the original message
    copy of your message
    copy of the message
    original message follows
    original message headers
    original message --
    original message is
    the original message
    header of the source mail
    headers of the message
    headers of your message
    message header
    message headers follow
    unsent message
    undelivered message follows
    text of your message
    body of the message
    start of original
    first 50 lines of your
    first part of
    returned message
    returned mail --
    return message
    old message
    rejected message follows
    your original message
    your message follows
    original mail
    original-nachricht
    ursprüngliche nachricht
    originalnachricht
    kopfzeilen der ursprünglichen
    message d'origine
    mensaje original
    messaggio originale
    mensagem original
    diagnostic information for administrators
    diagnoseinformationen für administratoren
""")

# Vacation answers as programs begin them: with a colon behind, they need no other sign.
VACATION_SUBJECTS = lines("""
    automatic reply
    automatic response
    auto reply
    auto-reply
    autoreply
    auto response
    auto-response
    autoresponse
    automated reply
    automated response
    out of office autoreply
    out of office auto-reply
    out of office auto reply
    out of office automatic reply
    out of office reply
    out of office message
    out of office notification
    out-of-office reply
    out of office
    out of the office
    out-of-office
    vacation reply
    vacation autoreply
    vacation message
    vacation response
    automatische antwort
    abwesenheitsnotiz
    abwesenheitsnachricht
    abwesenheitsmeldung
    abwesenheitsassistent
    automatische abwesenheitsnotiz
    automatische rückantwort
    automatisch antwoord
    automatisch bericht
    afwezigheidsbericht
    afwezigheidsmelding
    réponse automatique
    reponse automatique
    réponse automatique d'absence du bureau
    absence du bureau
    absent du bureau
    message d'absence
    notification d'absence
    respuesta automática
    respuesta automatica
    fuera de la oficina
    fuera de oficina
    resposta automàtica
    resposta automática
    resposta automatica
    fora do escritório
    ausência temporária
    risposta automatica
    fuori sede
    fuori ufficio
    automatiskt svar
    autosvar
    frånvaromeddelande
    automatisk svar
    automatisk svarmelding
    ikke til stede
    fraværsbesked
    fraværsmelding
    sjálfvirkt svar
    automaattinen vastaus
    poissa toimistosta
    poissaoloilmoitus
    poissaoloviesti
    odpowiedź automatyczna
    automatyczna odpowiedź
    automatická odpověď
    automaticka odpoved
    automatická odpoveď
    mimo kancelář
    mimo kancelárie
    automatikus válasz
    házon kívül
    răspuns automat
    raspuns automat
    în afara biroului
    samodejni odgovor
    automatski odgovor
    аутоматски одговор
    автоматический ответ
    автоответ
    автоматична відповідь
    автоматичен отговор
    автоматты жауап
    otomatik yanıt
    otomatik cevap
    ofis dışında
    αυτόματη απάντηση
    εκτός γραφείου
    automaatvastus
    automātiska atbilde
    automātiskā atbilde
    automatinis atsakymas
    erantzun automatikoa
    自动回复
    自动答复
    自動回覆
    自動回复
    自動返信
    自動応答
    不在通知
    不在時の自動
    자동 회신
    자동 응답
    부재 중
    부재중
    ตอบกลับอัตโนมัติ
    การตอบกลับอัตโนมัติ
    balasan otomatis
    balasan automatik
    trả lời tự động
    thư trả lời tự động
    स्वचालित उत्तर
    תשובה אוטומטית
    מענה אוטומטי
    رد تلقائي
    الرد التلقائي
    پاسخ خودکار
""")
# Said by people too: beside another sign of a machine these make an automatic answer a vacation answer.
VACATION_WORDS = lines("""
    vacation
    out of office
    out of the office
    out-of-office
    away from the office
    away from my desk
    away from my email
    not in the office
    on leave
    on holiday
    on annual leave
    parental leave
    maternity leave
    i am away
    i'm away
    i will be away
    i'll be away
    be out of town
    limited access to
    returning on
    will return on
    urlaub
    abwesen
    nicht im büro
    nicht im haus
    außer haus
    wieder erreichbar
    wieder im büro
    elternzeit
    afwezig
    niet aanwezig
    niet op kantoor
    op vakantie
    met verlof
    absent
    absence
    en congé
    en vacances
    de retour le
    fuera de la oficina
    fuera de oficina
    de vacaciones
    ausente
    estaré ausente
    fora do escritório
    de férias
    estarei ausente
    fuori ufficio
    fuori sede
    in ferie
    assente
    sarò assente
    på semester
    frånvarande
    inte på kontoret
    på ferie
    fraværende
    ikke på kontoret
    ikke til stede
    lomalla
    poissa
    na urlopie
    nieobecn
    poza biurem
    dovolen
    mimo kancelář
    nepřítom
    neprítom
    szabadság
    házon kívül
    în concediu
    na dopustu
    na odmoru
    na godišnjem
    в отпуске
    отпуск
    отсутств
    у відпустці
    в отпуска съм
    izinde
    ofis dışında
    σε άδεια
    εκτός γραφείου
    puhkusel
    atvaļinājum
    atostog
    í fríi
    休假
    不在
    休暇
    外出中
    부재
    휴가
    ลาพัก
    sedang cuti
    nghỉ phép
    בחופשה
    لست في المكتب
    في إجازة
    在休
    owner-email
    holiday
""")

# Receipts of Exchange and Outlook that carry no disposition part: the subject, and how the text begins.
RECEIPT_SUBJECTS = lines("""
    read:
    not read:
    gelesen:
    ungelesen gelöscht:
    nicht gelesen:
    lu :
    lu:
    non lu :
    non lu:
    leído:
    no leído:
    letto:
    non letto:
    lida:
    lido:
    não lida:
    gelezen:
    niet gelezen:
    läst:
    läs:
    oläst:
    læst:
    ikke læst:
    lest:
    ikke lest:
    luettu:
    ei luettu:
    przeczytane:
    przeczytano:
    nieprzeczytane:
    přečteno:
    nepřečteno:
    prečítané:
    olvasott:
    olvasatlan:
    citit:
    necitit:
    прочитано:
    прочтено:
    не прочитано:
    okundu:
    okunmadı:
    διαβάστηκε:
    開封済み:
    开封:
    已读:
    未读:
    讀取:
    읽음:
    נקרא:
    مقروءة:
""")
RECEIPT_TEXTS = lines("""
    your message
    ihre nachricht
    votre message
    su mensaje
    el mensaje
    il messaggio
    messaggio
    sua mensagem
    a sua mensagem
    uw bericht
    ditt meddelande
    din meddelelse
    meddelelsen
    viestisi
    twoja wiadomość
    wiadomość
    vaše zpráva
    zpráva
    vaša správa
    az ön üzenete
    üzenet
    mesajul
    ваше сообщение
    сообщение
    ваше повідомлення
    iletiniz
    το μήνυμά σας
    次のメッセージ
    您的邮件
    您的郵件
    사용자가 보낸
""")

# Programs that watch machines and write no field of their own.
ALERT_SUBJECTS = lines("""
    cron <
    anacron job
    logwatch for
    degradedarray event on
    fail event on
    *** security information for
    ** problem
    ** recovery
    ** acknowledgement
    smart error
    [fail2ban]
    unattended-upgrades result
    unattended upgrade
    postfix smtp server: errors from
    cloudwatch alarm
    alarm: "
""")
