"""What no fact can be, wherever it comes from: an amount or a count below nothing, a share of more than the whole."""

from decimal import Decimal

from core.decisions import Kind
from core.messages import Message
from core.money import rate_text


def find_excess(kind: str, value: object, *, label: str, field: str) -> Message | None:
    """What is wrong with a value of that kind, by the label a ruleset gives it and the name of its field."""
    match kind, value:
        case ((Kind.MONEY | Kind.INTEGER), Decimal() | int()) if value < 0:
            return Message("field.negative", label=label, field=field, value=str(value))
        case Kind.RATE, Decimal() | int() if not 0 <= value <= 1:
            return Message("field.rate", label=label, field=field, value=rate_text(Decimal(value)))
        case _:
            return None
