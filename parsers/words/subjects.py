"""What mail clients of many languages put before the subject of an answer or of a mail that is passed on.

Promises: tables of words in lower case without a full stop at the end, nothing else; a language is added here and
nowhere else. Knows nothing of how subjects are read.
"""

from __future__ import annotations

from parsers.words.tables import words

REPLY_PREFIXES = words(
    "re aw antw antwort sv svar vs odp res resp rif r ref réf rép rv-re ynt yan yanıt cvp atb ats bls balas tl "
    "odg odgovor vá válasz răsp răspuns отв ответ відп відповідь отг адк одг απ απάντηση σχετ תגובה השב רד رد "
    "الرد پاسخ جواب 回复 回覆 答复 答覆 回 返信 답장 회신 ตอบ ตอบกลับ odpověď odpoveď vast vastus svör respuesta "
    "risposta réponse resposta antwoord vastaus odpowiedź beantw erantz"
) | {"trả lời"}
FORWARD_PREFIXES = words(
    "fwd fw fvw forwarded wg wtr wtrlt weitergeleitet weiterl tr transf transfert transféré rv reenv renv "
    "reenviado reenvio reenviar reenviat i inoltro inoltra inoltrato inol enc encam encaminhado encaminhada "
    "encaminhar vl vb doorst doorsturen doorgestuurd dg pd fs vid vidb vidarebef videresend videresendt "
    "vidarebefordrat vidaresend trs terusan meneruskan diteruskan maju ilt ilet iletilen yönlendirme továbbítás "
    "tovább tov továb továbbított redir redirecționat înaintat пересл пересыл пер пересил переслано препр "
    "препратено прослеђено πρθ προωθ προωθημένο הועבר תועבר إعادة-توجيه تحويل ارسال 转发 轉寄 轉發 转 轉 転送 "
    "전달 ส่งต่อ chuyển edasi ed edastatud pārsūt pārsūtīts persiųsti persiųsta persiunt pers pārs posr "
    "posredovano proslj prosl proslijeđeno prosleđeno předat přepos přeposláno prep prepos preposlané preposlaná "
    "framsent framsenda áfr birb"
) | {"chuyển tiếp", "podaj dalej", "przekaż dalej", "إعادة توجيه"}
# An answer in Finnish (vastaus) and Estonian (vastus), a forward in Danish and Norwegian (videresendt).
AMBIGUOUS = "vs"
