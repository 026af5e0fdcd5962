"""What commands that work on the database have in common; of ours nothing is imported before it is needed
(``anxin.commands.main``)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from resolvers.context import Services

Result = TypeVar("Result")


def run_with_services(do: "Callable[[Services], Awaitable[Result]]") -> Result:
    from anxin.processes.startup import open_services, read_settings

    async def run() -> Result:
        async with open_services(read_settings()) as services:
            return await do(services)

    return asyncio.run(run())


def refuse(sentence: str) -> NoReturn:
    typer.echo(f"anxin: {sentence}", err=True)
    raise SystemExit(1)
