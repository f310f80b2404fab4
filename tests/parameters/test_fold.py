"""Circular parameters: folding moves by whole periods only."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landpda.parameters import Correlation, Parameter, ParameterSpace
from landpda.parameters.priors import LogUniform, Normal, Uniform

YEAR = 365.25
DAY = Parameter("day", "d", Uniform(YEAR, 4 * YEAR), period=YEAR)
OTHER = Parameter("rate", "1", LogUniform(0.1, 10.0))
SPACE = ParameterSpace([DAY, OTHER])
CORRELATED = ParameterSpace(
    [DAY, OTHER, Parameter("free", "1", Normal(0.0, 1.0))], correlation=Correlation.from_pairs({("day", "rate"): 0.7})
)


def days(space: ParameterSpace, Z) -> np.ndarray:
    return np.asarray(space.to_physical_block(Z)["day"])


@pytest.mark.parametrize("space", [SPACE, CORRELATED], ids=["independent", "correlated"])
@pytest.mark.parametrize("around", [None, 500.0, 1400.0])
def test_values_move_by_whole_periods_into_one(space, around):
    Z = space.sample(jax.random.key(0), 200)
    folded = space.fold(Z, None if around is None else {"day": around, "rate": 1.0, "free": 0.0})
    periods = (days(space, folded) - days(space, Z)) / YEAR
    np.testing.assert_allclose(periods, np.round(periods), atol=1e-9)
    assert (np.abs(periods) > 0.5).any()
    spread = days(space, folded)
    assert spread.max() - spread.min() <= YEAR * (1 + 1e-9)
    assert ((spread >= YEAR) & (spread <= 4 * YEAR)).all()
    after, before = space.to_physical_block(folded), space.to_physical_block(Z)
    for name in set(after) - {"day"}:
        np.testing.assert_allclose(after[name], before[name], rtol=1e-12)


@given(value=st.floats(1.01 * YEAR, 3.99 * YEAR), centre=st.floats(1.6 * YEAR, 3.4 * YEAR))
@settings(max_examples=50, deadline=None)
def test_folded_value_is_within_half_a_period_of_the_centre(value, centre):
    z = SPACE.from_values(np.array([value, 1.0]))
    folded = float(SPACE.values(SPACE.fold(z, {"day": centre, "rate": 1.0}))[0])
    assert abs(folded - centre) <= 0.5 * YEAR * (1 + 1e-9)
    assert (folded - value) / YEAR == pytest.approx(round((folded - value) / YEAR), abs=1e-9)


def test_folding_twice_is_folding_once():
    Z = SPACE.sample(jax.random.key(1), 100)
    once = SPACE.fold(Z)
    np.testing.assert_array_equal(SPACE.fold(once), once)


def test_default_is_the_middle_of_the_prior():
    folded = days(SPACE, SPACE.fold(SPACE.sample(jax.random.key(2), 300)))
    assert (np.abs(folded - 2.5 * YEAR) <= 0.5 * YEAR * (1 + 1e-9)).all()


def test_values_in_place_keep_their_bits():
    Z = CORRELATED.sample(jax.random.key(3), 100)
    folded, inside = CORRELATED.fold(Z), np.abs(days(CORRELATED, Z) - 2.5 * YEAR) < 0.49 * YEAR
    np.testing.assert_array_equal(folded[inside], Z[inside])
    np.testing.assert_array_equal(folded[:, 2], Z[:, 2])


def test_single_vector_folds_as_a_row():
    Z = SPACE.sample(jax.random.key(4), 3)
    np.testing.assert_array_equal(SPACE.fold(Z)[1], SPACE.fold(Z[1]))


def test_prior_shorter_than_a_period_is_left_alone():
    space = ParameterSpace([Parameter("day", "d", Uniform(0.0, 100.0), period=YEAR)])
    Z = space.sample(jax.random.key(5), 50)
    np.testing.assert_array_equal(space.fold(Z), Z)


def test_without_circular_parameters_nothing_is_computed():
    space, Z = ParameterSpace([OTHER]), jnp.ones((2, 1))
    assert space.fold(Z) is Z
