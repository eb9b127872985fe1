"""Mail in over IMAP: `source` is the door, `session` the connection, `protocol` the octets; aioimaplib ends here."""
