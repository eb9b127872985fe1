"""halo-mailgate: mail in, HaloPSA ticket out; each message exactly once, and you can always see why.

    mailbox ── octets ─► intake ─► ledger                       (imap/, maildir/, watching, intake, storage/)
                                     │ claim                    (worker)
                                   parse ─► ParsedEmail         pure: parsers/
                ledger, Halo ─►   gather ─► Facts               (facts, originator: evidence, standing, whose, routing)
                                   decide ─► Decision(reason)   pure: decide, rules/
                                     plan ─► Plan(steps)        pure: plan; stored once
           Halo, SMTP, ledger ◄─  perform ─► receipts           (perform, halo/, smtp/)
                                   settle ─► ledger, then       (worker)
                                  dispose ─► mailbox            (intake)

Three leaves know nothing of one another nor of this trunk: `parsers` knows mail, `storage` the ledger, `config` the
settings. Only the trunk knows IMAP, HaloPSA, SMTP and what a message means; only `app` names concrete adapters. Octets
are kept before anything else happens; an intent is on disk before its effect; the ledger is settled before the mailbox
is touched.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("halo-mailgate")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0+checkout"
