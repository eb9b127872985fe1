"""Mail in from a Maildir: `source` is the door, `numbers` gives files the lasting numbers that the ledger needs."""
