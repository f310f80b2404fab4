"""Tables of coloured cells: correlations, and how many data a month holds."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from landpda.report.charts.svg import element, picture

Cell = tuple[str, str] | None
"""Colour and words of a cell; None leaves it empty."""


def heatmap(
    rows: list[str],
    columns: list[str],
    cell: Callable[[int, int], Cell],
    *,
    label: str,
    side: tuple[float, float],
    left: float,
    foot: list[str] | None = None,
) -> Markup:
    """Cells by row and column.

    Args:
        rows: names on the left, from the top.
        columns: names above; an empty name leaves its place free.
        cell: row and column index → colour and words, shown when a pointer rests on the cell.
        label: what the chart shows, for those who cannot see it.
        side: width and height of a cell.
        left: room for the rows' names.
        foot: words at the right end of each row.
    """
    wide, high = side
    top = 20
    parts = []
    for j, name in enumerate(columns):
        if name:
            parts.append(element("text", name, x=left + (j + 0.5) * wide, y=top - 6, class_="tick", text_anchor="middle"))
    for i, name in enumerate(rows):
        y = top + i * high
        parts.append(element("text", name, x=left - 7, y=y + high / 2 + 4, class_="tick", text_anchor="end"))
        if foot:
            parts.append(element("text", foot[i], x=left + len(columns) * wide + 7, y=y + high / 2 + 4, class_="tick"))
        for j in range(len(columns)):
            found = cell(i, j)
            if found is not None:
                colour, words = found
                square = {"x": left + j * wide + 0.5, "y": y + 0.5, "width": wide - 1, "height": high - 1, "rx": 1.5}
                parts.append(element("rect", element("title", words), **square, fill=colour))
    return picture(left + len(columns) * wide + (70 if foot else 12), top + len(rows) * high + 4, label, *parts)
