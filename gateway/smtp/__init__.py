"""Mail out: acknowledgements to senders, alerts to operators (RFC 5321, 3834)."""
