"""Bars of CPU time for a request, web process and PostgreSQL side by side, as SVG that is legible on light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 880
_LEFT, _RIGHT, _BAR, _GAP, _HEAD = 200, 190, 16, 8, 44
_BEYOND = 3
"""A bar that many times as long as the second longest is cut off."""
_STYLE = """
  .page { fill: #ffffff } .text { fill: #1f2328 } .soft { fill: #59636e }
  .web { fill: #0969da } .postgres { fill: #bf8700 } .cut { stroke: #ffffff; stroke-width: 3 }
  text { font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .text { fill: #e6edf3 } .soft { fill: #9198a1 }
    .web { fill: #4493f8 } .postgres { fill: #d29922 } .cut { stroke: #0d1117 }
  }"""


@dataclass(frozen=True)
class Bar:
    """CPU in microseconds; a note stands behind it."""

    label: str
    web: float
    postgres: float
    note: str = ""

    @property
    def total(self) -> float:
        return self.web + self.postgres


@dataclass(frozen=True)
class Panel:
    """Bars on one scale."""

    title: str
    bars: Sequence[Bar]

    @property
    def height(self) -> int:
        return _HEAD + len(self.bars) * (_BAR + _GAP)

    @property
    def longest(self) -> float:
        """What fills the width: the longest bar, unless it would make all others too short to see."""
        *_, second, first = sorted([0.0, *(bar.total for bar in self.bars)])
        return first if not second or first <= _BEYOND * second else second * 1.3


def draw(panels: Sequence[Panel]) -> str:
    """The panels, one below the other."""
    parts: list[str] = []
    top = 32
    for panel in panels:
        parts.append(f'<text x="24" y="{top + 22}" class="text title">{escape(panel.title)}</text>')
        for number, bar in enumerate(panel.bars):
            parts += _bar(bar, top + _HEAD - 8 + number * (_BAR + _GAP), panel.longest)
        top += panel.height
    legend = (
        f'<rect x="{_LEFT}" y="12" width="12" height="12" class="web"/><text x="{_LEFT + 18}" y="23" class="soft">'
        f'web process</text><rect x="{_LEFT + 120}" y="12" width="12" height="12" class="postgres"/>'
        f'<text x="{_LEFT + 138}" y="23" class="soft">PostgreSQL</text>'
        f'<text x="{_LEFT + 230}" y="23" class="soft">CPU time for a request, µs; shorter is better</text>'
    )
    height = top + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
        f'<style>{_STYLE}\n</style>\n<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>\n'
        + "\n".join([legend, *parts])
        + "\n</svg>\n"
    )


def _bar(bar: Bar, y: int, longest: float) -> list[str]:
    room = WIDTH - _LEFT - _RIGHT
    whole = room * min(bar.total / longest, 1)
    web = min(room * bar.web / longest, whole)
    end = _LEFT + whole
    said = f"{bar.total:,.0f} µs{f' · {bar.note}' if bar.note else ''}"
    parts = [
        f'<text x="{_LEFT - 10}" y="{y + 13}" class="text" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect x="{_LEFT}" y="{y}" width="{web:.1f}" height="{_BAR}" class="web"/>',
        f'<rect x="{_LEFT + web:.1f}" y="{y}" width="{whole - web:.1f}" height="{_BAR}" class="postgres"/>',
        f'<text x="{end + 10:.1f}" y="{y + 13}" class="soft">{escape(said)}</text>',
    ]
    if bar.total > longest:
        parts.append(f'<path d="M{end - 24:.1f} {y + _BAR + 2} l8 -{_BAR + 4}" class="cut"/>')
    return parts
