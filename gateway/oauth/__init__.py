"""OAuth 2.0 for mail: `grants` says what is asked for, `tokens` asks and keeps, `sasl` says it to a mail server."""
