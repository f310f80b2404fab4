"""Parameters of a model's table, with the user's own priors and values over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jax.typing import ArrayLike

from landpda.core.errors import LandpdaError, StudyError, nearest
from landpda.core.parameter_table import ParameterRow, ParameterTable
from landpda.core.registry import choose
from landpda.parameters.parameter import FixedParameter, Parameter
from landpda.parameters.priors.prior import Prior


def parameters_from_table(
    table: ParameterTable,
    overrides: Mapping[str, Prior | ArrayLike] | None = None,
    *,
    estimated: Collection[str] | None = None,
) -> tuple[Parameter | FixedParameter, ...]:
    """Every parameter of the table, in its order.

    Args:
        table: the model's parameters.
        overrides: name → a prior to use in place of the table's, or a value to hold the parameter at. Where such a prior
            excludes the table's default, its median becomes the default.
        estimated: names of the parameters to estimate with the table's prior; all others that no override gives a prior are
            held at their default. All parameters are estimated if it is None.

    Raises:
        StudyError: a name is not in the table, or a default of the table lies outside the table's prior.
    """
    overrides = dict(overrides or {})
    for name in (*overrides, *(estimated or ())):
        if name not in table:
            raise StudyError(f"Parameter {name!r} was named.", "The model has no such parameter.", nearest(name, table))
    chosen = set(table if estimated is None else estimated)
    return tuple(_parameter(row, overrides.get(name), name in chosen) for name, row in table.items())


def prior_from_row(row: ParameterRow) -> Prior:
    """The prior that a row of a parameter table names, over its range.

    Raises:
        StudyError: the family is unknown, or cannot have such a range.
    """
    try:
        family = choose(row.prior, "landpda.parameters.priors", Prior, "prior")
        return family.over_range(row.low, row.high, row.default)
    except LandpdaError as error:
        raise StudyError(f"Parameter {row.name!r}: {error.asked}", error.found, error.do) from None


def fixed_from_table(row: ParameterRow, value: ArrayLike | None = None) -> FixedParameter:
    """The parameter of a row, held at `value`, or at its default if none is given."""
    return FixedParameter(row.name, row.units, row.default if value is None else value, row.source, row.meaning)


def _parameter(row: ParameterRow, override: Prior | ArrayLike | None, chosen: bool) -> Parameter | FixedParameter:
    if isinstance(override, Prior):
        low, high = override.support
        return _estimated(row, override, row.default if low <= row.default <= high else None)
    if override is not None or not chosen:
        return fixed_from_table(row, override)
    return _estimated(row, prior_from_row(row), row.default)


def _estimated(row: ParameterRow, prior: Prior, default: float | None) -> Parameter:
    return Parameter(row.name, row.units, prior, default=default, source=row.source, meaning=row.meaning, period=row.period)
