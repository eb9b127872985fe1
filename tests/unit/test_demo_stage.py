"""The stage: its settings lead to its own servers, whatever the host says, and are written down as they are."""

from config.load import load
from gateway.demo.stage import on_stage


async def test_the_file_says_what_the_daemon_was_given(tmp_path):
    async with on_stage(tmp_path) as stage:
        assert load(stage.config) == stage.settings
        assert stage.settings.state == f"sqlite:///{tmp_path}/ledger.db"
        assert stage.settings.mailbox[0].port == stage.imap.port
        assert stage.settings.smtp.port == stage.smtp.port


async def test_the_environment_leads_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.setenv("HALO_MAILGATE_HALO__URL", "https://production.example")
    async with on_stage(tmp_path) as stage:
        assert stage.settings.halo.url.startswith("http://127.0.0.1:")
