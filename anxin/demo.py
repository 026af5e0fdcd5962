"""`anxin demo`: example data."""

from core.settings import Settings


def settings_of(settings: Settings) -> Settings:
    """Its own database and messages, under var/demo."""
    var = settings.var / "demo"
    messages = f"folder:{var / 'messages'}"
    return settings.model_copy(update={"database_url": None, "var": var, "mail": messages, "sms": messages})


def prepare(settings: Settings, address: str) -> None:
    raise NotImplementedError
