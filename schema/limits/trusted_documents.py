"""Trusted documents: known by the hash of their text, so that a client sends their id; strangers send no others.

Some ship with the platform, what a stranger needs to come in; others stand in a folder of the operator's, for the
frontends' own pages. Each has a second id, the name of its file, which stays when the text changes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from graphql import FieldNode, GraphQLError, Visitor, parse, visit
from strawberry.extensions import SchemaExtension

from core.messages import Message
from resolvers.context import Context
from schema.error_codes import ErrorCode, code_error

_INTROSPECTION = ("__schema", "__type")


def shipped_folder() -> Path:
    """The folder of those that come with this installation."""
    with as_file(files("schema.limits") / "documents") as folder:
        return folder


def texts(folder: Path) -> Mapping[Path, str]:
    """The documents of a folder, by their files `*.graphql`.

    Raises OSError for a folder or a file that cannot be read, ValueError for one that is not UTF-8.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    return {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.graphql"))}


def by_id(folder: Path) -> Mapping[str, str]:
    """The same by their ids, as in GraphQL over HTTP: `sha256:` and 64 hex digits, and the name of the file."""
    found = texts(folder)
    return {**by_hash(found.values()), **{path.stem: text for path, text in found.items()}}


def by_hash(documents: Iterable[str]) -> Mapping[str, str]:
    return {document_id(text): text for text in documents}


def document_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def problems(folder: Path, check: Callable[[str], Sequence[GraphQLError]]) -> Iterator[str]:
    """What is wrong with the folder's documents, each with its file and line."""
    for path, text in texts(folder).items():
        for error in check(text):
            line = error.locations[0].line if error.locations else 1
            yield f"{path}:{line}: {error.message}"


def for_strangers(documents: Iterable[str]) -> frozenset[str]:
    """Those that do not introspect: what the schema is, strangers are told by no document."""
    return frozenset(text for text in documents if not _introspects(text))


def _introspects(text: str) -> bool:
    if not any(name in text for name in _INTROSPECTION):  # spares reading most of them
        return False
    finder = _Introspection()
    visit(parse(text), finder)
    return finder.found


class _Introspection(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.found = self.found or node.name.value in _INTROSPECTION


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
