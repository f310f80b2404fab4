"""Operators: their values, and that a block of members is a stack of single ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landpda.observations.operators.select import Select
from landpda.observations.operators.temporal import TemporalMean, TemporalSum
from landpda.observations.operators.violation import Violation

T, B = 12, 3
RNG = np.random.default_rng(0)
OUTPUTS = {"nbe": jnp.asarray(RNG.normal(size=(T, B))), "constraint_margin": jnp.asarray(RNG.normal(size=(5, B)))}
FIRST, LAST = np.array([0, 4, 11]), np.array([3, 10, 11])
OPERATORS = [
    Select("nbe", np.array([1, 5, 7]), 2.0),
    TemporalMean("nbe", FIRST, LAST, 0.5),
    TemporalSum("nbe", FIRST, LAST, dt=2.0, factor=3.0),
    Violation(0.1),
]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_block_is_a_stack_of_single_members(operator):
    block = operator(OUTPUTS)
    for member in range(B):
        single = operator({name: values[:, member] for name, values in OUTPUTS.items()})
        np.testing.assert_allclose(block[:, member], single, rtol=1e-12)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_operator_looks_only_at_what_it_wants(operator):
    wanted = {name: OUTPUTS[name] for name in operator.wanted}
    np.testing.assert_array_equal(operator(wanted), operator(OUTPUTS))


def test_window_mean_and_sum_are_those_of_numpy():
    nbe = np.asarray(OUTPUTS["nbe"])
    mean = TemporalMean("nbe", FIRST, LAST, 0.5)(OUTPUTS)
    total = TemporalSum("nbe", FIRST, LAST, dt=2.0, factor=3.0)(OUTPUTS)
    for row, (a, b) in enumerate(zip(FIRST, LAST, strict=True)):
        np.testing.assert_allclose(mean[row], 0.5 * nbe[a : b + 1].mean(axis=0), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(total[row], 6.0 * nbe[a : b + 1].sum(axis=0), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("operator", OPERATORS[:3], ids=lambda operator: operator.name)
def test_temporal_operators_are_linear(operator):
    direction = {name: jnp.asarray(RNG.normal(size=values.shape)) for name, values in OUTPUTS.items()}
    _, tangent = jax.jvp(operator, (OUTPUTS,), (direction,))
    np.testing.assert_allclose(tangent, operator(direction), rtol=1e-10, atol=1e-12)


def test_violation_is_nothing_where_the_constraint_holds_and_the_distance_where_it_does_not():
    violation = Violation(0.05)({"constraint_margin": jnp.array([2.0, 0.0, -1.5])})
    np.testing.assert_allclose(violation, [0.0, 0.05 * np.log(2.0), 1.5], atol=1e-12)
    far = jax.grad(lambda m: Violation(0.05)({"constraint_margin": m})[0])(jnp.array([-1e4]))
    assert float(far[0]) == pytest.approx(-1.0)
