"""Enumerations of inputs that the domain keeps as text."""

from enum import Enum

import strawberry


@strawberry.enum(description="What a one-time code is for.")
class CodePurpose(Enum):
    REGISTER = "register"
    LOG_IN = "log_in"


@strawberry.enum(description="How a message reaches a person.")
class MessageChannel(Enum):
    SMS = "sms"
    EMAIL = "email"
