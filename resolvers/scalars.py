"""The value types of the API, as resolvers and inputs name them; ``schema.scalars`` says how each is written."""

from decimal import Decimal
from typing import NewType

Yuan = NewType("Yuan", Decimal)
Rate = NewType("Rate", Decimal)
Uscc = NewType("Uscc", str)
RegionCode = NewType("RegionCode", str)
