"""Plain tables for the terminal: they can be read, copied and grepped."""

from __future__ import annotations

import math
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need, numbers to the right.

    >>> print(table(["stream", "r2"], [["nbe", "0.85"], ["lai", "0.9"]]))
    stream    r2
    nbe     0.85
    lai      0.9
    """
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    lines = (
        [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True)]
        for row in (header, *rows)
    )
    return "\n".join("  ".join(line).rstrip() for line in lines)


def number(value: float, digits: int = 3) -> str:
    """A number with so many digits that count; a dash where there is none.

    >>> number(0.123456), number(float("nan")), number(1234.5)
    ('0.123', '-', '1234')
    """
    if math.isnan(value):
        return "-"
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < 1e6 else text


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in ("", "-")
    return True
