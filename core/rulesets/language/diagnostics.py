"""What is wrong with a ruleset, where, why, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Diagnostic:
    """One finding. ``line`` and ``column`` count from 1; ``path`` is empty when the file could not be read at all.

    One that ``warns`` may be meant: it is told, and the ruleset is used.
    """

    file: str
    line: int
    column: int
    path: str
    code: str
    message: str
    remedy: str
    warns: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        said = f"{self.path + ': ' if self.path else ''}{self.message}；{self.remedy} [{self.code}]"
        return f"{where}: {'提示：' if self.warns else ''}{said}"


class RulesetInvalid(Exception):
    """A ruleset that cannot be used, with every reason found.

    ``sound`` is what is left of a file without the entries that are out of shape, for looking further; None where
    nothing is.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], sound: object = None) -> None:
        self.sound = sound
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: (d.file, d.line, d.column)))
        super().__init__("\n".join(map(str, self.diagnostics)))
