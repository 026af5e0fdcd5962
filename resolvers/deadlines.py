"""Answers about alerts."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import select

from core.access import visible
from core.deadlines.models import Alert, AlertState
from core.paging import Order, Page
from core.projects.models import Project
from resolvers.context import Info
from resolvers.reading.lists import Listing

LISTING = Listing(Alert, [Order(Alert.id, descending=True)])


async def page(info: Info, first: int = 10, after: str | None = None, state: AlertState | None = None) -> Page[Alert]:
    where = [Alert.state == state.value] if state else []
    return await LISTING.page(info, first=first, after=after, where=where)


async def of_project(root: strawberry.Parent[Project], info: Info) -> Sequence[Alert]:
    async with info.context.db.read() as session:
        query = select(Alert).where(Alert.project_id == root.id, visible(Alert, info.context.actor))
        return (await session.scalars(query.order_by(Alert.id))).all()
