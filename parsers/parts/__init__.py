"""The parts of a mail: octets to a tree (`structure`), the tree to texts and attachments (`content`)."""
