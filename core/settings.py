"""Everything that can be set, read once at start from ``ANXIN_…`` variables (and ``DATABASE_URL``)."""

from datetime import timedelta
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    documents: Path | None = Field(None, description="A folder of trusted GraphQL documents, *.graphql.")
    strangers: str = Field(
        "open", pattern="^(open|listed)$", description="Which documents strangers may send: any, or the trusted ones."
    )
    mail: str = Field("console:", description="smtp://user:password@host:port, smtps://…, or console: to print.")
    mail_from: str = "安薪 <no-reply@anxin.invalid>"
    sms: str = Field("console:", description="Which gateway sends short messages; console: prints them.")
    host: str = "127.0.0.1"
    port: int = 8000
    session_idle: timedelta = Field(
        timedelta(minutes=30), ge=timedelta(minutes=1), description="A session unused for so long ends."
    )
    session_life: timedelta = Field(timedelta(hours=12), description="A session ends at the latest after so long.")
    fast_lane: bool = Field(False, description="Answer known reads in the server's protocol, before the application.")
    log_format: str = Field("text", pattern="^(text|json)$")
