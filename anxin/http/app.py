"""The ASGI application: one address for GraphQL and GraphiQL, the probes, and what stands around all requests."""

import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.schema import BaseSchema
from strawberry.types.unset import UNSET, UnsetType

from anxin.http import downloads, example_tabs, fast_path, graphiql, health
from anxin.http.authentication import Callers, language
from anxin.http.body_limits import BodyLimits
from anxin.http.endpoint import Endpoint
from anxin.http.fast_path import AtOnce
from anxin.processes import log
from anxin.processes.startup import CannotStart, open_services, read_settings
from core.actor import STRANGER
from core.errors import Unauthenticated
from core.settings import Settings
from resolvers.context import Context, Services
from schema import root
from schema.limits import trusted_documents


def create_app(settings: Settings | None = None, schema: BaseSchema | None = None) -> Starlette:
    """The application; its services open with its lifespan. `schema` stands in for ours in tests."""
    settings = settings or read_settings()
    log.configure(settings.log_format)
    api = schema or root.schema
    view = View(schema=api, page=graphiql.page)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[Mapping[str, AtOnce]]:
        _leave_with_parent()
        async with open_services(settings) as services:
            _check_documents(settings, api)
            app.state.services = services
            app.state.callers = view.callers = Callers(services)
            view.documents = services.documents
            reading = AtOnce(services, view.callers, api) if isinstance(api, root.Schema) else None
            setattr(app.state, fast_path.STATE, reading)
            yield {fast_path.STATE: reading} if reading and settings.fast_lane else {}
        log.flush()

    @cache
    def tabs() -> Mapping[str, object]:
        services: Services = app.state.services
        return example_tabs.tabs(services.rulesets.cities, settings.rules)

    app = Starlette(
        routes=[
            Route("/graphql", view),
            WebSocketRoute("/graphql", view),
            *graphiql.routes(tabs),
            *health.ROUTES,
            *downloads.ROUTES,
        ],
        middleware=[
            Middleware(fast_path.AnsweredAtOnce),
            Middleware(_PlainRefusal),
            Middleware(log.RequestLog),
            Middleware(BodyLimits),
            Middleware(GZipMiddleware, minimum_size=1024),
        ],
        lifespan=lifespan,
    )
    return app


def _check_documents(settings: Settings, api: BaseSchema) -> None:
    if settings.documents and isinstance(api, root.Schema):
        wrong = list(trusted_documents.problems(settings.documents, api.problems))
        if wrong:
            raise CannotStart("\n".join(["ANXIN_DOCUMENTS: these documents would be refused", *wrong]))


class Visit(Context):
    """A request's context. Over a WebSocket a browser cannot set headers: it sends them as `connection_params`."""

    connection_params: Mapping[str, Any] | None = None


class View(Endpoint[Visit]):
    """The endpoint that knows who asks."""

    callers: Callers

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Visit:
        services: Services = request.app.state.services
        at = datetime.now(UTC)
        actor = await self.callers.authenticated(request.headers.get("authorization"), at)
        if actor is STRANGER and request.headers.get("content-type", "").startswith("multipart/"):
            raise Unauthenticated  # before the body is read: nobody's files are taken in
        return Visit(
            services,
            actor=actor,
            at=at,
            request_id=request.state.request_id,
            language=language(request.headers.get("accept-language", "")),
        )

    async def on_ws_connect(self, context: Visit) -> UnsetType:
        params = context.connection_params or {}
        if authorization := params.get("Authorization") or params.get("authorization"):
            context.actor = await self.callers.authenticated(str(authorization), context.at)
        return UNSET


class _PlainRefusal:
    """Says why the services did not open in its own words, where Starlette would send a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def plain(message: Message) -> None:
            refusal = sys.exc_info()[1]
            if message["type"] == "lifespan.startup.failed" and isinstance(refusal, CannotStart):
                message = {**message, "message": str(refusal)}
            await send(message)

        try:
            await self.app(scope, receive, plain if scope["type"] == "lifespan" else send)
        except CannotStart:
            return  # the server was told


def _leave_with_parent() -> None:
    """A process that the server forked ends with it, though the server be killed without a word."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent").start()
