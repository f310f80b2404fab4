"""Yesterday's posterior as today's prior."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from landpda.core.errors import LandpdaError, StudyError
from landpda.parameters.correlation import Correlation
from landpda.parameters.marginals import Marginals
from landpda.parameters.parameter import Parameter, Scaling
from landpda.parameters.priors.empirical import Empirical
from landpda.parameters.priors.prior import Prior
from landpda.parameters.space import ParameterSpace

SMALLEST_EIGENVALUE = 1e-6  # of the samples' correlation: keeps nearly tied parameters apart by 0.001 of their spread


def space_from_samples(space: ParameterSpace, Z: ArrayLike) -> ParameterSpace:
    """The same parameters with a prior that has the samples' own distributions and the correlation of their normal scores.

    Each value keeps the support of its old prior. What the old prior fixed, scaled and constrained stays so. Correlation that
    bends (a banana) is straightened: the copula is Gaussian.

    Args:
        space: the space in which the samples were drawn.
        Z: control vectors as rows, at least 20 and at least 2 (n + 1).

    Raises:
        StudyError: there are too few samples, or they do not vary.
    """
    Z = jnp.asarray(Z, float)
    if Z.ndim != 2 or Z.shape[1] != space.n or Z.shape[0] < 2 * (space.n + 1):
        raise StudyError(
            f"A prior from samples of shape {Z.shape} was asked for.",
            f"The space has {space.n} control elements.",
            f"Give at least {max(20, 2 * (space.n + 1))} rows of {space.n} numbers.",
        )
    values = np.asarray(jax.vmap(space.values)(Z))
    low, high = (np.asarray(end) for end in space.bounds)
    priors = [_prior(name, *columns) for name, *columns in zip(space.names, values.T, low, high, strict=True)]
    scores = np.asarray(_scores(Marginals.of(priors), values))
    parameters, start = [], 0
    for parameter in space.parameters:
        parameters.append(_with_priors(parameter, tuple(priors[start : start + parameter.size])))
        start += parameter.size
    scalings = [
        Scaling(old.name, prior, old.members, old.meaning) for old, prior in zip(space.scalings, priors[start:], strict=True)
    ]
    return ParameterSpace(
        [*parameters, *space.fixed],
        correlation=Correlation(space.names, _correlation(scores)),
        scalings=scalings,
        constraints=space.constraints,
    )


@eqx.filter_jit
def _scores(marginals: Marginals, values: np.ndarray) -> Float[Array, "N n"]:
    return jax.vmap(marginals.to_normal)(values)


def _prior(name: str, samples: np.ndarray, low: float, high: float) -> Prior:
    # A sample may have been rounded onto an end of its support, where its normal score is infinite.
    inside = np.clip(samples, np.nextafter(low, np.inf), np.nextafter(high, -np.inf))
    try:
        return Empirical(inside, low, high)
    except LandpdaError as error:
        raise StudyError(f"Parameter {name!r}: {error.asked}", error.found, error.do) from None


def _with_priors(parameter: Parameter, priors: tuple[Prior, ...]) -> Parameter:
    return Parameter(
        parameter.name,
        parameter.units,
        priors if parameter.shape else priors[0],
        dims=parameter.dims,
        shape=parameter.shape,
        source="posterior samples",
        meaning=parameter.meaning,
        period=parameter.period,
    )


def _correlation(scores: np.ndarray) -> np.ndarray:
    """Correlation of the columns, moved towards the identity just so far that it stays positive definite."""
    correlation = np.atleast_2d(np.corrcoef(scores, rowvar=False))
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    weight = (SMALLEST_EIGENVALUE - smallest) / (1.0 - smallest) if smallest < SMALLEST_EIGENVALUE else 0.0
    correlation = (1.0 - weight) * correlation + weight * np.eye(len(correlation))
    np.fill_diagonal(correlation, 1.0)
    return 0.5 * (correlation + correlation.T)
