"""What a check found, as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from landpda.cli.summary import MARKS
from landpda.cli.tables import table

if TYPE_CHECKING:
    from landpda.experiments.checking import CheckReport, StreamCheck
    from landpda.experiments.study import Study

HEADER = (
    "stream",
    "units",
    "from",
    "to",
    "fitted",
    "held out",
    "prior 5 %",
    "prior 95 %",
    "data 5 %",
    "data 95 %",
    "in prior's 90 %",
)


def check_text(study: Study, report: CheckReport) -> str:
    """The site, a row a stream, what the reader of the file noticed, and the findings."""
    attributes = study.site.attrs
    problem = report.posed.problem
    place = f"{attributes.get('site', 'the site')} (latitude {attributes.get('latitude', '?')})"
    lines = [
        f"{study.name}: {study.model.name} at {place}, {problem.n} unknowns, {study.answer.name}",
        "",
        table(HEADER, [_row(stream) for stream in report.streams.values()]),
        "",
        *(f"   {remark}" for remark in json.loads(attributes.get("remarks", "[]"))),
        *(f"{MARKS.get(finding.severity, ' '):2} {finding.sentence}" for finding in report.findings),
    ]
    return "\n".join(lines)


def _row(stream: StreamCheck) -> list[str]:
    import numpy as np

    dates = stream.dates.astype("datetime64[D]")
    low, _, high = np.median(stream.prior.quantiles[-1], axis=1)
    quantiles = [low, high, *np.quantile(stream.values, [0.05, 0.95])]
    return [
        stream.name,
        stream.units,
        str(dates.min()),
        str(dates.max()),
        str(stream.num_fitted),
        str(stream.num_held_out),
        *(f"{value:.3g}" for value in quantiles),
        f"{100.0 * stream.covered:.0f} %",
    ]
