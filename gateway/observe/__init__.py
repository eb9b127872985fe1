"""What operators see of the daemon from outside: the mail log, systemd's notifications, the log's form."""
