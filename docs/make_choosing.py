"""Write docs/choosing.md: the cards of all methods as one table, beside what was measured of each.

    python docs/make_choosing.py

The words come from the methods' own docstrings, the numbers from `benchmarks/results/comparison_*.csv`, which `landpda compare`
left; the rest of the page is `templates/choosing.md`. A test compares the page with what this makes.
"""

from __future__ import annotations

import csv
import inspect
import math
import re
from pathlib import Path

from landpda.core.registry import card, discover
from landpda.core.types import Exact, Gives, Needs
from landpda.methods.method import Method

HERE = Path(__file__).parent
RESULTS = HERE.parent / "benchmarks" / "results"
FAMILIES = ("optimise", "pareto", "ensemble", "approximate", "sample", "filter")
TITLES = {
    "optimise": "Minimise",
    "pareto": "Several objectives",
    "ensemble": "Ensemble",
    "approximate": "Approximate",
    "sample": "Sample",
    "filter": "Filter",
}
NEEDS = {
    Needs.FORWARD: "runs",
    Needs.GRADIENT: "gradient",
    Needs.LEAST_SQUARES: "Jacobian",
    Needs.STEPPING: "steps",
}
GIVES = {
    Gives.POINT: "point",
    Gives.GAUSSIAN: "Gaussian",
    Gives.SAMPLES: "samples",
    Gives.REGION: "region",
    Gives.FRONT: "front",
}
EXACT = {Exact.ALWAYS: "in the limit", Exact.LINEAR: "if linear", Exact.NEVER: "no"}


def page() -> str:
    """The whole page."""
    text = (HERE / "templates" / "choosing.md").read_text(encoding="utf-8")
    text = text.replace("{{ cards }}", cards())
    return re.sub(r"\{\{ measured (\w+) \}\}", lambda found: measured(RESULTS / f"comparison_{found[1]}.csv"), text)


def cards() -> str:
    """A table for each family."""
    methods = discover("landpda.methods", Method)
    parts = []
    for family in FAMILIES:
        rows = [row(method) for method in methods.values() if f".{family}." in method.__module__]
        header = "| method | idea | needs | gives | exact | costs | fails | source |\n|---|---|---|---|---|---|---|---|"
        parts.append(f"### {TITLES[family]}\n\n{header}\n" + "\n".join(rows))
    return "\n\n".join(parts)


def row(method: type[Method]) -> str:
    """A method in one line."""
    idea = re.split(r"(?<=\.)\s", card(method))[0]
    cells = [
        f"`{method.name}`",
        idea,
        ", ".join(word for flag, word in NEEDS.items() if flag in method.needs),
        ", ".join(word for flag, word in GIVES.items() if flag in method.gives),
        EXACT[method.exact],
        sentence(method, "Costs"),
        sentence(method, "Fails"),
        f"[{method.source}]",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def sentence(method: type[Method], word: str) -> str:
    """What a card says under a word, without the word."""
    words = " ".join((inspect.getdoc(method) or "").split("Args:")[0].split())
    found = re.search(rf"\b{word}\b(.*?)\.(?=\s+[A-Z]|\s*$)", words)
    text = found[1].strip(" ,:") if found else ""
    return text.removeprefix("where ") if word == "Fails" else text


def measured(file: Path) -> str:
    """The table that a comparison left, in the order of time."""
    with file.open(encoding="utf-8", newline="") as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: number_of(row["cpu_seconds"]))
    header = (
        "| method | J at best | mean off, median [sd] | worst [sd] | sd (times) | R-hat | r² held out | in 90 % | runs "
        "| CPU [s] | verdict |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"
    )
    return "\n".join([header, *map(measured_row, rows)])


def measured_row(row: dict[str, str]) -> str:
    """One method's numbers."""
    names = ("cost", "shift_median", "shift_worst", "ratio_median", "rhat", "r2", "coverage90")
    digits = (1, 2, 2, 2, 2, 3, 2)
    cells = [fixed(row[name], count) for name, count in zip(names, digits, strict=True)]
    effort = [f"{number_of(row['runs']):.0f}", f"{number_of(row['cpu_seconds']):.3g}"]
    return f"| `{row['method']}` | " + " | ".join([*cells, *effort, row["refusal"] or row["verdict"]]) + " |"


def fixed(text: str, digits: int) -> str:
    """A number with so many decimals; a dash where there is none."""
    value = number_of(text)
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def number_of(text: str) -> float:
    """The number, NaN where there is none."""
    return float(text) if text not in ("", "nan") else float("nan")


if __name__ == "__main__":
    (HERE / "choosing.md").write_text(page(), encoding="utf-8")
