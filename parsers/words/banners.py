"""What mail gateways put above mails from outside: `CAUTION: This email originated from outside …`, in many languages.

Promises: tables of words in lower case, nothing else; a language is added here and nowhere else.
Knows nothing of how lines are searched.
"""

from __future__ import annotations

# The whole first line, but for brackets, stars and marks around it.
LABELS = frozenset(
    {
        "external", "external email", "external e-mail", "external mail", "external message", "external sender", "ext",
        "extern", "externe e-mail", "externe mail", "externer absender", "externe nachricht", "extern e-post",
        "externe", "externe email", "expéditeur externe", "message externe", "courriel externe", "mail externe",
        "externo", "correo externo", "remitente externo", "mensaje externo", "e-mail externo", "remetente externo",
        "esterno", "mittente esterno", "e-mail esterna", "messaggio esterno", "externe afzender", "extern bericht",
        "extern avsändare", "ekstern", "ekstern afsender", "ekstern avsender", "ulkoinen", "ulkoinen viesti",
        "zewnętrzny", "nadawca zewnętrzny", "wiadomość zewnętrzna", "externí", "externí odesílatel", "külső",
        "külső feladó", "expeditor extern", "внешний отправитель", "внешнее письмо", "внешняя почта",
        "зовнішній відправник", "harici", "harici e-posta", "dış kaynak", "εξωτερικό", "外部邮件", "外部郵件",
        "外部メール", "社外メール", "외부 메일", "caution: external email", "warning: external email",
        "caution external email", "external email - caution", "email from external sender",
        "this email is from an external sender", "this message is from an external sender",
        "caution: external", "warning: external", "external content", "untrusted sender",
    }
)  # fmt: skip
# How a warning of several lines begins …
WARNINGS = (
    "caution", "warning", "attention", "external", "[external", "notice", "alert", "be careful", "think before",
    "this email originated", "this message originated", "this e-mail originated", "this email was sent from outside",
    "this message was sent from outside", "this message came from outside", "this email came from outside",
    "this sender", "you don't often get email from", "you don’t often get email from",
    "some people who received this message", "zjqcmqryfpfptbanner", "this message is from an external",
    "this email is from an external", "achtung", "vorsicht", "warnung", "hinweis", "sicherheitshinweis", "extern",
    "diese e-mail stammt", "diese e-mail kommt", "diese nachricht stammt", "diese nachricht kommt",
    "sie erhalten nicht häufig", "sie erhalten nicht oft", "einige personen, die diese nachricht",
    "avertissement", "prudence", "mise en garde", "cet e-mail provient", "ce message provient", "ce courriel provient",
    "vous ne recevez pas souvent", "vous n'obtenez pas souvent", "vous n’obtenez pas souvent", "precaución", "aviso",
    "atención", "advertencia", "cuidado", "este correo", "este mensaje", "no suele recibir", "no recibe con frecuencia",
    "atenção", "esta mensagem", "este e-mail", "você não costuma receber", "não é frequente receber",
    "attenzione", "avviso", "questa e-mail", "questo messaggio", "non si ricevono spesso", "non ricevi spesso",
    "let op", "waarschuwing", "opgelet", "deze e-mail", "dit bericht", "u ontvangt niet vaak", "varning", "observera",
    "detta e-post", "detta meddelande", "du får inte ofta", "advarsel", "obs", "denne e-mail", "denne mail",
    "denne e-posten", "du får ikke ofte", "varoitus", "huomio", "huom", "tämä viesti", "tämä sähköposti", "et saa usein",
    "uwaga", "ostrzeżenie", "ta wiadomość", "nie często otrzymujesz", "upozornění", "pozor", "varování", "tento e-mail",
    "tato zpráva", "neodesílá vám", "upozornenie", "figyelem", "figyelmeztetés", "vigyázat", "atenție", "avertisment",
    "внимание", "осторожно", "предупреждение", "увага", "обережно", "dikkat", "uyarı", "προσοχή", "upozorenje", "pažnja",
    "opozorilo", "tähelepanu", "hoiatus", "dėmesio", "uzmanību", "警告", "注意", "外部", "【外部", "[外部", "경고", "주의",
    "외부", "perhatian", "peringatan", "cảnh báo", "chú ý", "คำเตือน", "אזהרה", "זהירות", "تحذير", "تنبيه",
)  # fmt: skip
# … and what it then says.
OUTSIDE = (
    "outside of the", "outside the", "outside of your", "outside your", "outside of our", "outside our",
    "from outside", "external sender", "external source", "external email", "external e-mail", "external address",
    "external to", "externally", "an external", "often get email from", "außerhalb", "externen absender",
    "externer absender", "externe e-mail", "externe mail", "externen quelle", "von extern", "erhalten nicht häufig",
    "erhalten nicht oft", "extérieur", "expéditeur externe", "source externe", "recevez pas souvent",
    "obtenez pas souvent", "fuera de", "remitente externo", "externo a", "origen externo", "suele recibir",
    "recibe con frecuencia", "fora da", "fora do", "remetente externo", "costuma receber", "frequente receber",
    "dall'esterno", "dall’esterno", "esterno all", "esterna all", "mittente esterno", "ricevono spesso",
    "ricevi spesso", "buiten de organisatie", "buiten uw", "buiten onze", "van buiten", "externe afzender",
    "ontvangt niet vaak", "extern avsändare", "utanför", "utifrån", "inte ofta", "ekstern afsender", "udefra",
    "uden for", "udenfor", "ikke ofte", "ekstern avsender", "utenfor", "utenfra", "ulkopuolelta", "ulkoiselta",
    "ulkoisesta", "saa usein", "spoza", "zewnętrzn", "często otrzymujesz", "mimo organizaci", "mimo vaši", "zvenčí",
    "externího", "mimo vašej", "mimo organizácie", "externého", "szervezeten kívül", "külső", "din afara", "din exterior",
    "внешнего отправителя", "внешнего источника", "из-за пределов", "вне организации", "зовнішн", "поза межами",
    "извън", "външен", "dışından", "dışarıdan", "harici", "εκτός", "εξωτερικ", "izvan", "vanjsk", "zunanj",
    "väljastpoolt", "išorės", "ne iš organizacijos", "ārpus", "组织外部", "外部发件人", "外部寄件", "外部网络", "公司外部",
    "組織外", "社外", "外部から", "외부에서", "외부 발신", "조직 외부", "luar organisasi", "bên ngoài", "ภายนอก",
    "מחוץ לארגון", "חיצוני", "خارج المؤسسة", "خارج المنظمة", "من خارج",
)  # fmt: skip
# The second sentence of such a warning, when it stands in a line of its own.
ADVICE = (
    "do not click", "don't click", "do not open", "don't open", "exercise caution", "use caution", "please be careful",
    "learn why this is important", "be cautious", "unless you recognize", "unless you recognise", "unless you trust",
    "klicken sie", "öffnen sie keine", "erfahren sie, warum", "seien sie vorsichtig", "warum dies wichtig", "ne cliquez",
    "n'ouvrez", "n’ouvrez", "découvrez pourquoi", "no haga clic", "no abra", "por qué es esto", "por qué esto es",
    "não clique", "não abra", "saiba por que", "saiba mais", "non cliccare", "non fare clic", "non aprire",
    "informazioni sul perché", "klik niet", "open geen", "waarom dit belangrijk", "klicka inte", "öppna inte",
    "varför det här är", "klik ikke", "åbn ikke", "klikk ikke", "åpne ikke", "älä avaa", "älä klikkaa",
    "nie klikaj", "nie otwieraj", "neklikejte", "neotvírejte", "ne kattintson", "nu faceți clic", "не переходите",
    "не открывайте", "не відкривайте", "tıklamayın", "açmayın", "请勿点击", "請勿點擊", "クリックしない", "開かない",
    "클릭하지", "열지 마",
)  # fmt: skip
# Whose outside is meant: without advice a warning is one only if it says so.
ORGANISATION = (
    "organi", "company", "corporat", "network", "enterprise", "university", "institution", "often get email",
    "unternehm", "firma", "firmen", "hochschule", "häufig", "entreprise", "société", "souvent", "empresa", "compañía",
    "suele", "azienda", "società", "aziend", "spesso", "bedrijf", "vaak", "företag", "ofta", "virksomhed", "virksomhet",
    "ofte", "yritys", "yrityksen", "usein", "společnost", "spoločnos", "firmy", "często", "szervezet", "cég", "компани",
    "організац", "kurum", "şirket", "οργανισμ", "εταιρ", "tvrtk", "podjet", "组织", "公司", "組織", "社", "회사", "조직",
    "perusahaan", "tổ chức", "công ty", "องค์กร", "ארגון", "المؤسسة", "المنظمة", "الشركة",
)  # fmt: skip
