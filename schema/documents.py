"""Files handed in."""

from datetime import datetime

from core.documents import models
from resolvers import documents, warnings
from schema.decisions import Violation
from schema.fields import Node, answered_by, mutation, represents


@represents(models.Document, "An uploaded file (附件).")
class Document(Node):
    name: str
    media_type: str
    size: int
    sha256: str
    material: str | None
    uploaded_at: datetime
    download_url: str = answered_by(documents.download_url)
    warnings: list[Violation] = answered_by(warnings.none)


class Mutations:
    upload_file = mutation(
        documents.upload, "Take a file in, by the GraphQL multipart request specification (上传文件)."
    )
