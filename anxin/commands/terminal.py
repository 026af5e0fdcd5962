"""What the commands for rulesets say to the person at the terminal: plain Chinese, and exit code 1 for trouble."""

import difflib
from collections.abc import Sequence
from datetime import date
from typing import NoReturn

import typer

from core.rulesets.language.diagnostics import Diagnostic


def fail(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line)
    raise typer.Exit(1)


def refuse(problems: Sequence[Diagnostic]) -> None:
    """Every problem once, then the end."""
    if problems:
        fail(*dict.fromkeys(map(str, problems)), f"共 {len(set(problems))} 个问题")


def suggest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"，是不是 {near[0]}？" if near else ""


def parse_day(text: str | None) -> date:
    """Today where nothing is written."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        fail(f"“{text}”不是日期；写成 2025-01-15")
