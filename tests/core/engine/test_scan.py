"""The checkpointed scan is the plain scan, with the same derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.core.engine import scan
from landpda.core.engine.scan import checkpointed_scan


def logistic(rate):
    def step(x, drive):
        x = x + rate * x * (1.0 - x) * drive
        return x, jnp.sin(x)

    return step


def total(scanned, rate, start, drive):
    end, series = scanned(logistic(rate), start, drive)
    return jnp.sum(series**2) + jnp.sum(end)


@pytest.mark.parametrize("num_steps", [1, 2, 3, 7, 37, 64, 365])
def test_equals_the_plain_scan_for_any_number_of_steps(num_steps):
    drive, start = jnp.linspace(0.1, 1.0, num_steps), jnp.array([0.1, 0.4])
    ours = checkpointed_scan(logistic(0.3), start, drive)
    plain = jax.lax.scan(logistic(0.3), start, drive)
    for left, right in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("in_cache", [0, scan.IN_CACHE])
@pytest.mark.parametrize("num_steps", [1, 5, 36, 365])
def test_gradients_equal_the_plain_scan(num_steps, in_cache, monkeypatch):
    monkeypatch.setattr(scan, "IN_CACHE", in_cache)
    point = (jnp.array(0.3), jnp.array([0.1, 0.4]), jnp.linspace(0.1, 1.0, num_steps))
    ours = jax.jit(jax.grad(lambda *p: total(checkpointed_scan, *p), argnums=(0, 1, 2)))(*point)
    plain = jax.jit(jax.grad(lambda *p: total(jax.lax.scan, *p), argnums=(0, 1, 2)))(*point)
    for left, right in zip(ours, plain, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-12)


def test_forward_mode_equals_reverse_mode():
    start, drive = jnp.array([0.1, 0.4]), jnp.linspace(0.1, 1.0, 50)
    along = jax.jvp(lambda rate: total(checkpointed_scan, rate, start, drive), (jnp.array(0.3),), (jnp.array(1.0),))[1]
    back = jax.grad(lambda rate: total(checkpointed_scan, rate, start, drive))(jnp.array(0.3))
    np.testing.assert_allclose(along, back, rtol=1e-12)


def test_second_derivatives_and_batches_pass_through():
    start, drive = jnp.array([0.1, 0.4]), jnp.linspace(0.1, 1.0, 20)
    curve = jax.grad(jax.grad(lambda rate: total(checkpointed_scan, rate, start, drive)))
    plain = jax.grad(jax.grad(lambda rate: total(jax.lax.scan, rate, start, drive)))
    rates = jnp.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(jax.vmap(curve)(rates), jax.vmap(plain)(rates), rtol=1e-10)


def test_integers_may_be_carried_and_driven():
    def step(carry, x):
        count, value = carry
        return (count + x, value * 0.5), value

    run = lambda value: checkpointed_scan(step, (jnp.array(0), value), jnp.arange(10))  # noqa: E731
    (count, _), _ = run(jnp.array(1.0))
    assert int(count) == 45
    assert float(jax.grad(lambda value: run(value)[0][1])(jnp.array(1.0))) == 0.5**10


def test_reverse_mode_keeps_memory_flat():
    """Beyond the series itself and its cotangent reverse mode keeps 2√T states; the plain scan keeps several for every step."""
    members, num_steps = 512, 16384

    def temporary(scanned):
        gradient = jax.grad(lambda rate: total(scanned, rate, jnp.full(members, 0.1), jnp.ones(num_steps)))
        return jax.jit(gradient).lower(jnp.array(0.3)).compile().memory_analysis().temp_size_in_bytes

    state = 8 * members
    assert temporary(checkpointed_scan) < 2 * num_steps * state + 6 * 128 * state
    assert temporary(jax.lax.scan) > 4 * num_steps * state
