"""Searches that only run the model: what they keep, and what they make of runs that fail."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.optimise.cma_es import CMAES
from landpda.methods.optimise.covariance_adaptation import Axes, Normal, folded, rates, updated
from landpda.methods.optimise.differential_evolution import DifferentialEvolution, Settings, kept, learnt, mutants, scattered
from landpda.methods.optimise.gauss_newton import GaussNewton
from landpda.methods.optimise.genetic import Genetic
from landpda.methods.optimise.nelder_mead import NelderMead, Simplices, adaptive, advanced
from landpda.methods.optimise.variation import copies, polynomial_mutation, simulated_binary_crossover, tournament
from landpda.problem.untraced import Untraced
from looped import Looped

BENT = linear_gaussian.Line(curvature=0.4)
SEARCHES = [
    Genetic(num_members=16, num_generations=30, checkpoint_every=10),
    DifferentialEvolution(num_members=16, num_generations=30, checkpoint_every=10),
    CMAES(num_restarts=1, num_screened=8),
    NelderMead(num_starts=2, num_screened=8),
]


def test_crossover_keeps_the_middle_of_the_parents_and_what_is_not_crossed() -> None:
    one, other = jr.normal(jr.key(0), (400, 3)), jr.normal(jr.key(1), (400, 3))
    first, second = simulated_binary_crossover(jr.key(2), one, other, 5.0)
    np.testing.assert_allclose(first + second, one + other, atol=1e-12)
    same = np.asarray(first == one)
    assert 0.4 < same.mean() < 0.7
    # of those that crossed, as many end outside the parents as inside [deb1995]
    outside = np.abs(first - second)[~same] > np.abs(one - other)[~same]
    assert 0.4 < outside.mean() < 0.6


def test_mutation_moves_one_element_in_n_and_none_beyond_its_width() -> None:
    Z = jnp.zeros((4000, 4))
    moved = np.asarray(polynomial_mutation(jr.key(0), Z, jnp.array([1.0, 1.0, 10.0, 1.0]), 20.0, 0.25))
    assert 0.22 < np.mean(moved != 0.0) < 0.28
    assert np.all(np.abs(moved) <= [1.0, 1.0, 10.0, 1.0])
    assert abs(moved[:, 0].mean()) < 0.005


def test_the_better_of_two_wins_the_tournament() -> None:
    cost = jnp.arange(10.0)
    winners = np.asarray(tournament(jr.key(0), cost[:, None] < cost[None, :], 20_000))
    np.testing.assert_allclose(np.bincount(winners, minlength=10) / 20_000, (19.0 - 2.0 * np.arange(10)) / 100.0, atol=0.015)


def test_copies_are_seen() -> None:
    np.testing.assert_array_equal(copies(jnp.array([[1.0], [1.0], [2.0], [1.0]])), [False, True, False, True])


def test_mutants_are_made_of_others() -> None:
    # each member has a power of two of its own, so that the sum shows who took part
    Z = jnp.asarray(2.0 ** np.arange(6))[:, None] * 1000.0
    past = jnp.asarray(2.0 ** np.arange(6))[:, None]
    for seed in range(30):
        made = np.asarray(mutants(jr.key(seed), Z, past, jnp.asarray(2), 2, jnp.ones(6)))[:, 0]
        for own, value in enumerate(made):
            options = [
                1000.0 * 2**lead + 1000.0 * 2**one - two
                for lead in range(2)
                for one in range(6)
                if one != own
                for two in [*(1000.0 * 2**j for j in range(6) if j not in (own, one)), 1.0, 2.0]
            ]
            assert value in options


def test_what_was_replaced_is_kept_first_in_free_rows_then_at_random() -> None:
    Z = jnp.arange(4.0)[:, None] + 10.0
    past, num = kept(jr.key(0), jnp.zeros((4, 1)), jnp.asarray(1), Z, jnp.array([True, False, True, False]))
    np.testing.assert_array_equal(np.asarray(past)[:, 0], [0.0, 10.0, 12.0, 0.0])
    assert num == 3
    past, num = kept(jr.key(0), past, num, Z, jnp.array([False, True, True, True]))
    assert num == 4
    assert np.all(np.isin(np.asarray(past)[:, 0], [0.0, 10.0, 11.0, 12.0, 13.0]))


def test_settings_follow_what_succeeded() -> None:
    before = Settings(jnp.asarray(0.5), jnp.asarray(0.5))
    factor, crossover = jnp.array([1.0, 0.5, 0.1]), jnp.array([0.9, 0.7, 0.1])
    after = learnt(before, factor, crossover, jnp.array([True, True, False]))
    assert float(after.factor) == pytest.approx(0.45 + 0.1 * 1.25 / 1.5)
    assert float(after.crossover) == pytest.approx(0.45 + 0.1 * 0.8)
    for left, right in zip(learnt(before, factor, crossover, jnp.zeros(3, dtype=bool)), before, strict=True):
        assert left == right
    drawn, chances = scattered(jr.key(0), before, 1000)
    assert np.all((np.asarray(drawn) > 0.0) & (np.asarray(drawn) <= 1.0))
    assert np.median(drawn) == pytest.approx(0.5, abs=0.05)
    assert np.mean(chances) == pytest.approx(0.5, abs=0.02)


def test_rates_are_those_of_the_tutorial() -> None:
    # n = 10, λ = 10 of [hansen2016] table 1
    rate = rates(10, 10)
    assert rate.weights[:5].sum() == pytest.approx(1.0)
    assert rate.mu_eff == pytest.approx(3.167, abs=2e-3)
    assert rate.c_sigma == pytest.approx((rate.mu_eff + 2.0) / (10.0 + rate.mu_eff + 5.0))
    assert np.all(np.diff(rate.weights) < 0.0)
    assert 0.0 < rate.c_1 < rate.c_mu < 1.0


def test_the_strategy_keeps_its_step_and_shape_where_selection_is_blind() -> None:
    """Ranked at random, members say nothing: log σ and log |C| have no drift [hansen2016, section 0.3]."""
    rng = np.random.default_rng(0)
    n, logs = 3, []
    for _ in range(200):
        normal = Normal(np.zeros(n), np.asarray(1.0), np.eye(n), np.zeros(n), np.zeros(n))
        for generation in range(20):
            axes = Axes.of(normal)
            normal = updated(normal, axes, axes.stretched(rng.standard_normal((12, n))), generation)
        logs.append(np.log(float(normal.sigma)))
    assert abs(np.mean(logs)) < 4.0 * np.std(logs) / np.sqrt(len(logs)) + 0.05


def test_members_are_mirrored_into_the_box() -> None:
    bounds = np.array([0.0, -np.inf, 0.0]), np.array([1.0, np.inf, np.inf])
    Z = np.array([[1.25, 7.0, -0.5], [-0.25, -7.0, 0.5], [2.25, 0.0, 3.0]])
    np.testing.assert_allclose(folded(Z, bounds), [[0.75, 7.0, 0.5], [0.25, -7.0, 0.5], [0.25, 0.0, 3.0]])


def test_coefficients_of_two_elements_are_the_original_ones() -> None:
    assert adaptive(2) == pytest.approx((1.0, 2.0, 0.5, 0.5))
    assert adaptive(10) == pytest.approx((1.0, 1.2, 0.7, 0.9))


def test_simplices_do_not_meet_and_the_best_corner_never_gets_worse() -> None:
    problem = linear_gaussian.problem(model=BENT)
    corners = np.asarray(problem.initial_ensemble(jr.key(0), 9)).reshape(3, 3, 2)
    cost = -np.asarray(problem.log_density_ensemble(jnp.asarray(corners.reshape(9, 2)))).reshape(3, 3)
    together, alone = Simplices(corners, cost).in_order(), Simplices(corners[1:2], cost[1:2]).in_order()
    for _ in range(12):
        before = together.cost[:, 0]
        together, _ = advanced(problem, together, np.array([True, True, False]))
        alone, _ = advanced(problem, alone, np.array([True]))
        assert np.all(together.cost[:, 0] <= before)
    np.testing.assert_allclose(together.corners[1], alone.corners[0], rtol=1e-9)
    np.testing.assert_array_equal(together.corners[2], Simplices(corners, cost).in_order().corners[2])


def test_a_failed_corner_is_left_behind() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=0.9))
    result = run(NelderMead(num_starts=4, num_screened=16), frail, jr.key(0))
    assert np.isfinite(float(result.estimate.cost))
    assert np.all(np.isfinite(result.trace["cost"][-1]))


@pytest.mark.parametrize("method", SEARCHES, ids=lambda method: method.name)
def test_the_lowest_cost_never_rises_and_is_the_problems_own(method: Method) -> None:
    problem = linear_gaussian.problem(model=BENT)
    result = run(method, problem, jr.key(0))
    lowest = np.min(result.trace["cost"], axis=1)
    assert np.all(np.diff(lowest) <= 0.0)
    assert float(problem.cost(result.estimate.z)) == pytest.approx(float(result.estimate.cost), rel=1e-12)


@pytest.mark.parametrize("method", SEARCHES, ids=lambda method: method.name)
def test_runs_are_counted_as_they_are_asked_for(method: Method) -> None:
    asked = []

    def spoil(Z: np.ndarray) -> np.ndarray:
        asked.append(len(Z))
        return np.zeros(len(Z), dtype=bool)

    result = run(method, Untraced(problem=linear_gaussian.problem(), spoil=spoil), jr.key(0))
    assert result.runs_used == sum(asked)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Genetic(num_members=1),
        lambda: DifferentialEvolution(best_share=1.5),
        lambda: CMAES(first_step=0.0),
        lambda: NelderMead(num_starts=0),
        lambda: GaussNewton(max_halvings=-1),
    ],
)
def test_settings_that_cannot_be_run_are_refused(make: object) -> None:
    with pytest.raises(StudyError, match="was given"):
        make()  # type: ignore[operator]


def test_a_problem_of_many_parameters_does_not_hang() -> None:
    """More than the 33 elements from which factorisations in compiled loops are dangerous; there are none."""
    from landpda.parameters.parameter import Parameter
    from landpda.parameters.priors.normal import Normal as NormalPrior
    from landpda.parameters.space import ParameterSpace
    from landpda.problem.density import DensityProblem

    space = ParameterSpace([Parameter(f"x{i}", "1", NormalPrior(0.0, 1.0)) for i in range(41)])
    problem = DensityProblem(function=lambda x: -jnp.sum(jnp.square(x - 1.0)), prior=space)
    for method in (
        DifferentialEvolution(num_members=24, num_generations=20),
        CMAES(num_restarts=0, num_screened=0, max_runs=900),
    ):
        assert np.isfinite(float(run(method, problem, jr.key(0)).estimate.cost))
    jax.block_until_ready(Looped(problem=problem).log_density_ensemble(jnp.zeros((2, 41))))
