"""What it costs to write an area: the lines of a patch that say nothing of the area itself.

A logical line is a statement, however many lines it takes. Counted are imports; decorators, unless they carry words of
their own (a description, a column's name); the classes ``Queries`` and ``Mutations``, which only collect; names that
SQLAlchemy and Alembic are told again; and every line that the patch adds to what was there: a layer, a word of the
glossary or the vocabulary, the place in the API. Not counted are what is new (a class, a table, a function, by its
first name), its fields, columns, constraints and docstrings, the steps of the business, and tests.
"""

import ast
import re
from collections.abc import Iterator, Mapping

_COLLECTING = {"Queries", "Mutations"}
_NAMES_AGAIN = {"__tablename__", "revision", "down_revision"}


def changed_files(patch: str) -> Mapping[str, tuple[bool, list[str]]]:
    """By path: whether the patch makes the file, and the lines that it adds."""
    files: dict[str, tuple[bool, list[str]]] = {}
    for part in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
        head, *hunks = re.split(r"^@@.*$\n", part, flags=re.MULTILINE)
        added = [line[1:] for hunk in hunks for line in hunk.splitlines() if line.startswith("+")]
        files[head.split()[1].removeprefix("b/")] = ("\nnew file mode" in head, added)
    return files


def ceremony(patch: str) -> Mapping[str, int]:
    """How many logical lines of ceremony the patch has, by file; tests have none."""
    files = {path: file for path, file in changed_files(patch).items() if not path.startswith("tests/")}
    return {path: len(list(_ceremony(added)) if is_new else added) for path, (is_new, added) in files.items()}


def _ceremony(lines: list[str]) -> Iterator[ast.AST]:
    for node in ast.walk(ast.parse("\n".join(lines))):
        match node:
            case ast.Import() | ast.ImportFrom():
                yield node
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from (decorator for decorator in node.decorator_list if not _has_words(decorator))
                if node.name in _COLLECTING:
                    yield node
            case ast.Assign(targets=[ast.Name(id=name)]) if name in _NAMES_AGAIN:
                yield node
            case _:
                pass


def _has_words(decorator: ast.expr) -> bool:
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(decorator))
