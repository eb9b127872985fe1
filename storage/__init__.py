"""The ledger: what happened to each message, durably.

Promises: what a method returned from is on disk; each state change is one transaction and checked by a table; a message
that was kept stays until somebody forgets it. Fails with `storage.errors`. Knows nothing of mail, tickets or HTTP: its
nouns are key, state, step, marker, receipt, an opaque plan, and opaque numbers of the other side.
"""
