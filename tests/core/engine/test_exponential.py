"""The loop's own exponential is the exponential."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.core.engine.exponential import exp


@pytest.mark.parametrize(("dtype", "low", "high", "tolerance"), [("float64", -700, 700, 4e-16), ("float32", -87, 87, 2.5e-7)])
def test_agrees_to_the_last_digits(dtype, low, high, tolerance):
    x = np.linspace(low, high, 100_001).astype(dtype)
    exact = np.exp(x.astype(np.longdouble))
    np.testing.assert_array_less(np.abs(np.asarray(exp(jnp.asarray(x))) / exact - 1).astype(float), tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_stays_finite_and_positive_beyond_its_range(dtype):
    values = np.asarray(exp(jnp.array([-np.inf, -1e6, 1e6, np.inf], dtype)))
    assert np.isfinite(values).all()
    assert (values > 0).all()
    assert values.dtype == dtype


def test_a_missing_value_stays_missing():
    assert np.isnan(exp(jnp.array(np.nan)))


def test_is_its_own_derivative_in_both_modes():
    x = jnp.array(1.3)
    value = float(exp(x))
    assert float(jax.grad(exp)(x)) == value
    assert float(jax.jvp(exp, (x,), (jnp.array(2.0),))[1]) == 2.0 * value
    assert float(jax.grad(jax.grad(exp))(x)) == value
