"""Laws of the control space."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landpda.core.errors import StudyError
from landpda.parameters import (
    Correlation,
    FixedParameter,
    LessThan,
    Parameter,
    ParameterSpace,
    Scaling,
    SumLessThan,
    space_from_moments,
)
from landpda.parameters.priors import Beta, HalfNormal, LogNormal, LogUniform, Normal, Uniform

VCMAX = Parameter("vcmax25", "umol m-2 s-1", LogNormal(50.0, 0.3), dims=("pft",), shape=(3,))
Q10 = Parameter("q10", "1", Uniform(1.0, 3.0))
RATE = Parameter("rate", "d-1", LogUniform(1e-5, 1e-2))
SPLIT = Parameter("split", "1", (Beta(2.0, 3.0), Uniform(0.0, 1.0)), dims=("pool",), shape=(2,))


def whole_space(**changes) -> ParameterSpace:
    """A space with all that a space can hold, but constraints."""
    correlation = Correlation.from_pairs({("q10", "vcmax25[pft=1]"): 0.6, ("q10", "rate"): -0.3})
    scaling = Scaling("vcmax_factor", LogNormal(1.0, 0.1), ("vcmax25", "jmax25"))
    settings = {"correlation": correlation, "scalings": [scaling], **changes}
    fixed = FixedParameter("jmax25", "umol m-2 s-1", [90.0, 80.0, 70.0])
    return ParameterSpace([VCMAX, Q10, RATE, SPLIT, fixed], **settings)


SPACE = whole_space()
VECTORS = arrays(float, (SPACE.n,), elements=st.floats(-4.0, 4.0))


@eqx.filter_jit
def there_and_back(space: ParameterSpace, z):
    theta = space.to_physical(z)
    return theta, space.to_control(theta), space.from_natural(space.to_natural(z)), space.from_values(space.values(z))


def test_control_elements_are_named_entry_by_entry():
    entries = ("vcmax25[pft=0]", "vcmax25[pft=1]", "vcmax25[pft=2]", "q10", "rate", "split[pool=0]", "split[pool=1]")
    assert SPACE.names == (*entries, "vcmax_factor")
    assert SPACE.n == len(SPACE.names) == len(SPACE.units) == 8
    assert SPACE.units[0] == "umol m-2 s-1"
    assert set(SPACE.theta_names) == {"vcmax25", "q10", "rate", "split", "vcmax_factor", "jmax25"}
    two = Parameter("k", "1", Normal(0.0, 1.0), dims=("pft", "layer"), shape=(2, 2))
    assert ParameterSpace([two]).names == ("k[pft=0,layer=0]", "k[pft=0,layer=1]", "k[pft=1,layer=0]", "k[pft=1,layer=1]")


@given(z=VECTORS)
@settings(max_examples=50, deadline=None)
def test_round_trips(z):
    theta, by_theta, by_natural, by_values = there_and_back(SPACE, z)
    assert {name: value.shape for name, value in theta.items()} == {
        "vcmax25": (3,),
        "q10": (),
        "rate": (),
        "split": (2,),
        "vcmax_factor": (),
        "jmax25": (3,),
    }
    for back in (by_theta, by_natural, by_values):
        np.testing.assert_allclose(back, z, atol=1e-9)


def test_block_is_a_stack_of_singles_with_the_member_axis_last():
    Z = SPACE.sample(jax.random.key(0), 5)
    block = SPACE.to_physical_block(Z)
    singles = [SPACE.to_physical(z) for z in Z]
    for name, values in block.items():
        np.testing.assert_allclose(values, np.stack([single[name] for single in singles], axis=-1), rtol=1e-14)
    np.testing.assert_allclose(SPACE.to_control_block(block), Z, atol=1e-10)


def test_compiled_equals_eager():
    z = SPACE.sample(jax.random.key(1), 1)[0]
    compiled = eqx.filter_jit(SPACE.to_physical)(z)
    for name, value in SPACE.to_physical(z).items():
        np.testing.assert_allclose(compiled[name], value, rtol=1e-13)


def test_order_of_parameters_permutes_the_control_vector_only():
    parameters = [VCMAX, Q10, RATE, SPLIT]
    forward, backward = ParameterSpace(parameters), ParameterSpace(parameters[::-1])
    z = np.random.default_rng(0).normal(size=forward.n)
    moved = np.array([z[forward.names.index(name)] for name in backward.names])
    one, other = forward.to_physical(z), backward.to_physical(moved)
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])
    assert float(forward.log_prior(z)) == pytest.approx(float(backward.log_prior(moved)), rel=1e-14)


def test_scaling_factor_multiplies_estimated_and_fixed_members():
    z = np.zeros(SPACE.n)
    z[-1] = 1.0
    plain, scaled = SPACE.to_physical(np.zeros(SPACE.n)), SPACE.to_physical(z)
    factor = np.exp(0.1)
    assert float(scaled["vcmax_factor"]) == pytest.approx(factor)
    for name in ("vcmax25", "jmax25"):
        np.testing.assert_allclose(scaled[name], plain[name] * factor, rtol=1e-14)
    np.testing.assert_array_equal(scaled["q10"], plain["q10"])
    np.testing.assert_allclose(SPACE.to_control(scaled), z, atol=1e-12)


def test_fixed_parameters_leave_the_control_vector():
    held = whole_space(fixed={"rate": 1e-3}, correlation=None)
    assert "rate" not in held.names
    assert held.n == SPACE.n - 1
    assert float(held.to_physical(np.zeros(held.n))["rate"]) == 1e-3
    block = held.to_physical_block(np.zeros((4, held.n)))
    assert block["rate"].shape == (4,)
    assert block["jmax25"].shape == (3, 4)


def test_log_prior_is_minus_half_the_square():
    z = np.random.default_rng(1).normal(size=SPACE.n)
    assert float(SPACE.log_prior(z)) == pytest.approx(-0.5 * z @ z, rel=1e-15)
    np.testing.assert_allclose(jax.grad(SPACE.log_prior)(jnp.asarray(z)), -z, rtol=1e-15)


def test_natural_prior_is_the_same_density_in_other_coordinates():
    """log p(u) = log p(z) + log|dz/du|, the copula included."""
    log_normalised = -0.5 * SPACE.n * np.log(2 * np.pi)
    for seed in range(3):
        z = 0.7 * jax.random.normal(jax.random.key(seed), (SPACE.n,))
        u, jacobian = SPACE.to_natural(z), jax.jit(jax.jacfwd(lambda z: SPACE.to_natural(z)))(z)
        expected = SPACE.log_prior(z) + log_normalised - np.linalg.slogdet(np.asarray(jacobian))[1]
        assert float(SPACE.natural_log_prior(u)) == pytest.approx(float(expected), abs=1e-9)


def test_natural_prior_of_uniform_parameters_is_flat_up_to_the_bounds():
    space = ParameterSpace([Q10, RATE])
    low, high = space.natural_bounds
    np.testing.assert_allclose(low, (1.0, np.log(1e-5)))
    np.testing.assert_allclose(high, (3.0, np.log(1e-2)))
    densities = [float(space.natural_log_prior(low + share * (high - low))) for share in (0.0, 0.3, 1.0)]
    np.testing.assert_allclose(densities, densities[0], rtol=1e-14)
    np.testing.assert_allclose(space.values_from_natural(low), (1.0, 1e-5), rtol=1e-14)
    np.testing.assert_allclose(space.bounds, [(1.0, 1e-5), (3.0, 1e-2)])


def test_full_normal_prior_is_exact():
    """The prior of the linear-Gaussian problem: B = [[1, .3], [.3, .5]], x_b = (0, 1)."""
    covariance = np.array([[1.0, 0.3], [0.3, 0.5]])
    space = space_from_moments({"a": 0.0, "b": 1.0}, covariance)
    root = np.linalg.cholesky(covariance)
    z = np.random.default_rng(2).normal(size=(50, 2))
    block = space.to_physical_block(z)
    np.testing.assert_allclose(np.stack([block["a"], block["b"]]), (np.array([0.0, 1.0]) + z @ root.T).T, atol=1e-14)
    np.testing.assert_allclose(space.prior_mean, (0.0, 1.0), atol=1e-15)
    np.testing.assert_allclose(space.prior_covariance, covariance, atol=1e-14)
    x = np.array([0.4, -0.2])
    departure = x - (0.0, 1.0)
    cost = 0.5 * departure @ np.linalg.solve(covariance, departure)
    assert -float(space.log_prior(space.from_values(x))) == pytest.approx(cost, rel=1e-13)


def test_gradient_of_the_linear_gaussian_cost_at_the_prior_mean():
    """∇_v J at v = 0 is (−17.16, −8.45212399) and J is 7.38 for the reference H, R, B, y."""
    space = space_from_moments({"a": 0.0, "b": 1.0}, [[1.0, 0.3], [0.3, 0.5]])
    operator, y = jnp.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), jnp.array([1.2, 1.9, 3.2])

    def cost(z):
        theta = space.to_physical(z)
        misfit = (operator @ jnp.stack([theta["a"], theta["b"]]) - y) / 0.5
        return 0.5 * misfit @ misfit - space.log_prior(z)

    value, gradient = jax.value_and_grad(cost)(jnp.zeros(2))
    assert float(value) == pytest.approx(7.38, rel=1e-14)
    np.testing.assert_allclose(gradient, (-17.16, -8.45212399), rtol=1e-8)


def test_sample_has_the_prior_of_every_element():
    Z = np.asarray(whole_space().sample(jax.random.key(3), 4000))
    np.testing.assert_allclose(Z.mean(axis=0), 0.0, atol=0.06)
    np.testing.assert_allclose(np.cov(Z.T), np.eye(8), atol=0.08)


def test_same_key_draws_the_same_members():
    constrained = ParameterSpace([Q10, RATE], constraints=[LessThan("rate", "q10")])
    for space in (SPACE, constrained):
        one, other = (space.sample(jax.random.key(4), 7) for _ in range(2))
        np.testing.assert_array_equal(one, other)


def test_default_control_starts_inside_where_a_default_lies_on_an_end():
    space = ParameterSpace([Parameter("a", "1", Uniform(0.0, 1.0), default=1.0), Parameter("b", "1", Normal(2.0, 1.0))])
    np.testing.assert_allclose(space.default_control, (3.0, 0.0), atol=1e-12)


def test_constrained_prior_is_zero_outside_and_never_drawn():
    ordered = [Parameter(name, "1", Uniform(0.0, 1.0)) for name in "abc"]
    space = ParameterSpace(ordered, constraints=[LessThan("a", "b"), SumLessThan(("a", "c"), 1.0)])
    Z = space.sample(jax.random.key(5), 500)
    theta = space.to_physical_block(Z)
    margins = space.constraint_margins(theta)
    assert margins.shape == (2, 500)
    assert bool(jnp.all(margins >= 0))
    np.testing.assert_array_equal(margins[0], theta["b"] - theta["a"])
    np.testing.assert_array_equal(margins[1], 1.0 - (theta["a"] + theta["c"]))
    # P(a < b, a + c < 1) = ∫ (1−a)² da = 1/3, and E[a] over it is ∫ a (1−a)² da / (1/3) = 1/4.
    assert float(theta["a"].mean()) == pytest.approx(0.25, abs=0.03)
    assert all(np.isfinite(jax.vmap(space.log_prior)(Z[:5])))
    broken = space.from_values(np.array([0.8, 0.2, 0.1]))
    assert np.isneginf(space.log_prior(broken))
    assert np.isneginf(space.natural_log_prior(space.to_natural(broken)))


def test_constraint_between_arrays_holds_for_the_worst_entry():
    low = Parameter("low", "1", Normal(0.0, 1.0), dims=("pft",), shape=(2,))
    high = Parameter("high", "1", Normal(1.0, 1.0))
    space = ParameterSpace([low, high], constraints=[LessThan("low", "high", gap=0.5)])
    theta = {"low": jnp.array([0.0, 2.0]), "high": jnp.array(1.0)}
    np.testing.assert_allclose(space.constraint_margins(theta), [-1.5])
    block = {"low": jnp.array([[0.0, 0.0], [2.0, 0.2]]), "high": jnp.array([1.0, 1.0])}
    np.testing.assert_allclose(space.constraint_margins(block), [[-1.5, 0.3]])
    assert ParameterSpace([high]).constraint_margins({"high": jnp.array(1.0)}).shape == (0,)


def test_constraints_that_hardly_ever_hold_are_an_error():
    parameters = [Parameter("a", "1", Uniform(1.0, 2.0)), Parameter("b", "1", Uniform(0.0, 1.0))]
    with pytest.raises(StudyError, match=r"0 do; .*LessThan\(left='a', right='b'.*100.0%"):
        ParameterSpace(parameters, constraints=[LessThan("a", "b")]).sample(jax.random.key(0), 3)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: ParameterSpace([]), "No parameter is estimated"),
        (lambda: ParameterSpace([Q10, Q10]), "more than once"),
        (lambda: ParameterSpace([Q10], scalings=[Scaling("q10", LogNormal(1.0, 0.1), ())]), "more than once"),
        (lambda: ParameterSpace([Q10], scalings=[Scaling("f", LogNormal(1.0, 0.1), ("q1",))]), "Did you mean q10"),
        (lambda: ParameterSpace([Q10], constraints=[LessThan("q10", "rte")]), "no such parameter"),
        (lambda: ParameterSpace([Q10, RATE], correlation=Correlation.from_pairs({("q10", "rte"): 0.1})), "Did you mean rate"),
        (lambda: SPACE.to_physical(np.zeros(3)), "has 8 control elements"),
        (lambda: SPACE.to_control({"q10": 2.0}), "'vcmax25' was asked for"),
    ],
)
def test_what_does_not_fit_is_refused(build, says):
    with pytest.raises(StudyError, match=says):
        build()


def test_gradient_flows_through_everything():
    def total(z):
        return sum(jnp.sum(jnp.log(value)) for value in SPACE.to_physical(z).values())

    z = jnp.linspace(-1.0, 1.0, SPACE.n)
    h = 1e-6
    numbers = [(total(z.at[i].add(h)) - total(z.at[i].add(-h))) / (2 * h) for i in (1, 3, 5, 7)]
    np.testing.assert_allclose(jax.jit(jax.grad(total))(z)[np.array([1, 3, 5, 7])], numbers, rtol=1e-7)


def test_many_parameters_of_one_family_compile_as_one():
    def size(num: int) -> int:
        space = ParameterSpace([Parameter(f"p{i}", "1", HalfNormal(1.0 + i)) for i in range(num)])
        return len(jax.make_jaxpr(space.marginals.from_normal)(np.zeros(num)).eqns)

    assert size(40) == size(4)
