"""Trusted documents: known by the hash of their text, so that a client sends their id; a setting limits strangers to
them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from core.messages import Message
from resolvers.context import Context
from schema.error_codes import ErrorCode, code_error


def texts(folder: Path) -> Mapping[Path, str]:
    """The documents of a folder, by their files `*.graphql`.

    Raises OSError for a folder or a file that cannot be read, ValueError for one that is not UTF-8.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))}


def by_id(folder: Path) -> Mapping[str, str]:
    """The same by their ids, as in GraphQL over HTTP: `sha256:` and 64 hex digits."""
    return {document_id(text): text for text in texts(folder).values()}


def document_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def problems(folder: Path, check: Callable[[str], Sequence[GraphQLError]]) -> Iterator[str]:
    """What is wrong with the folder's documents, each with its file and line."""
    for path, text in texts(folder).items():
        for error in check(text):
            line = error.locations[0].line if error.locations else 1
            yield f"{path}:{line}: {error.message}"


class StrangersListed(SchemaExtension):
    """Turns a stranger's document away that is not on the list, where the settings say so. It is not told what it
    would have meant: with the list the schema, too, is nobody's business."""

    def on_validate(self) -> Iterator[None]:
        operation = self.execution_context
        context: Context = operation.context
        stranger = context.actor.account_id is None
        if (
            stranger
            and context.services.settings.strangers == "listed"
            and operation.query not in context.services.listed
        ):
            message = Message("request.not_listed").text(context.language)
            operation.pre_execution_errors = [code_error(ErrorCode.FORBIDDEN, message)]
        yield
