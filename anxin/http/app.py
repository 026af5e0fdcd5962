"""The ASGI application: one address for GraphQL and GraphiQL, the probes, and what stands around all requests."""

import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from multiprocessing import parent_process
from multiprocessing.connection import wait

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.schema import BaseSchema

from anxin.http import demo_log_ins, downloads, errors, example_tabs, graphiql, health, index, metrics
from anxin.http.authentication import Authenticator
from anxin.http.body_limits import BodyLimits
from anxin.http.endpoint import PATHS, Endpoint
from anxin.http.headers import takes_gzip
from anxin.http.response_headers import ResponseHeaders
from anxin.http.responses import COMPRESSED
from anxin.processes import log
from anxin.processes.startup import CannotStart, open_services, read_settings
from anxin.processes.tracing import Tracing, open_tracing
from core.settings import Settings
from resolvers.context import Services
from schema import root
from schema.limits import trusted_documents


class Application(Starlette):
    """Every request passes the same middlewares, in this order: headers of the answer (CORS among them), the request's
    id and log line, limits. Then GraphQL's go to the endpoint, and others to their routes."""

    endpoint: ASGIApp
    """Opened with the lifespan."""
    settings: Settings
    tracing: Tracing | None

    def build_middleware_stack(self) -> ASGIApp:
        app = _Gzip(super().build_middleware_stack())
        app = BodyLimits(_ByPath(self, app), graphql_paths=PATHS)
        observe = metrics.observer(lambda: self.state.services.db) if self.settings.metrics_token else None
        app = ResponseHeaders(log.RequestLog(app, observe), self.settings.origins)
        return _PlainRefusal(self.tracing.wrap(app) if self.tracing else app)


def create_app(settings: Settings | None = None, schema: BaseSchema | None = None) -> Application:
    """The application; its services open with its lifespan. `schema` stands in for ours in tests."""
    settings = settings or read_settings()
    log.configure(settings.log_format)
    api = schema or root.schema

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncGenerator[None]:
        _leave_with_parent()
        async with open_services(settings) as opened:
            _check_documents(settings, api)
            app.state.services = services = _list_documents(opened) if settings.strangers == "listed" else opened
            app.state.authenticator = authenticator = Authenticator(services)
            if app.tracing:
                app.tracing.start(services.db)
            app.endpoint = Endpoint(api, services, authenticator, page=graphiql.page, origins=settings.origins)
            try:
                yield
            finally:
                if app.tracing:
                    app.tracing.close()
        log.flush()

    @cache
    def tabs() -> Mapping[str, object]:
        return example_tabs.offer(app.state.services)

    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    routes = [
        *index.ROUTES,
        *graphiql.routes(tabs),
        *demo_log_ins.routes(settings.var),
        *health.ROUTES,
        *downloads.ROUTES,
        *metrics.routes(token),
    ]
    app = Application(routes=routes, lifespan=lifespan, exception_handlers=errors.HANDLERS)
    app.settings, app.tracing = settings, open_tracing()
    return app


def _list_documents(services: Services) -> Services:
    """With the documents of the example tabs among the trusted ones, and all of them among what strangers may send."""
    examples = trusted_documents.by_hash(tab["query"] for tab in example_tabs.tabs(services))
    documents = {**services.documents, **examples}
    return replace(services, documents=documents, listed=trusted_documents.for_strangers(documents.values()))


def _check_documents(settings: Settings, api: BaseSchema) -> None:
    if settings.documents and isinstance(api, root.Schema):
        wrong = list(trusted_documents.problems(settings.documents, api.problems))
        if wrong:
            raise CannotStart("\n".join(["ANXIN_DOCUMENTS: these documents would be refused", *wrong]))


class _ByPath:
    """Compares two paths, where a router would try each of its routes."""

    def __init__(self, app: Application, others: ASGIApp) -> None:
        self.app, self.others = app, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] in PATHS:
            await self.app.endpoint(scope, receive, send)
        else:
            await self.others(scope, receive, send)


class _Gzip:
    """Starlette's compression, for all but GraphQL's answers; to it `gzip;q=0` would be a yes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = GZipMiddleware(app, minimum_size=COMPRESSED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not takes_gzip(dict(scope["headers"]).get(b"accept-encoding", b"")):
            without = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
            scope = {**scope, "headers": without}
        await self.app(scope, receive, send)


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
