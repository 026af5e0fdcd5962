"""The materials of a submission, as clients name them."""

from collections.abc import Sequence

import strawberry

from resolvers import ids


@strawberry.input(description="Files handed in as one material; upload each with `uploadFile` first (申请材料).")
class MaterialInput:
    code: str
    documents: list[strawberry.ID]


def document_ids(materials: Sequence[MaterialInput]) -> dict[str, list[int]]:
    """The ids of the documents, by material; one material named twice is one list."""
    wanted: dict[str, list[int]] = {}
    for material in materials:
        found = [ids.decode_as(id, "Document", ("materials", material.code)) for id in material.documents]
        wanted.setdefault(material.code, []).extend(found)
    return wanted
