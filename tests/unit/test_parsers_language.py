"""The language of short mails, as people write them to a support desk."""

from __future__ import annotations

import pytest

from parsers import parse
from parsers.language import LANGUAGES, language_of

MAILS = """
en Hi, my printer does not print since this morning. Could you help please?
en Hello, we cannot log in any more. Thanks, Anna
en Please reset my password.
en The VPN is down again and nobody can work.
en Dear support, I have not received the invoice for March.
en Can you add a new user for us? Start date is Monday.
en thanks, it works now
en Any news on this?
de Hallo, der Drucker druckt seit heute Morgen nicht mehr. Können Sie bitte helfen?
de Guten Tag, wir können uns nicht mehr anmelden. Viele Grüße, Anna
de Bitte setzen Sie mein Passwort zurück.
de Das VPN ist schon wieder weg und niemand kann arbeiten.
de Sehr geehrte Damen und Herren, ich habe die Rechnung für März nicht erhalten.
de Könnten Sie einen neuen Benutzer für uns anlegen?
de Danke, es geht wieder.
de Gibt es hier schon etwas Neues?
fr Bonjour, l'imprimante ne fonctionne plus depuis ce matin. Pouvez-vous nous aider ?
fr Bonjour, nous ne pouvons plus nous connecter. Merci, Anna
fr Merci de réinitialiser mon mot de passe.
fr Le VPN est encore tombé et personne ne peut travailler.
fr Madame, Monsieur, je n'ai pas reçu la facture du mois de mars.
fr Pouvez-vous créer un nouvel utilisateur pour nous ?
fr Merci, ça marche à nouveau.
es Hola, la impresora no imprime desde esta mañana. ¿Pueden ayudarnos, por favor?
es Buenos días, no podemos iniciar sesión. Gracias, Ana
es Por favor, restablezcan mi contraseña.
es La VPN se ha caído otra vez y nadie puede trabajar.
es Estimados señores, no he recibido la factura de marzo.
es ¿Pueden crear un usuario nuevo para nosotros?
es Muchas gracias, ya funciona.
it Buongiorno, la stampante non stampa da questa mattina. Potete aiutarci?
it Salve, non riusciamo più ad accedere. Grazie, Anna
it Per favore reimpostate la mia password.
it La VPN è di nuovo ferma e nessuno può lavorare.
it Gentile assistenza, non ho ricevuto la fattura di marzo.
it Potete creare un nuovo utente per noi?
it Grazie mille, ora funziona.
nl Hallo, de printer print niet meer sinds vanochtend. Kunnen jullie helpen?
nl Goedemorgen, we kunnen niet meer inloggen. Bedankt, Anna
nl Graag mijn wachtwoord opnieuw instellen.
nl De VPN ligt er weer uit en niemand kan werken.
nl Geachte heer, ik heb de factuur van maart niet ontvangen.
nl Kunt u een nieuwe gebruiker voor ons aanmaken?
nl Bedankt, het werkt weer.
pt Olá, a impressora não imprime desde esta manhã. Podem ajudar, por favor?
pt Bom dia, não conseguimos entrar no sistema. Obrigada, Ana
pt Por favor, reponham a minha senha.
pt A VPN caiu outra vez e ninguém pode trabalhar.
pt Prezados, não recebi a fatura de março.
pt Podem criar um novo utilizador para nós?
pt Obrigado, já está a funcionar.
pl Dzień dobry, drukarka nie drukuje od dziś rana. Czy możecie pomóc?
pl Witam, nie możemy się zalogować. Pozdrawiam, Anna
pl Proszę o zresetowanie mojego hasła.
pl VPN znowu nie działa i nikt nie może pracować.
pl Szanowni Państwo, nie otrzymałem faktury za marzec.
pl Czy można dodać nowego użytkownika?
pl Dziękuję, już działa.
sv Hej, skrivaren skriver inte ut sedan i morse. Kan ni hjälpa till?
sv God morgon, vi kan inte logga in längre. Tack, Anna
sv Vänligen återställ mitt lösenord.
sv VPN ligger nere igen och ingen kan arbeta.
sv Jag har inte fått fakturan för mars.
sv Kan ni lägga till en ny användare för oss?
sv Tack, det fungerar igen.
da Hej, printeren har ikke virket siden i morges. Kan I hjælpe?
da Godmorgen, vi kan ikke logge ind mere. Tak, Anna
da Venligst nulstil min adgangskode.
da VPN er nede igen, og ingen kan arbejde.
da Jeg har ikke modtaget fakturaen for marts.
da Kan I oprette en ny bruger til os?
da Tak, det virker igen.
"""
CASES = [tuple(line.split(" ", 1)) for line in MAILS.strip().splitlines()]
UNSURE = [
    "",
    "OK",
    "asap",
    "1234 5678",
    "VPN",
    "Anna Berg",
    "??",
    "Привет, принтер не работает",
    "プリンタが動きません",
]


def test_short_mails_are_told_apart():
    found = [(language, language_of(text), text) for language, text in CASES]
    wrong = [one for one in found if one[1] not in {one[0], None}]
    right = sum(one[0] == one[1] for one in found)
    print(f"{right} of {len(found)} right, wrong {len(wrong)}, unsure {len(found) - right - len(wrong)}")
    assert wrong == []
    assert right >= 0.9 * len(found)
    assert {language for language, _ in CASES} == set(LANGUAGES)


@pytest.mark.parametrize("text", UNSURE)
def test_where_words_do_not_tell_nothing_is_said(text):
    assert language_of(text) is None


def test_the_quotation_does_not_count_and_a_field_alone_is_not_believed():
    octets = (
        "Content-Type: text/plain; charset=utf-8\r\nContent-Language: en-US\r\nSubject: Re: Printer\r\n\r\n"
        "Danke, das geht jetzt wieder und wir können drucken.\r\n\r\n"
        "On Mon, 2 Mar 2026 at 09:00, Support <s@acme.example> wrote:\r\n"
        "> Hello, thank you for your message. We have received it and you can reply to this when you like.\r\n"
    ).encode()
    assert parse(octets).language == "de"


def test_hostile_text_takes_no_time():
    assert language_of("the " * 1_000_000) == "en"
    assert language_of("x" * 5_000_000) is None
