"""Doing a business act once: one transaction, one idempotency key, one result."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from inspect import Parameter, Signature, signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast, get_args

from core import idempotency
from core.act import Act
from core.actor import Actor
from core.db import persist
from core.errors import DomainError, InvalidInput
from resolvers import ids
from resolvers.city_fields import by_path
from resolvers.context import Context, Info
from resolvers.inputs import names_in, plain, set_place, tidy_texts

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class RequestedAct(Act):
    """An act that a client asks for, and the request it came with."""

    context: Context
    successors: list[Actor] = field(default_factory=list[Actor])

    def go_on_as(self, actor: Actor) -> None:
        """Once this act is done, what follows in the same document is asked for by that actor."""
        self.successors.append(actor)


def act(
    resolver: Callable[Concatenate[RequestedAct, Arguments], Coroutine[Any, Any, Result | DomainError]],
) -> Callable[Concatenate[Info, Arguments], Coroutine[Any, Any, Result]]:
    """A decorator for resolvers of mutations: what one does is one transaction, and with an ``idempotencyKey`` in its
    input it is done once. An ``expectedRevision`` becomes the act's, which expects it of the row it changes.

    A refusal that is raised leaves no trace; one that is returned is raised after the commit, so that what has to be
    remembered of a wrong try stays.
    """
    stated = signature(resolver)
    result = _result_of(stated.return_annotation)

    async def do_once(info: Info, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        key = getattr(kwargs.get("input"), "idempotency_key", None)
        said = _stated_beside(kwargs.get("input"))
        request: Mapping[str, Any] = {} if key is None else plain(kwargs["input"])

        async def do(act: RequestedAct) -> Result | DomainError:
            return await resolver(replace(act, **said), *args, **kwargs)

        return await perform(info, result, do, key=key, request=request)

    async def resolve(info: Info, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            if "input" in kwargs:
                tidy_texts(kwargs["input"])
            return await do_once(info, *args, **kwargs)
        except DomainError as refused:
            if isinstance(refused, InvalidInput) and refused.reason == "id" and not refused.path:
                refused.path = ids.place_of(refused, kwargs["input"])
            if "input" in kwargs:
                set_place(refused, type(kwargs["input"]))
            raise

    _, *arguments = stated.parameters.values()
    info = Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)
    setattr(resolve, "__signature__", Signature([info, *arguments], return_annotation=result))  # noqa: B010 -- as inspect knows it
    resolve.__name__, resolve.__doc__, resolve.__module__ = resolver.__name__, resolver.__doc__, resolver.__module__
    return resolve


def _stated_beside(input: Any) -> Mapping[str, Any]:
    """What an input states for whatever act it is."""
    if input is None:
        return {}
    kind = cast("type[Any]", type(input))
    return {
        "expected_revision": getattr(input, "expected_revision", None),
        "city_fields": by_path(getattr(input, "city_fields", None) or ()),
        "input_fields": names_in(kind),
    }


class Steps:
    """The transactions of a request that is not done in one. What was done in one stays, whatever is raised later."""

    def __init__(self, context: Context, input: Any = None) -> None:
        """With the ``input``, whose texts are written as they are kept."""
        self.context = context
        if input is not None:
            tidy_texts(input)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[RequestedAct]:
        context = self.context
        async with context.db.write() as session:
            yield RequestedAct(
                session, context.rulesets, context.actor, context.at, context.request_id, context=context
            )
        context.loaders.clear()  # what follows in this document must not be answered with what was read before it

    def go_on_as(self, actor: Actor) -> None:
        """What follows in the same document is asked for by that actor."""
        self.context.actor = actor


async def perform(
    info: Info,
    result: type[Result],
    do: Callable[[RequestedAct], Coroutine[Any, Any, Result | DomainError]],
    *,
    key: str | None,
    request: Mapping[str, Any],
) -> Result:
    """Have ``do`` done in a transaction. With a ``key``, the same ``request`` again gives the row that the first one
    brought, and changes nothing: for it is waited, while the database is away, and tried again. Raises DatabaseAway."""

    async def once() -> Result:
        async with Steps(info.context).begin() as act:
            if key is None:
                found = await do(act)
            else:
                claimed = await idempotency.claim(act, key, {info.field_name: request})
                if claimed.result_id is not None:
                    return await act.session.get_one(result, claimed.result_id)
                found: Any = await do(act)
                await act.session.flush()
                claimed.result_type, claimed.result_id = result.__name__, found.id
        for actor in act.successors:
            info.context.actor = actor
        if isinstance(found, DomainError):
            raise found
        return found

    return await once() if key is None else await persist(once)


def _result_of(annotation: Any) -> Any:
    """What is returned but for refusals."""
    [result] = [kind for kind in get_args(annotation) or (annotation,) if not issubclass(kind, DomainError)]
    return result
