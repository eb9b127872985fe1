"""Words that mails of a language are full of, to tell languages apart.

Promises: tables of words in lower case, nothing else; a language is added here and nowhere else. Words that several
languages have stand with each of them. It is longer than a room because it is data.
"""

from __future__ import annotations

COMMON: dict[str, str] = {
    "en": """the and you we please thank thanks hello hi is are was not this that with for have has had can could our my
        your when it does do dear regards problem since but they there been would from what which how an of to any get
        still after before cannot i'm can't don't doesn't won't best kind help need working morning today""",
    "de": """der die das und ist sind war nicht ich wir sie bitte danke hallo mit für haben habe hat kann können unser
        unsere mein meine ihr ihre wenn es guten tag grüße grüßen seit mehr auf dem den ein eine einen zu zum von auch
        noch aber wie was bei nach im am wird werden mich uns liebe sehr geehrte freundlichen viele leider heute morgen""",
    "fr": """le la les et est sont pas je nous vous merci bonjour avec pour avoir avons ai peut pouvez notre mon ma votre
        quand il elle ne cordialement depuis plus sur un une de du des au aux dans ce cette que qui mais bien être j'ai
        c'est n'est d'un l'on s'il plaît même bonne journée aujourd'hui salutations""",
    "es": """el la los las y es son no por favor gracias hola con para tengo tenemos tiene puede pueden nuestro nuestra mi
        su cuando saludos desde más en un una de del que buenos buenas días tardes pero está se me nos lo al como hay
        muchas cordiales estimados hoy también""",
    "it": """il lo la gli le e è sono non per favore grazie buongiorno salve ciao con ho abbiamo ha può potete nostro nostra
        mio mia vostro quando saluti da dal più su un una di del della che cordiali ma si mi ci al nel questa questo
        anche oggi distinti gentile""",
    "nl": """de het een en is zijn was niet ik wij we u graag bedankt dank hallo met voor heb hebben heeft kan kunnen onze
        mijn uw wanneer groet groeten sinds meer op van dat te er maar naar om deze dit als ook nog vriendelijke beste
        geachte alvast goedemorgen vandaag""",
    "pt": """o a os as e é são não por favor obrigado obrigada olá com para tenho temos tem pode podem nosso nossa meu minha
        seu sua quando cumprimentos desde mais em no na um uma de do da que bom dia boa tarde mas está se me nos ao
        atenciosamente hoje também você""",
    "pl": """i w na nie jest są się proszę dziękuję dzień dobry witam z ze dla mam mamy ma może można nasz nasza mój moja
        kiedy pozdrawiam od już do że to ale jak co po przez o czy tylko poważaniem państwo dzisiaj""",
    "sv": """och är inte jag vi ni du tack hej med för har kan vår vårt min mitt er när hälsningar sedan mer på en ett att
        det den som av till men om från vänliga vänligen det idag någon fungerar ska""",
    "da": """og er ikke jeg vi i du tak hej med for har kan vores min mit jeres når hilsen hilsner siden mere på en et at
        det den som af til men om fra venlig venligst dag noget virker skal kære""",
}
