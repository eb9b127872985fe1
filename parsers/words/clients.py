"""The marks that mail clients leave on the HTML of what they quote and of the signatures they add.

Promises: tables of class names, ids and names, nothing else; a client is added here and nowhere else.
Knows nothing of how HTML is searched.
"""

from __future__ import annotations

from parsers.words.tables import words

# Elements that hold the quotation; what comes after them was written by the sender (below the quotation).
HOLDERS_BY_CLASS = words(
    "gmail_quote gmail_quote_container yahoo_quoted protonmail_quote moz-cite-prefix zmail_extra tutanota_quote "
    "ms-outlook-mobile-reference-message front-blockquote freshdesk_quote hs_quote sh-quoted-content missive_quote "
    "clean_bq cm_quote quoted-mail mb-quote zd-comment-quote intercom-quote mimestream-quote history_container"
)
HOLDERS_BY_ID = words(
    "yahoo_quoted OLK_SRC_BODY_SECTION mail-editor-reference-message-container isReplyContent reply-intro qt "
    "blockquote_zmail edo-original isForwardContent mb-reply"
)
# The sender can write into these, between what they quote.
WRITTEN_INTO = words("gmail_quote gmail_quote_container gmail_extra")
HOLDERS_BY_NAME = words("quote messageReplySection")
HOLDERS_BY_MARKER = words("__QUOTED_TEXT__ __HEADERS__ __DIVIDER__")
# Elements that only head the quotation: everything after them belongs to it.
HEADS_BY_ID = words("divRplyFwdMsg replySplit zwchr stopSpelling ecxstopSpelling originalMessageHeader")
# Heads only where a header block or a line follows, because clients leave them behind in new mails as well.
WEAK_HEADS_BY_ID = words("appendonsend")
SIGNATURES_BY_CLASS = words(
    "gmail_signature moz-signature protonmail_signature_block gmail_signature_prefix sh-signature front-signature "
    "bloop_sign cm_signature tutanota_signature"
)
SIGNATURES_BY_ID = words("ms-outlook-mobile-signature AppleMailSignature composer_signature Signature mb-signature")
SIGNATURES_BY_NAME = words("messageSignatureSection")
