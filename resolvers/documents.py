"""Taking files in."""

from collections.abc import AsyncIterator

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from core.db import DatabaseAway
from core.documents import actions
from core.documents.models import Document
from core.errors import NotFound
from core.identity import sessions
from resolvers import ids
from resolvers.context import Info
from resolvers.fields import computed
from resolvers.transactions import RequestedAct, perform

CHUNK = 256 * 1024


@strawberry.input(description="A file to be handed in with a submission later (上传文件).")
class UploadFileInput:
    city: str
    file: Upload
    idempotency_key: str | None = None


async def upload(info: Info, input: UploadFileInput) -> Document:
    """Stored first, then put on record; what did not come on record, a repeated request's file too, is removed."""
    context = info.context
    ruleset = context.rulesets.of_case(input.city)
    if ruleset is context.rulesets.national:  # which is no city
        raise NotFound("Ruleset", input.city)
    file: UploadFile = input.file  # pyright: ignore[reportAssignmentType] -- the scalar is bytes by name only
    name = file.filename or ""
    stored = await actions.store(context.services.files, context.actor, ruleset, _chunks(file), on=context.on)
    kept: str | None = None
    certain = True

    async def enter(act: RequestedAct) -> Document:
        await sessions.must_hold(act)  # the file may have been minutes under way
        return await actions.enter(act, ruleset, stored, name)

    try:
        request = {"city": ruleset.city, "name": name, "sha256": stored.sha256}  # of the file itself there is no text
        document = await perform(info, Document, enter, key=input.idempotency_key, request=request)
        kept = document.key
    except DatabaseAway as away:
        certain = not away.outcome_unknown  # a file too many is better than one that is on record and gone
        raise
    finally:
        if certain and kept != stored.key:
            await context.services.files.delete(stored.key)
    return document


@computed("id")
def download_url(root: strawberry.Parent[Document]) -> str:
    return f"/files/{ids.encode('Document', root.id)}"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)  # another field of the same request may have read it
    while chunk := await file.read(CHUNK):
        yield chunk
