"""What an operator may decide, declared once (`settings`), gathered from file, environment and credentials (`load`).

A leaf: it knows nothing of mail, of the ledger or of the gateway.
"""
