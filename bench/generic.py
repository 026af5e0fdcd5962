"""Our server without compiled plans, as a command: queries and acts go through graphql-core and data loaders."""

from typing import Any

from anxin.commands import main
from resolvers.compiler import Fallback, Operation, QueryExecutor


def _refuse(*_: Any) -> Operation:
    raise Fallback("the bench asks for the generic way")


if __name__ == "__main__":
    QueryExecutor.find_operation = _refuse
    main.main()
