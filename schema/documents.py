"""Files handed in."""

from datetime import datetime

import strawberry

from core.documents import models
from resolvers import documents
from schema.fields import Node, answered_by, represents
from schema.mutations import mutation


@strawberry.type(description="An uploaded file.")
@represents(models.Document)
class Document(Node):
    name: str = strawberry.field(description="The name it was handed in under, made safe to show.")
    media_type: str = strawberry.field(description="By content, not by name.")
    size: int = strawberry.field(description="Bytes.")
    sha256: str = strawberry.field(description="Of the content, in hex.")
    material: str | None = strawberry.field(description="As which material it was handed in.")
    uploaded_at: datetime
    download_url: str = answered_by(documents.download_url, "Path on this server; send the same Authorization header.")


@strawberry.type
class DocumentMutations:
    upload_file = mutation(documents.upload, "Take a file in, by the GraphQL multipart request specification.")
