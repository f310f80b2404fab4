"""A picture of what the prior says of the data, before a calibration is paid for: one HTML file that works offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup, escape

from landpda.report.charts.axes import date_ticks
from landpda.report.charts.line_band import Band, Dots, Line, line_band
from landpda.report.palette import css_variables

if TYPE_CHECKING:
    from landpda.experiments.checking import CheckReport, StreamCheck

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;background:#fff;color:#222}
svg{width:100%;height:auto} svg text{font-size:11px;fill:#444}
.band{fill:#cfd8dc} .median{fill:none;stroke:#546e7a;stroke-width:1}
.fitted{stroke:#b3501f;stroke-width:2.2;stroke-linecap:round;fill:none}
.held{stroke:#1f6fb3;stroke-width:2.2;stroke-linecap:round;fill:none}
.grid{stroke:#ddd} .axis{stroke:#888;fill:none} .serious,.warning{font-weight:600} .key{font-weight:600}
"""


def check_page(report: CheckReport, title: str) -> str:
    """The page, as HTML."""
    findings = Markup("").join(Markup("<li class={}>{}</li>").format(f.severity, f.sentence) for f in report.findings)
    figures = Markup("").join(_figure(stream) for stream in report.streams.values())
    style = Markup(f":root{{{css_variables()}}}{STYLE}")  # noqa: S704 - our own text
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: check</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><h1>{escape(title)}</h1><p>What the prior says of the data. The band holds 90 % of the prior predictive "
        f"distribution, errors included; the line is its median.</p><ul>{findings}</ul>{figures}</body></html>\n"
    )


def _figure(stream: StreamCheck) -> Markup:
    days = stream.dates.astype("datetime64[D]").astype(float)
    low, median, high = stream.prior.quantiles[-1]
    layers = [
        Band(low, high, "band"),
        Line(median, "median"),
        Dots(np.where(stream.fitted, stream.values, np.nan), "fitted"),
        Dots(np.where(stream.fitted, np.nan, stream.values), "held"),
    ]
    drawing = line_band(
        days,
        layers,
        label=f"{stream.name}: data and prior predictive interval",
        x_ticks=date_ticks(days[0] - 1, days[-1] + 1),
        y_title=f"{stream.name} [{stream.units}]",
        size=(900, 300),
    )
    counts = f"{stream.num_fitted} fitted (brown), {stream.num_held_out} held out (blue)"
    words = f"{counts}; {100 * stream.covered:.0f} % lie inside the band."
    return Markup("<h2>{}</h2>{}<p>{}</p>").format(stream.name, drawing, words)
