"""Whether the method came to its end: chains, effective draws, and what it noted on its way."""

from __future__ import annotations

import numpy as np

from landpda.diagnostics.convergence import CONVERGED, ENOUGH, NEARLY
from landpda.report.charts.axes import Scale, linear_ticks
from landpda.report.charts.line_band import Layer, Line, line_band
from landpda.report.elements import Element, elements
from landpda.report.judgement import chain_state, convergence, judgement, worst
from landpda.report.numbers import count, number
from landpda.report.record import Record
from landpda.report.section import Figure, Section

ORDER = 100
MOST_POINTS, MOST_CHAINS, MOST_TRACES = 300, 6, 8


def section(record: Record) -> Section | None:
    """A verdict in words, R-hat and effective draws of each parameter, and traces."""
    found = elements(record)
    if not found:
        return None
    verdicts = [finding for finding in judgement(record) if finding.topic == "convergence"] or convergence(record)
    chains, draws = found[0].posterior.shape
    rows = [_row(one) for one in found if np.isfinite(one.summary["rhat"]) or np.isfinite(one.summary["ess"])]
    figures = [figure for figure in [_density_trace(record)] if figure is not None]
    figures += [_worst_trace(one) for one in _worst(found)] + _traces(record)
    lead = f"{count(chains)} {'chain' if chains == 1 else 'chains'} of {count(draws)} {'draw' if draws == 1 else 'draws'}."
    lead += f" Good: R-hat up to {CONVERGED}, or up to {NEARLY} with {ENOUGH} effective draws or more." if rows else ""
    content = {"verdicts": verdicts, "severity": worst(verdicts), "rows": rows, "figures": figures}
    return Section("convergence", "Convergence", lead, content)


def _row(one: Element) -> dict[str, object]:
    share = one.summary["mcse"] / one.summary["sd"] if one.summary["sd"] > 0 else np.nan
    return {
        "name": one.name,
        "rhat": one.summary["rhat"],
        "ess": one.summary["ess"],
        "mcse_share": share,
        "state": chain_state(one),
    }


def _density_trace(record: Record) -> Figure | None:
    if "lp" not in record.names("sample_stats"):
        return None
    lp = record.array("sample_stats", "lp", "chain", "draw")
    if lp.shape[1] < 10 or not np.isfinite(lp).any():
        return None
    low = float(np.nanquantile(lp[np.isfinite(lp)], 0.005))
    drawing, shown = _chains(np.where(lp < low, low, lp), "Log posterior density along the chains", "Log posterior density")
    return Figure(drawing, f"Log posterior density along {shown}. Chains that lie over one another have found the same ground.")


def _worst(found: list[Element]) -> list[Element]:
    """The parameter whose chains disagree most, if they do."""
    bad = [one for one in found if one.summary["rhat"] > CONVERGED and one.posterior.shape[1] >= 10]
    return sorted(bad, key=lambda one: -one.summary["rhat"])[:1]


def _worst_trace(one: Element) -> Figure:
    drawing, shown = _chains(one.posterior, f"{one.name} along the chains", one.name, logarithmic=one.logarithmic)
    return Figure(drawing, f"{one.name} along {shown}: R-hat {number(one.summary['rhat'])}, the largest of all.")


def _chains(values: np.ndarray, label: str, title: str, *, logarithmic: bool = False) -> tuple:
    """A line for each of a few chains, and how many they are in words."""
    chains, draws = values.shape
    picked = np.unique(np.linspace(0, chains - 1, min(chains, MOST_CHAINS)).round().astype(int))
    places = np.unique(np.linspace(0, draws - 1, min(draws, MOST_POINTS)).round().astype(int))
    layers: list[Layer] = [Line(values[chain][places], f"trace series-{index}") for index, chain in enumerate(picked)]
    ticks = linear_ticks(0, draws, 5)
    shown = (
        "the chain"
        if chains == 1
        else f"the {chains} chains"
        if chains == len(picked)
        else f"{len(picked)} of the {chains} chains"
    )
    scale = None
    if logarithmic:
        positive = values[np.isfinite(values) & (values > 0)]
        scale = Scale(float(positive.min()) / 1.1, float(positive.max()) * 1.1, 0, 1, True) if len(positive) else None
    return line_band(
        places.astype(float), layers, label=label, x_ticks=ticks, y_title=title, x_title="Draw", y_scale=scale
    ), shown


def _traces(record: Record) -> list[Figure]:
    """What the method noted at each step; numbers that span a hundredfold on a logarithmic axis."""
    figures = []
    for name in record.names("trace"):
        variable = record.variable("trace", name)
        if variable.dims != ("step",) or variable.size < 2 or len(figures) == MOST_TRACES:
            continue
        values = record.array("trace", name, "step")
        known = values[np.isfinite(values)]
        if not len(known) or np.ptp(known) == 0:
            continue
        places = np.unique(np.linspace(0, len(values) - 1, min(len(values), MOST_POINTS)).round().astype(int))
        wide = known.min() > 0 and known.max() / known.min() > 100
        scale = Scale(float(known.min()) / 1.2, float(known.max()) * 1.2, 0, 1, True) if wide else None
        words = name.replace("_", " ")
        drawing = line_band(
            places.astype(float),
            [Line(values[places], "trace series-0")],
            label=f"{words} at each step of the method",
            x_ticks=linear_ticks(0, len(values), 5),
            y_title=words,
            x_title="Step",
            y_scale=scale,
        )
        figures.append(Figure(drawing, f"{words.capitalize()} at each step, as the method noted it."))
    return figures
