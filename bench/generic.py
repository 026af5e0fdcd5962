"""Our server without compiled reading, as a command: every query goes through graphql-core and data loaders."""

from typing import Any

from anxin import cli
from resolvers.reading.fallback import Fallback
from resolvers.reading.plans import Reader


async def _refuse(*_: Any) -> bytes:
    raise Fallback("the bench asks for the generic way")


if __name__ == "__main__":
    Reader.answer = _refuse
    cli.main()
