"""Our server without compiled plans, as a command: queries and acts go through graphql-core and data loaders."""

from typing import Any

from anxin.commands import main
from resolvers.compiler.executor import Reader
from resolvers.compiler.fallback import Fallback
from resolvers.compiler.operations import Operation


def _refuse(*_: Any) -> Operation:
    raise Fallback("the bench asks for the generic way")


if __name__ == "__main__":
    Reader.operation = _refuse
    main.main()
