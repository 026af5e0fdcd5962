"""Taking files in, and finding those a submission names."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from itertools import chain

from sqlalchemy import select

from core.access import Concerning, visible
from core.act import Act
from core.actor import Actor, Role
from core.audit import trail
from core.documents.models import Document
from core.errors import InvalidInput, NotApplicable, NotFound, Unauthenticated
from core.files import FileStore, StoredFile, safe_name
from core.rulesets.ruleset import Ruleset

Materials = Mapping[str, Sequence[Document]]
"""The files of a submission, by the material they are handed in as."""
_FOR_THEIR_OWN = (Role.HANDLER, Role.INSTITUTION_STAFF)
"""Who uploads for their organisation: their colleagues see the file at once."""


async def store(
    store: FileStore, actor: Actor, ruleset: Ruleset, chunks: AsyncIterator[bytes], *, on: date
) -> StoredFile:
    """Stream a file into the store under the city's limits. Raises FileTooLarge or FileTypeRefused, leaving nothing."""
    if actor.account_id is None:
        raise Unauthenticated
    most: int = ruleset.value("documents.max_mb", on)
    accepted = frozenset[str](ruleset.value("documents.media_types", on))
    return await store.put(chunks, most_bytes=most * 1024 * 1024, accepted=accepted)


async def enter(act: Act, ruleset: Ruleset, stored: StoredFile, name: str) -> Document:
    """Put a stored file on record, for a handler's enterprise or an institution; anybody else's is seen by nobody but
    them until it is handed in."""
    document = Document(
        id=await act.new_id(Document),
        region_code=ruleset.own.ruleset.region,
        applicant_id=act.actor.organization_id if act.actor.role in _FOR_THEIR_OWN else None,
        name=safe_name(name, stored.media_type),
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        key=stored.key,
        uploaded_by_id=act.actor.account_id or 0,
        uploaded_at=act.at,
        rounds=[],
    )
    act.insert(document)
    trail.record(act, "document.upload", document, after={"name": document.name, "sha256": document.sha256})
    return document


async def find(act: Act, materials: Mapping[str, Sequence[int]]) -> Materials:
    """The documents a submission names, by material. Raises NotFound for one that is not the caller's, and InvalidInput
    for one that is named twice: a file is one material, once."""
    wanted = [id for ids in materials.values() for id in ids]
    if len(set(wanted)) < len(wanted):
        raise InvalidInput(("materials",), "document_twice")
    mine = select(Document).where(Document.id.in_(wanted), visible(Document, act.actor)).with_for_update()
    known = {document.id: document for document in await act.session.scalars(mine)} if wanted else {}
    for id in wanted:
        if id not in known:
            raise NotFound("Document", str(id))
    return {material: [known[id] for id in ids] for material, ids in materials.items()}


def must_be_free(files: Materials, subject_type: str, subject_id: int | None) -> None:
    """Raises NotApplicable for a file that is part of another case: what was handed in stays where it was."""
    for document in chain.from_iterable(files.values()):
        if document.subject_id is not None and (document.subject_type, document.subject_id) != (
            subject_type,
            subject_id,
        ):
            raise NotApplicable("Document", str(document.id), "handed_in_elsewhere", name=document.name)


def hand_over(files: Materials, case: Concerning, subject_id: int, *, round: int, office_id: int | None) -> None:
    """The files belong to the case and its applicant from now on, as papers of this round, and its offices see them."""
    for material, documents in files.items():
        for document in documents:
            document.material, document.subject_type, document.subject_id = material, type(case).__name__, subject_id
            document.applicant_id, document.authority_id = case.applicant_id, case.authority_id
            document.office_id = office_id
            document.rounds = [*(kept for kept in document.rounds if kept != round), round]
