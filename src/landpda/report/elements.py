"""The control elements of a run: what was to be found, what was believed before, and what was found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landpda.report.record import Record, as_number, as_text

MOST_DRAWS = 4000
"""Draws a chart is made of; more do not change a line of a pixel's width."""

WIDE = 15.0
"""A range whose ends differ by this factor is drawn on a logarithmic axis."""

SUMMARY = tuple("prior_mean prior_sd prior_q05 prior_q50 prior_q95 mean sd q05 q50 q95 rhat ess mcse shrinkage edge".split())
"""Columns of `/summary`."""


@dataclass(frozen=True)
class Element:
    """One control element; C chains of D draws.

    Args:
        name: as in the study.
        units: of all values here.
        meaning: a phrase for the reader.
        low, high: [units] the prior's support, or the model table's range where it is infinite.
        prior_words: the prior in words.
        period: [units] after which values mean the same again; else NaN.
        posterior: [units] (C, D) draws.
        prior: [units] (N,) draws.
        summary: what `/summary` says of it; NaN where it says nothing.
    """

    name: str
    units: str
    meaning: str
    low: float
    high: float
    prior_words: str
    period: float
    posterior: np.ndarray
    prior: np.ndarray
    summary: dict[str, float]

    @property
    def logarithmic(self) -> bool:
        """Whether a logarithmic axis shows it better: the prior is logarithmic, or the range spans a large factor."""
        wide = self.prior_words.lower().startswith("log") or self.high >= WIDE * self.low
        return bool(self.high > self.low > 0 and wide and not np.isfinite(self.period))

    @property
    def draws(self) -> np.ndarray:
        """(N,) posterior draws of all chains, at most `MOST_DRAWS`, evenly picked."""
        return thinned(self.posterior.reshape(-1))

    @property
    def circular(self) -> bool:
        """Whether the range goes round the whole circle, so that values a period apart are the same."""
        return bool(np.isfinite(self.period) and self.high - self.low >= 0.99 * self.period)

    @property
    def ends(self) -> tuple[float, float]:
        """[units] ends of the axis: the range; of a circular element one period, the posterior's median in its middle."""
        if not self.circular or not len(self.draws):
            return self.low, self.high
        middle = float(np.median(self.draws))
        return middle - self.period / 2, middle + self.period / 2

    def folded(self, values: np.ndarray | float) -> np.ndarray:
        """[units] values, those of a circular element taken round the circle until they lie between the ends."""
        values = np.asarray(values, dtype=float)
        values = np.where(np.isfinite(values), values, np.nan)
        return (values - self.ends[0]) % self.period + self.ends[0] if self.circular else values

    def place(self, values: np.ndarray | float) -> np.ndarray:
        """[1] where values lie between the lower end (0) and the upper (1), on the element's axis."""
        (low, high), values = self.ends, self.folded(values)
        if self.logarithmic:
            low, high = np.log(low), np.log(high)
            values = np.log(np.where(values > 0, values, np.nan))
        return (values - low) / (high - low) if high > low else np.full_like(values, np.nan)


def elements(record: Record) -> list[Element]:
    """Every control element of the posterior, in the order of the file.

    Raises:
        DataError: a variable of `/posterior` has other dimensions than chain and draw.
    """
    return record.once(_elements)


def _elements(record: Record) -> list[Element]:
    summaries = _summaries(record)
    return [_element(record, name, summaries.get(name, {})) for name in record.names("posterior")]


def thinned(draws: np.ndarray, most: int = MOST_DRAWS) -> np.ndarray:
    """Finite draws, at most `most`, evenly picked."""
    draws = draws[np.isfinite(draws)]
    if len(draws) <= most:
        return draws
    return draws[np.linspace(0, len(draws) - 1, most).round().astype(int)]


def _element(record: Record, name: str, summary: dict[str, float]) -> Element:
    posterior = record.array("posterior", name, "chain", "draw")
    attributes = record.variable("posterior", name).attrs
    has_prior = name in record.names("prior")
    prior = thinned(record.array("prior", name, "chain", "draw").reshape(-1)) if has_prior else np.array([])
    seen = np.concatenate([thinned(posterior.reshape(-1)), prior])
    low, high = as_number(attributes.get("low")), as_number(attributes.get("high"))
    return Element(
        name=name,
        units=as_text(attributes.get("units", "")),
        meaning=as_text(attributes.get("meaning", "")),
        low=low if np.isfinite(low) else float(np.min(seen, initial=np.inf)) if len(seen) else np.nan,
        high=high if np.isfinite(high) else float(np.max(seen, initial=-np.inf)) if len(seen) else np.nan,
        prior_words=as_text(attributes.get("prior", "")),
        period=_period(attributes.get("period")),
        posterior=posterior,
        prior=prior,
        summary={key: summary.get(key, float("nan")) for key in SUMMARY},
    )


def _period(value: object) -> float:
    """The period of a circular element; NaN for one that is not."""
    period = as_number(value)
    return period if period > 0 and np.isfinite(period) else float("nan")


def _summaries(record: Record) -> dict[str, dict[str, float]]:
    """What `/summary` says of each parameter."""
    if not record.has("summary"):
        return {}
    columns = {key: record.array("summary", key, "parameter") for key in SUMMARY if key in record.names("summary")}
    labels = record.labels("summary", "parameter")
    return {label: {key: float(column[i]) for key, column in columns.items()} for i, label in enumerate(labels)}
