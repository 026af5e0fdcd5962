"""Everything that can be set, read once at start from ``ANXIN_…`` variables (and ``DATABASE_URL``)."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network: TypeAlias = IPv4Network | IPv6Network
_ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")
_DEFAULT_PORT = re.compile(r"http:.*:80|https:.*:443")


class Settings(BaseSettings):
    """Defaults serve a laptop: embedded database, files under ``var/``, messages on the console."""

    model_config = SettingsConfigDict(env_prefix="ANXIN_", env_ignore_empty=True, frozen=True, populate_by_name=True)

    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "ANXIN_DATABASE_URL"),
        description="PostgreSQL, e.g. postgresql://user:password@host/anxin; none starts the embedded server.",
    )
    var: Path = Field(Path("var"), description="Where the embedded database and the files live.")
    files: str | None = Field(
        None, description="A folder or s3:// address for uploads; the folder var/files by default."
    )
    rules: Path | None = Field(None, description="Another folder of rulesets beside the shipped one.")
    served_rules: str | None = Field(
        None, description="Which stored rulesets are in force; `anxin serve` says so to the processes it begins."
    )
    documents: Path | None = Field(
        None, description="A folder of further trusted GraphQL documents, *.graphql, beside the shipped ones."
    )
    strangers: str = Field(
        "listed",
        pattern="^(open|listed)$",
        description="Which documents strangers may send: the trusted ones and the examples, or any.",
    )
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Other sites whose pages may use the API, as browsers send them in Origin, by commas."
    )
    proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of reverse proxies, by commas, whose X-Forwarded-For tells who asks; "
        "nobody else's is believed.",
    )
    mail: str = Field("console:", description="smtp://user:password@host:port, smtps://…, or console: to print.")
    mail_from: str = "安薪 <no-reply@anxin.invalid>"
    sms: str = Field("console:", description="https://host/path, console: to print, or what a plugin answers to.")
    sms_templates: Path | None = Field(None, description="For https: the file with the provider's templates.")
    sms_key: str | None = Field(None, description="For https: the name of the secret, sent beside the signature.")
    sms_secret: SecretStr | None = Field(None, min_length=16, description="For https: requests are signed by it.")
    sms_token: SecretStr | None = Field(None, min_length=16, description="For https: in place of a signature.")
    host: str = "127.0.0.1"
    port: int = 8000
    session_idle: timedelta = Field(
        timedelta(minutes=30), ge=timedelta(minutes=1), description="A session unused for so long ends."
    )
    session_life: timedelta = Field(timedelta(hours=12), description="A session ends at the latest after so long.")
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Who brings it reads /metrics; without it there is no such place."
    )
    audit_key: SecretStr | None = Field(
        None,
        description="The private key that signs the audit chains' heads: the file `anxin audit key` made, or its text.",
    )
    audit_heads: str | None = Field(
        None, description="Where the worker writes the signed heads every hour: a file, or s3://bucket/prefix."
    )
    log_format: str = Field("text", pattern="^(text|json)$")

    @field_validator("origins", "proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin) or _DEFAULT_PORT.fullmatch(origin):
                raise PydanticCustomError(
                    "origin",
                    "{origin} is no origin as browsers send it; write scheme, host and, where it is not the usual one, "
                    "port, in small letters and without a slash at the end: https://app.example.cn",
                    {"origin": origin},
                )
        return origins
