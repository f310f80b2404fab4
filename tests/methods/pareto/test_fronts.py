"""Who beats whom, who has room, and what an objective is."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.core.estimate import Front
from landpda.methods.driver import run
from landpda.methods.pareto.dominance import dominates, ranks
from landpda.methods.pareto.nsga2 import NSGA2, crowding
from landpda.methods.pareto.nsga3 import Scale, directions, nearest_direction, rescaled, solved, thinned
from landpda.methods.pareto.objectives import front_of, objective_names, objectives
from landpda.problem.density import DensityProblem

INF = np.inf


def test_ranks_are_those_of_peeling_by_hand() -> None:
    found = np.random.default_rng(0).random((40, 3))
    found[[3, 7]] = INF
    left, level, expected = set(range(40)) - {3, 7}, 0, np.full(40, 40)
    beats = np.asarray(dominates(jnp.asarray(found)))
    while left:
        front = [i for i in left if not any(beats[j, i] for j in left)]
        expected[front] = level
        left, level = left - set(front), level + 1
    np.testing.assert_array_equal(ranks(jnp.asarray(found)), expected)


def test_room_is_the_sides_of_the_box_between_neighbours() -> None:
    found = jnp.array([[0.0, 4.0], [1.0, 2.0], [3.0, 1.0], [4.0, 0.0], [9.0, 9.0], [INF, INF]])
    room = np.asarray(crowding(found, ranks(found)))
    np.testing.assert_allclose(room, [INF, 3 / 4 + 3 / 4, 3 / 4 + 2 / 4, INF, INF, 0.0])


def test_directions_are_even_and_as_many_as_fit() -> None:
    ways = directions(3, 92)
    assert len(ways) == 91
    np.testing.assert_allclose(ways.sum(axis=1), 1.0)
    assert len({tuple(np.round(way, 9)) for way in ways}) == 91


def test_objectives_are_scaled_by_the_plane_through_the_ends() -> None:
    found = jnp.array([[2.0, 1.0], [1.0, 5.0], [1.2, 2.0], [INF, INF]])
    ran = jnp.array([True, True, True, False])
    scaled, scale = rescaled(found, Scale(jnp.full(2, INF), jnp.full((2, 2), INF)), ran, ran)
    np.testing.assert_allclose(scale.ideal, [1.0, 1.0])
    np.testing.assert_allclose(scaled[:3], [[1.0, 0.0], [0.0, 1.0], [0.2, 0.25]], atol=1e-9)


def test_elimination_solves() -> None:
    matrix = np.random.default_rng(1).standard_normal((4, 4))
    np.testing.assert_allclose(solved(jnp.asarray(matrix), jnp.ones(4)), np.linalg.solve(matrix, np.ones(4)), rtol=1e-9)


def test_the_direction_with_fewest_gets_the_next_member() -> None:
    ways = jnp.asarray(directions(2, 3))
    which, far = nearest_direction(jnp.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.9], [1.0, 0.0], [1.0, 0.05]]), ways)
    np.testing.assert_array_equal(which, [0, 0, 1, 2, 2])
    lives = thinned(jr.key(0), jnp.array([0, 1, 1, 1, 1]), which, far, 3, 3)
    np.testing.assert_array_equal(lives, [True, False, True, True, False])


def test_objectives_add_up_to_the_cost() -> None:
    problem = linear_gaussian.problem(scale=3.0)
    Z = problem.initial_ensemble(jr.key(0), 5)
    cost = -problem.log_density_ensemble(Z)
    apart = objectives(problem, Z, ("ends", "middle", "prior"))
    np.testing.assert_allclose(jnp.sum(apart, axis=1), cost, rtol=1e-12)
    shared = objectives(problem, Z, ("ends", "middle"))
    prior = 0.5 * jnp.sum(jnp.square(Z), axis=1)
    np.testing.assert_allclose(jnp.sum(shared, axis=1) - prior, cost, rtol=1e-12)


def test_a_failed_run_has_no_objectives() -> None:
    frail = linear_gaussian.problem(model=linear_gaussian.Line(fails_above=0.0))
    Z = frail.initial_ensemble(jr.key(0), 32)
    found = np.asarray(objectives(frail, Z, ("ends", "middle")))
    lost = ~np.isfinite(np.asarray(frail.log_density_ensemble(Z)))
    assert lost.any() and not lost.all()
    np.testing.assert_array_equal(np.isinf(found).all(axis=1), lost)


def test_streams_are_named_by_the_user_or_all() -> None:
    problem = linear_gaussian.problem(reverse=True)
    assert objective_names(problem, ()) == ("ends", "middle")
    assert objective_names(problem, ("prior", "middle")) == ("middle", "prior")
    assert objective_names(linear_gaussian.problem_with_unknown_error(), ()) == ("all", "prior")
    with pytest.raises(StudyError, match="Did you mean middle"):
        objective_names(problem, ("midle", "ends"))
    with pytest.raises(StudyError, match="only 'ends'"):
        objective_names(problem, ("ends",))
    density = DensityProblem(function=lambda x: -jnp.sum(x**2), prior=linear_gaussian.space())
    with pytest.raises(StudyError, match="no streams"):
        objective_names(density, ())


def test_a_front_holds_nobody_who_is_beaten_and_nobody_twice() -> None:
    found = jnp.array([[0.0, 2.0], [1.0, 1.0], [1.0, 1.0], [2.0, 2.0], [INF, INF], [2.0, 0.0]])
    front = front_of(jnp.arange(6.0)[:, None], found, ("a", "b"))
    np.testing.assert_array_equal(front.members[:, 0], [0.0, 1.0, 5.0])
    np.testing.assert_array_equal(front.best, [1.0])
    assert front.draw(jr.key(0), 10).shape == (10, 1)


def test_the_compromise_does_not_depend_on_the_units_of_an_objective() -> None:
    found = jnp.array([[0.0, 1.0], [0.2, 0.3], [0.5, 0.2], [1.0, 0.0]])
    for factor in (1.0, 1e3):
        front = Front(jnp.arange(4.0)[:, None], found * jnp.array([1.0, factor]), ("a", "b"))
        assert int(front.compromise) == 1


def test_the_prior_can_be_an_objective() -> None:
    problem = linear_gaussian.problem_with_unknown_error()
    front = run(NSGA2(num_members=20, num_generations=20), problem, jr.key(0)).estimate
    assert front.names == ("all", "prior")
    sizes = np.sum(np.square(np.asarray(front.members)), axis=1)
    np.testing.assert_array_equal(np.argsort(np.asarray(front.objectives)[:, 1]), np.argsort(sizes))
