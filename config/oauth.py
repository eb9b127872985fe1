"""How a mailbox or the mail server is logged in to with OAuth 2.0 instead of a password.

Promises: each provider's addresses and scopes are filled in; what a grant needs and has not is told by `missing`. Knows
nothing of how a token is asked for.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from pydantic import Field, SecretStr

from config.kinds import CaFile, Line, TokenUrl
from config.policy import Section

MICROSOFT = "https://login.microsoftonline.com/{}/oauth2/v2.0/{}"
DELEGATED = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
APPLICATION = "https://outlook.office365.com/.default"
GOOGLE = "https://oauth2.googleapis.com/token"
GOOGLE_CONSENT = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_MAIL = "https://mail.google.com/"


class OAuth(Section):
    """OAuth 2.0 in place of a password."""

    provider: Literal["microsoft", "google", "custom"] = Field(
        description='"microsoft" (365), "google" (Workspace) or "custom".', examples=["microsoft"]
    )
    grant: Literal["client_credentials", "service_account", "refresh_token"] = Field(
        default="client_credentials",
        description='"client_credentials" (Microsoft: an application with a secret or a certificate), '
        '"service_account" (Google, domain-wide delegation) or "refresh_token" (a person consented: `mailbox login`).',
    )
    tenant: Line = Field(
        default="", description="Microsoft: directory (tenant) ID or domain.", examples=["acme.example"]
    )
    client_id: Line = Field(
        default="", description="ID of the application.", examples=["00000000-0000-0000-0000-000000000000"]
    )
    client_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Its secret. Better kept in the credential mailbox-NAME-client-secret (smtp-client-secret).",
    )
    certificate: CaFile | None = Field(
        default=None,
        description="PEM file with certificate and private key, instead of a secret.",
        examples=["/etc/halo-mailgate/app.pem"],
    )
    service_account: CaFile | None = Field(
        default=None,
        description="Google: the JSON key file of the service account.",
        examples=["/etc/halo-mailgate/google.json"],
    )
    refresh_token: SecretStr = Field(
        default=SecretStr(""),
        description="A refresh token, or the credential mailbox-NAME-refresh-token (smtp-refresh-token); `mailbox "
        "login` keeps one in the ledger.",
    )
    scope: Line = Field(default="", description="What to ask for, if not what mail needs at the provider.")
    token_url: TokenUrl = Field(default="", description='Where tokens are given out; needed for "custom".')
    device_url: TokenUrl = Field(
        default="", description="Where `mailbox login` begins (RFC 8628), if there is such a place."
    )
    authorize_url: TokenUrl = Field(
        default="",
        description="Where a browser begins (`mailbox login --browser`), if not at the provider's.",
    )
    mechanism: Literal["auto", "xoauth2", "oauthbearer"] = Field(
        default="auto",
        description='SASL mechanism: "xoauth2", "oauthbearer" (RFC 7628), or "auto" by what the server has.',
    )
    ca_file: CaFile | None = Field(default=None, description="PEM file of authorities to trust for the token's server.")

    @property
    def token_at(self) -> str:
        """The token endpoint."""
        if self.token_url or self.provider == "custom":
            return self.token_url
        return MICROSOFT.format(quote(self.tenant), "token") if self.provider == "microsoft" else GOOGLE

    @property
    def device_at(self) -> str:
        """The device authorisation endpoint; "" if there is none for mail (Google allows no mail scope there)."""
        if self.device_url or self.provider != "microsoft":
            return self.device_url
        return MICROSOFT.format(quote(self.tenant), "devicecode")

    @property
    def authorize_at(self) -> str:
        """Where a browser begins; "" if nobody said."""
        if self.authorize_url or self.provider == "custom":
            return self.authorize_url
        return MICROSOFT.format(quote(self.tenant), "authorize") if self.provider == "microsoft" else GOOGLE_CONSENT

    @property
    def scopes(self) -> str:
        """What is asked for."""
        if self.scope:
            return self.scope
        if self.provider == "google":
            return GOOGLE_MAIL
        if self.provider == "custom":
            return ""
        return APPLICATION if self.grant == "client_credentials" else DELEGATED


def missing(values: dict[str, object]) -> tuple[str, str] | None:
    """The key that a grant needs and has not, and the cure; of values that may not be checked yet."""
    provider, grant = values.get("provider"), values.get("grant", "client_credentials")
    if provider == "microsoft" and not values.get("tenant") and not values.get("token_url"):
        return "tenant", "write the directory (tenant) ID of Microsoft 365, or its domain"
    if provider == "custom" and not values.get("token_url"):
        return "token_url", "write the address that gives out tokens"
    if grant == "service_account":
        return (
            None
            if values.get("service_account")
            else ("service_account", "name the JSON key file of the service account")
        )
    if not values.get("client_id"):
        return "client_id", "write the ID of the application"
    if grant == "client_credentials" and provider == "google":
        return "grant", 'Google has no such grant for mail: write "service_account" or "refresh_token"'
    return None
