"""Days from half hours, by rules that are stated and kept in the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, UNCERTAINTY, Field, Site, assemble, canonical, remarks_of
from landpda.sources.random_error import RandomError, error_of_mean, paired_days
from landpda.sources.time_axis import check_order, is_subdaily, step_length

if TYPE_CHECKING:
    import xarray as xr

FORCING = frozenset({"tair", "shortwave", "longwave", "vpd", "precipitation", "pressure", "wind", "co2", "relative_humidity"})
MEASURED = frozenset({"nee", "le", "h"})
"""Fluxes that are measured themselves; GPP and RECO are partitioned, so they have no random error of their own."""
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class DailyRules:
    """When half hours make a day.

    The mean of a flux is over every half hour of the day, poor ones with the product's own filled value: a mean over good ones
    only would lean to fair weather and to daytime. The day is kept if enough of its half hours are good.

    Args:
        good_quality: flags that count as good; FLUXNET's 0 is measured, 1 well filled.
        min_good_share: share of the day's half hours that must be good for a flux or soil variable; 0.5 is what the daily
            FLUXNET files are commonly cut at, and what makes our means equal theirs.
        min_forcing_share: share of half hours that must be there for forcing, whatever its quality: models need it complete.
        measured_quality: flags of values that carry an error of their own, for the estimate of the random error.
    """

    good_quality: tuple[int, ...] = (0, 1)
    min_good_share: float = 0.5
    min_forcing_share: float = 1.0
    measured_quality: tuple[int, ...] = (0,)


RULES = DailyRules()


def daily(dataset: xr.Dataset, rules: DailyRules = RULES) -> xr.Dataset:
    """Daily means of a (half-)hourly dataset, with tmin and tmax, errors of measured fluxes and the share of good half hours.

    Args:
        dataset: as a reader returns it, in local standard time.
        rules: when half hours make a day.

    Raises:
        DataError: the dataset is not sub-daily, or its times are not regular.
    """
    step = dataset.attrs.get("step", "")
    if not is_subdaily(step):
        raise DataError(
            f"Daily means of {dataset.attrs.get('site', 'a dataset')} were asked for.",
            f"Its steps are {step or 'not stated'}.",
            "Give a half-hourly or hourly dataset.",
        )
    days, position, shape = _grid(dataset, step)
    grids = {str(name): _spread(dataset[name].values, position, shape) for name in dataset.data_vars}
    fields, remarks = [], [_rules_in_words(rules, shape[1])]
    for name in grids:
        if not name.endswith((QUALITY, UNCERTAINTY)):
            fields += _variable(name, grids, dataset[name].attrs["units"], rules, remarks)
    attributes = dataset.attrs
    site = Site(attributes.get("site", ""), attributes.get("latitude"), attributes.get("longitude"), attributes.get("igbp", ""))
    kept = [sentence for sentence in remarks_of(dataset) if not sentence.startswith(("All missing", "Quality", "The latitude"))]
    return assemble(
        fields,
        days,
        "1D",
        site,
        source_format=attributes.get("source_format", ""),
        path=Path(site.name or "dataset"),
        remarks=[*kept, *remarks],
    )


def _grid(dataset: xr.Dataset, step: str) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Days, the place of each time in the flattened (days, steps) grid, and the grid's shape."""
    times = dataset["time"].values.astype("datetime64[ns]")
    check_order(times, dataset.attrs.get("site", "dataset"))
    length = step_length(step)
    first = times[0].astype("datetime64[D]").astype("datetime64[ns]")
    count = (times - first) / length
    position = np.round(count).astype(int)
    if not np.allclose(count, position, atol=1e-6):
        raise DataError(
            f"Daily means of {dataset.attrs.get('site', 'a dataset')} were asked for.",
            f"Its times do not stand on whole steps of {step} from midnight.",
            "Check the stamps (start, middle or end) and the time zone.",
        )
    per_day = int(DAY / length)
    num_days = int(position[-1]) // per_day + 1
    return first + np.arange(num_days) * DAY, position, (num_days, per_day)


def _spread(values: np.ndarray, position: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    grid = np.full(shape[0] * shape[1], np.nan)
    grid[position] = values
    return grid.reshape(shape)


def _variable(name: str, grids: dict[str, np.ndarray], units: str, rules: DailyRules, remarks: list[str]) -> list[Field]:
    values = grids[name]
    present = np.isfinite(values)
    flags = grids.get(name + QUALITY)
    good = present if flags is None else present & np.isin(flags, rules.good_quality)
    share = good.mean(axis=1)
    enough = present.mean(axis=1) >= rules.min_forcing_share if name in FORCING else share >= rules.min_good_share
    origin = f"daily mean of {name}"
    fields = [
        Field(name, np.where(enough, _mean(values), np.nan), units, origin),
        Field(name + QUALITY, share, "1", "good share"),
    ]
    if name == "tair":
        masked = np.where(present, values, np.inf)
        fields.append(Field("tmin", np.where(enough, masked.min(axis=1), np.nan), units, "least of the day's tair"))
        masked = np.where(present, values, -np.inf)
        fields.append(Field("tmax", np.where(enough, masked.max(axis=1), np.nan), units, "greatest of the day's tair"))
    if name in MEASURED:
        error = _error(name, grids, flags, rules, remarks)
        if error is not None:
            fields.append(Field(name + UNCERTAINTY, np.where(enough, error, np.nan), units, "error of the daily mean"))
    return fields


def _mean(values: np.ndarray) -> np.ndarray:
    present = np.isfinite(values)
    count = present.sum(axis=1)
    return np.where(count > 0, np.where(present, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _error(
    name: str, grids: dict[str, np.ndarray], flags: np.ndarray | None, rules: DailyRules, remarks: list[str]
) -> np.ndarray | None:
    """Random error of the daily mean, from the half hours' own errors where given, else from days alike."""
    values = grids[name]
    measured = np.isfinite(values) if flags is None else np.isfinite(values) & np.isin(flags, rules.measured_quality)
    estimate = paired_days(np.where(measured, values, np.nan), grids)
    given = grids.get(name + UNCERTAINTY)
    if given is not None and np.isfinite(given).any():
        correlation = estimate.correlation if estimate else 0.0
        remarks.append(
            f"{name}_uncertainty: from the half hours' own errors, correlated {correlation:.2f} from one to the next."
        )
        sigma = np.where(np.isfinite(values), np.where(np.isfinite(given), given, np.nanmedian(given)), np.nan)
        return error_of_mean(sigma, correlation)
    if estimate is None:
        remarks.append(f"{name}_uncertainty: too few like days to estimate it from.")
        return None
    remarks.append(_estimate_in_words(name, estimate, canonical(name).units))
    return error_of_mean(np.where(np.isfinite(values), estimate.of(values), np.nan), estimate.correlation)


def _rules_in_words(rules: DailyRules, per_day: int) -> str:
    return (
        f"Days are means of {per_day} steps, filled ones too; a flux is kept where at least {100 * rules.min_good_share:g} % "
        f"of them have quality {' or '.join(map(str, rules.good_quality))}. Quality is that share."
    )


def _estimate_in_words(name: str, estimate: RandomError, units: str) -> str:
    return (
        f"{name}_uncertainty: random error of a half hour {estimate.intercept:.2f} + {estimate.slope:.2f} |{name}| {units}, "
        f"correlated {estimate.correlation:.2f} from one to the next, from {estimate.pairs} pairs of like days; "
        "it holds neither the ustar threshold's nor a model's error."
    )
