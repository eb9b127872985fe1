"""What people say who only give thanks, in the languages of support desks: words in lower case, accents as written."""

from __future__ import annotations

from parsers.words.tables import words

THANKS = words(
    """
    thanks thank thx tnx ty cheers merci danke dank dankeschön dankeschoen vielendank bedankt dankjewel dankuwel
    gracias grazie obrigado obrigada obrigadíssimo dziękuję dzięki dziekuje dzieki děkuji děkuju díky diky dekuji ďakujem
    dakujem vďaka köszönöm köszi köszönjük kiitos tack takk tak hvala zahvaljujem mulțumesc multumesc mersi спасибо
    благодарю дякую благодаря ευχαριστώ ευχαριστούμε teşekkürler teşekkür tesekkurler sağol תודה شكرا terima
    ありがとう ありがとうございます ありがとうございました 谢谢 謝謝 感谢 감사합니다 고맙습니다 धन्यवाद ขอบคุณ cảm aitäh paldies ačiū eskerrik moltes gràcies
    appreciated appreciate
    """
)
"""One of these has to be there."""

BESIDE = words(
    """
    you so much mange kasih ơn very a lot many again all it this that that's is was be has been have works work working worked now fine
    perfect perfectly great good super excellent brilliant awesome solved fixed resolved sorted done ok okay received got
    for your the quick fast prompt help support reply response assistance and we i i'm am really happy again both team
    everyone everybody hi hello dear kind best regards wishes have nice lovely day weekend evening one
    vielen herzlichen besten lieben schönen tag abend wochenende hat funktioniert alles klar bestens jetzt geht wieder es
    für die schnelle hilfe ihre eure unterstützung antwort rückmeldung und sehr gut passt so das ist erledigt gelöst
    mit freundlichen freundliche grüßen grüsse grüße viele liebe hallo guten morgen an ihnen euch dir
    beaucoup bien pour votre aide bonne journée soirée c'est parfait cordialement bonjour tout fonctionne maintenant ça
    muchas mil por su ayuda todo bien funciona ahora perfecto saludos hola buen día molte mille tutto bene ora funziona
    perfetto saluti muito obg tudo certo funcionando agora ótimo abraço hartelijk veel voor de hulp snelle groet
    groeten werkt nu weer top prima met vriendelijke je wel u så mye tusen mycket hälsningar hilsen med vänliga bardzo za
    pomoc pozdrawiam wszystko działa moc velmi za вам большое огромное всё все работает çok ederim ettim お世話になります
    """
)
"""These may stand beside it; names, numbers and anything else make it a message of its own."""
