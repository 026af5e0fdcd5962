"""The materials of a submission, as clients name them."""

from collections.abc import Sequence

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from core.act import Act
from core.documents import actions
from core.documents.models import Document
from resolvers import ids


@strawberry.input(description="Files handed in as one material; upload each with `uploadFile` first (申请材料).")
class MaterialInput:
    code: str
    documents: list[strawberry.ID]


async def handed_in(session: AsyncSession, act: Act, materials: Sequence[MaterialInput]) -> dict[str, list[Document]]:
    """The documents behind the ids, by material; one material named twice is one list."""
    wanted: dict[str, list[int]] = {}
    for material in materials:
        wanted.setdefault(material.code, []).extend(ids.of(id, "Document") for id in material.documents)
    return await actions.handed_in(session, act, wanted)
