"""Prior against posterior of every parameter: what the data taught, and which parameters lean on an end of their range."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from landpda.diagnostics.convergence import NEARLY
from landpda.diagnostics.shrinkage import HARDLY, WELL
from landpda.report.charts.axes import Scale
from landpda.report.charts.density import density_chart
from landpda.report.charts.svg import element, picture
from landpda.report.elements import Element, elements, thinned
from landpda.report.judgement import chain_state, marginal_peaks
from landpda.report.numbers import compact, units
from landpda.report.record import Record
from landpda.report.section import Figure, Section
from landpda.report.shapes import GRID, density

ORDER = 30
MOST_CHAINS = 8
EDGES = {-1: "leans on the lower end", 1: "leans on the upper end"}


def section(record: Record) -> Section | None:
    """A table with a bar of each parameter, and the hills behind it."""
    found = elements(record)
    if not found:
        return None
    truth = _truth(record)
    rows = [_row(one, truth.get(one.name)) for one in found]
    densities = [_figure(one, truth.get(one.name)) for one in found]
    apart = any(one.summary["rhat"] > NEARLY for one in found)
    content = {
        "apart": apart,
        "rows": rows,
        "densities": densities,
        "twin": bool(truth),
        "periodic": any(one.circular for one in found),
    }
    return Section("parameters", "Parameters before and after", _lead(found), content)


def _lead(found: list[Element]) -> str:
    """How many parameters learnt, and how many lean on an end of their range."""
    shrinkage = np.array([one.summary["shrinkage"] for one in found])
    learnt, untouched = int(np.sum(shrinkage >= WELL)), int(np.sum(shrinkage < HARDLY))
    leaning = sum(abs(one.summary["edge"]) == 1 for one in found)
    if all(len(one.draws) < 2 for one in found):
        news = "The method gave one value each, and no spread; "
    elif np.isfinite(shrinkage).any():
        news = f"{learnt} learnt much (the posterior is at most half as wide as the prior), {untouched} next to nothing; "
    else:
        news = "The run does not say how much each learnt; "
    return f"{len(found)} parameters. {news}{leaning} {'leans' if leaning == 1 else 'lean'} on an end of the range."


def _truth(record: Record) -> dict[str, float]:
    return {name: float(np.ravel(record.tree["truth"][name].values)[0]) for name in record.names("truth")}


def _row(one: Element, truth: float | None) -> dict[str, object]:
    summary = one.summary
    prior = [summary[f"prior_{key}"] for key in ("q50", "q05", "q95")]
    posterior = [summary[key] for key in ("q50", "q05", "q95")]
    return {
        "name": one.name,
        "meaning": one.meaning,
        "units": units(one.units),
        "prior_words": one.prior_words,
        "prior": prior if np.isfinite(prior[0]) else _quantiles(one.prior),
        "posterior": posterior if np.isfinite(posterior[0]) else _quantiles(one.draws),
        "shrinkage": summary["shrinkage"],
        "bar": _bar(one, truth),
        "remarks": remarks(one),
    }


def remarks(one: Element) -> list[tuple[str, str]]:
    """Severity and words of what a reader must see at a parameter."""
    found = []
    severity, words = chain_state(one)
    if severity in {"serious", "warning"}:
        found.append((severity, words))
    if abs(one.summary["edge"]) == 1:
        found.append(("warning", EDGES[int(one.summary["edge"])]))
    if marginal_peaks(one) > 1:
        found.append(("warning", f"{marginal_peaks(one)} peaks"))
    if one.summary["shrinkage"] < HARDLY:
        found.append(("note", "as the prior"))
    return found


def _quantiles(draws: np.ndarray) -> np.ndarray:
    return np.quantile(draws, [0.5, 0.05, 0.95]) if len(draws) else np.full(3, np.nan)


def _bar(one: Element, truth: float | None) -> Markup:
    """Prior and posterior 90 % as bars over the parameter's range."""
    width, parts = 132.0, [element("path", d="M2 11H130", class_="range")]
    for draws, class_, y in ((one.prior, "prior", 7), (one.draws, "posterior", 15)):
        ends = np.clip(one.place(_quantiles(one.folded(draws))), 0, 1) * (width - 4) + 2
        if np.isfinite(ends).all():
            parts.append(
                element("path", d=f"M{ends[1]:.1f} {y}H{max(ends[2], ends[1] + 0.1):.1f}", class_=f"interval {class_}")
            )
            parts.append(element("circle", cx=ends[0], cy=y, r=3, class_=f"middle {class_}"))
    if truth is not None:
        x = float(np.clip(one.place(truth), 0, 1)) * (width - 4) + 2
        parts.append(element("path", d=f"M{x:.1f} 2V20", class_="mark truth"))
    return picture(width, 22, f"{one.name}: 90 % of the prior and of the posterior within its range", *parts, class_="bar-cell")


def _figure(one: Element, truth: float | None) -> dict[str, object]:
    scale = _scale(one)
    label = f"Prior and posterior density of {one.name}"
    if scale is None or not len(one.draws):
        return {"name": one.name, "meaning": one.meaning, "remarks": remarks(one), "figure": None}
    chains = _chains(one, scale) if one.summary["rhat"] > NEARLY else []
    marks = {"truth": float(one.folded(truth))} if truth is not None else {}
    if np.ptp(one.draws) == 0:
        marks["posterior"] = float(one.folded(one.draws[0]))
    drawing = density_chart(
        scale,
        _curve(one, one.prior, scale),
        _curve(one, one.draws, scale),
        label=label,
        title=units(one.units),
        chains=chains,
        marks=marks,
        leaning=int(one.summary["edge"]) if abs(one.summary["edge"]) == 1 else 0,
    )
    caption = f"{one.meaning or one.name}. Range {compact(one.low)} to {compact(one.high)}."
    return {"name": one.name, "meaning": one.meaning, "remarks": remarks(one), "figure": Figure(drawing, caption)}


def _chains(one: Element, scale: Scale) -> list[np.ndarray]:
    """Densities of some chains, each by its share of them: where chains disagree, these are the parts of the hill."""
    count = len(one.posterior)
    picked = np.unique(np.linspace(0, count - 1, min(count, MOST_CHAINS)).round().astype(int))
    curves = [_curve(one, thinned(one.posterior[chain]), scale) for chain in picked]
    return [curve / len(picked) for curve in curves if curve is not None]


def _scale(one: Element) -> Scale | None:
    """The element's axis, widened where draws lie beyond it; None where there is no range at all."""
    seen = one.folded(np.concatenate([one.draws, one.prior]))
    beyond = seen[(seen > 0) | (not one.logarithmic)] if len(seen) else seen
    low, high = min([one.ends[0], *beyond.tolist()]), max([one.ends[1], *beyond.tolist()])
    if not (np.isfinite(low) and np.isfinite(high) and high > low):
        return None
    return Scale(low, high, 0.0, 1.0, one.logarithmic)


def _curve(one: Element, draws: np.ndarray, scale: Scale) -> np.ndarray | None:
    places = scale(one.folded(draws))
    places = places[np.isfinite(places)]
    if len(places) < 20 or np.ptp(places) == 0:
        return None
    return density(places, 0.0, 1.0, circular=one.circular, size=GRID)
