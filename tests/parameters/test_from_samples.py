"""A posterior becomes the next prior."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest

from landpda.core.errors import StudyError
from landpda.parameters import Correlation, LessThan, Parameter, ParameterSpace, Scaling, space_from_samples
from landpda.parameters.priors import LogNormal, LogUniform, Normal, Uniform

SPACE = ParameterSpace(
    [
        Parameter("a", "1", Uniform(0.0, 1.0)),
        Parameter("b", "m", LogUniform(0.1, 10.0), dims=("pft",), shape=(2,)),
        Parameter("c", "d", Normal(0.0, 1.0), period=3.0),
    ],
    scalings=[Scaling("f", LogNormal(1.0, 0.1), ("b",))],
    fixed={"g": 9.81},
    constraints=[LessThan("a", "g")],
)
ROOT = np.linalg.cholesky(np.array([[1.0, 0.8], [0.8, 1.0]]))


def posterior(num: int) -> np.ndarray:
    """Control vectors narrower than the prior, the first two correlated by 0.8."""
    Z = np.random.default_rng(0).normal(size=(num, SPACE.n))
    Z[:, :2] = Z[:, :2] @ ROOT.T
    return 0.5 + 0.3 * Z


@eqx.filter_jit
def draws(space: ParameterSpace, Z) -> jax.Array:
    return jax.vmap(space.values)(Z)


def test_next_prior_has_the_samples_margins_and_correlation():
    Z = posterior(3000)
    after = space_from_samples(SPACE, Z)
    old = np.asarray(draws(SPACE, Z))
    new = np.asarray(draws(after, after.sample(jax.random.key(0), 3000)))
    np.testing.assert_allclose(new.mean(axis=0), old.mean(axis=0), atol=0.08 * old.std(axis=0).max(), rtol=0.02)
    np.testing.assert_allclose(new.std(axis=0), old.std(axis=0), rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(new.T), np.corrcoef(old.T), atol=0.06)


def test_structure_of_the_space_is_kept():
    after = space_from_samples(SPACE, posterior(200))
    assert after.names == SPACE.names
    assert after.units == SPACE.units
    assert [parameter.period for parameter in after.parameters] == [0.0, 0.0, 3.0]
    assert after.scalings[0].members == ("b",)
    assert float(after.to_physical(np.zeros(after.n))["g"]) == 9.81
    assert len(after.constraints) == 1
    np.testing.assert_array_equal(after.bounds, SPACE.bounds)


def test_tied_parameters_stay_tied():
    space = ParameterSpace([Parameter(name, "1", Normal(0.0, 1.0)) for name in "xy"])
    x = np.random.default_rng(1).normal(size=300)
    after = space_from_samples(space, np.stack([x, x], axis=1))
    values = np.asarray(draws(after, after.sample(jax.random.key(1), 300)))
    assert np.corrcoef(values.T)[0, 1] > 0.9999


def test_one_parameter_is_enough():
    space = ParameterSpace([Parameter("x", "1", Normal(0.0, 1.0))])
    after = space_from_samples(space, np.random.default_rng(2).normal(2.0, 0.1, size=(100, 1)))
    assert float(after.prior_mean[0]) == pytest.approx(2.0, abs=0.05)


def test_posterior_that_was_correlated_before_stays_correlated():
    space = ParameterSpace(
        [Parameter(name, "1", Normal(0.0, 1.0)) for name in "xy"], correlation=Correlation.from_pairs({("x", "y"): 0.9})
    )
    after = space_from_samples(space, space.sample(jax.random.key(2), 3000))
    covariance = np.asarray(after.prior_covariance)
    assert covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]) == pytest.approx(0.9, abs=0.02)


def test_too_few_samples_are_refused():
    with pytest.raises(StudyError, match="5 control elements"):
        space_from_samples(SPACE, posterior(8))
    stuck = posterior(100)
    stuck[:, 3] = 1.0
    with pytest.raises(StudyError, match=r"'c'.*\n.*1 different values"):
        space_from_samples(SPACE, stuck)
