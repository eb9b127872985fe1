"""`python -m gateway` is `halo-mailgate`."""

from gateway.cli import main

main()
