"""Of several operations in a document, the one that runs is named: Strawberry would run the first."""

from collections.abc import Iterator

from graphql import OperationDefinitionNode
from strawberry.extensions import SchemaExtension

from schema.error_codes import ErrorCode, coded

_SENTENCES = {
    "zh": "文档中有多个操作，请以 operationName 指明要执行哪一个。",
    "en": "The document has several operations; name the one to run as operationName.",
}


class OperationNamed(SchemaExtension):
    """Refuses to choose (GraphQL, 6.1), whatever the transport."""

    def on_validate(self) -> Iterator[None]:
        operation = self.execution_context
        document = operation.graphql_document
        # Strawberry's public name for it gives the first operation's where none was sent.
        named = operation._provided_operation_name  # pyright: ignore[reportPrivateUsage]
        if document is not None and named is None and not operation.pre_execution_errors:
            operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
            if len(operations) > 1:
                language = getattr(operation.context, "language", "zh")
                operation.pre_execution_errors = [coded(ErrorCode.BAD_USER_INPUT, _SENTENCES[language])]
        yield
