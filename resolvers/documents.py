"""Taking files in."""

from collections.abc import AsyncIterator

import strawberry
from starlette.datastructures import UploadFile
from strawberry.file_uploads import Upload

from core.documents import actions
from core.documents.models import Document
from resolvers import ids
from resolvers.context import Info

CHUNK = 256 * 1024


@strawberry.input(description="A file to be handed in with a submission later.")
class UploadFileInput:
    city: str = strawberry.field(description="The city whose limits apply: `benxi` or `210500`.")
    file: Upload = strawberry.field(description="PDF, OFD, JPEG or PNG, as the city's `documents.media_types` say.")


async def upload(info: Info, input: UploadFileInput) -> Document:
    context = info.context
    ruleset = context.rulesets.of(input.city)
    file: UploadFile = input.file  # pyright: ignore[reportAssignmentType] -- the scalar is bytes by name only
    stored = await actions.store(context.house.files, context.act, ruleset, _chunks(file))
    try:
        async with context.db.write() as session:
            return await actions.enter(session, context.act, ruleset, stored, file.filename or "")
    except BaseException:
        await context.house.files.delete(stored.key)
        raise


def download_url(root: strawberry.Parent[Document]) -> str:
    return f"/files/{ids.made('Document', root.id)}"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk
