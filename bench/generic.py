"""Our server without compiled plans, as a command: queries and acts go through graphql-core and data loaders."""

from typing import Any

from anxin import cli
from resolvers.reading.fallback import Fallback
from resolvers.reading.operations import Operation
from resolvers.reading.plans import Reader


def _refuse(*_: Any) -> Operation:
    raise Fallback("the bench asks for the generic way")


if __name__ == "__main__":
    Reader.operation = _refuse
    cli.main()
