"""Settings of HaloPSA for tests, and a clock that counts seconds as told."""

from config.settings import Halo


def halo_settings(url, **changes):
    given = {
        "url": url,
        "client_id": "gateway",
        "client_secret": "sandbox-secret",
        "dialect": "auto",
        "ambiguity_window": "180s",
        "timeout": "5s",
        "requests": 1_000_000,
    }
    return Halo.model_validate(given | changes)


class Watch:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now
