"""Samplers and approximations against published numbers: linear-Gaussian, banana, two modes, funnel, evidences, posteriordb."""

from __future__ import annotations

import functools

import equinox as eqx
import jax
import jax.random as jr
import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from known_posteriors import banana, eggbox, eight_schools, funnel, lotka_volterra, shells, two_modes
from scipy.stats import chi2

import linear_gaussian
from landpda.core.estimate import Samples
from landpda.core.registry import discover
from landpda.core.result import Result
from landpda.core.types import Exact
from landpda.methods.approximate.full_rank import FullRank
from landpda.methods.approximate.mean_field import MeanField
from landpda.methods.approximate.pathfinder import Pathfinder
from landpda.methods.driver import run
from landpda.methods.method import Method
from landpda.methods.sample.adaptive_metropolis import AdaptiveMetropolis
from landpda.methods.sample.demcz import DEMCz
from landpda.methods.sample.dream_zs import DreamZS
from landpda.methods.sample.glue import GLUE
from landpda.methods.sample.hmc import HMC
from landpda.methods.sample.importance import Importance
from landpda.methods.sample.nuts import NUTS
from landpda.methods.sample.smc import SMC
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.normal import Normal
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem

EVIDENCE = -3.4403205416
"""Log evidence of the linear-Gaussian problem."""
ERRORS = 4.5
"""Monte Carlo standard errors that a moment may be off: one in 1e5 by chance."""
POSTERIORDB_ERRORS = 4.0
REPEATS = 6
"""Runs of a population whose scatter is its Monte Carlo error."""


def physical(problem, result: Result) -> np.ndarray:
    """(C, D, n) physical values of the draws."""
    return np.asarray(jax.vmap(jax.vmap(problem.space.values))(result.estimate.draws))


def sampled(problem, method: Method, key: int = 0) -> np.ndarray:
    return physical(problem, run(method, problem, jr.key(key)))


def assert_mean(draws: np.ndarray, expected: float) -> None:
    """The mean of (C, D) draws, within its Monte Carlo error."""
    assert abs(draws.mean() - expected) < ERRORS * float(array_stats.mcse(draws, method="mean"))


def severities(result: Result) -> set[str]:
    return {finding.severity for finding in result.findings}


@pytest.mark.parametrize(
    "method", [GLUE(shaping=3, behavioural=1.0, num_kept=100_000), Importance(batch=100_000, num_rounds=1, num_kept=100_000)]
)
def test_prior_draws_with_the_formal_likelihood_have_the_posteriors_moments(method):
    """GLUE and importance sampling with N = 1e5: moments within 2 %."""
    problem = linear_gaussian.problem()
    draws = sampled(problem, method).reshape(-1, 2)
    np.testing.assert_allclose(draws.mean(axis=0), linear_gaussian.MEAN, rtol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), linear_gaussian.COVARIANCE, rtol=0.02)


def test_glue_with_half_the_shaping_has_the_posterior_of_half_the_data():
    """With N = m/2 the informal likelihood is the root of the formal one: errors of twice the variance."""
    problem = linear_gaussian.problem()
    draws = np.asarray(run(GLUE(shaping=1.5, behavioural=1.0, num_kept=100_000), problem, jr.key(1)).estimate.draws)[0]
    tangent = np.asarray(jax.jacfwd(lambda z: problem.forward_ensemble(z[None]).values[0])(np.zeros(2)))
    precision = np.eye(2) + 0.5 * tangent.T @ tangent / 0.25
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), rtol=0.04)


def test_evidence_of_weighted_draws_is_the_textbooks():
    importance = run(Importance(batch=4_000, num_rounds=3), linear_gaussian.problem(), jr.key(0))
    assert importance.trace["log_evidence"][-1] == pytest.approx(EVIDENCE, abs=0.02)


@pytest.mark.slow
def test_evidence_of_a_population_is_the_textbooks():
    problem = linear_gaussian.problem()
    smc = [run(SMC(num_particles=4000), problem, jr.key(key)).trace["log_evidence"][-1] for key in range(REPEATS)]
    assert np.mean(smc) == pytest.approx(EVIDENCE, abs=0.03)
    assert np.std(smc) < 0.05


def test_full_rank_is_the_posterior_and_its_bound_the_evidence():
    problem = linear_gaussian.problem()
    result = run(FullRank(num_screened=32, tolerance=1e-9), problem, jr.key(0))
    mean, covariance = linear_gaussian.posterior_in_control_space()
    np.testing.assert_allclose(result.estimate.mean, mean, atol=1e-8)
    np.testing.assert_allclose(result.estimate.covariance, covariance, atol=1e-8)
    assert result.trace["evidence_bound"][-1] == pytest.approx(EVIDENCE, abs=1e-9)


def test_mean_field_has_the_posteriors_mean_and_the_spreads_of_one_parameter_at_a_time():
    """The posterior of section 3 as a density of the physical vector, of which the control vector's elements are multiples."""
    precision = np.linalg.inv(linear_gaussian.COVARIANCE)
    space = ParameterSpace([Parameter("intercept", "m", Normal(0.0, 1.0)), Parameter("slope", "m", Normal(1.0, 0.7))])
    problem = DensityProblem(lambda x: -0.5 * (x - linear_gaussian.MEAN) @ precision @ (x - linear_gaussian.MEAN), space)
    estimate = run(MeanField(num_screened=32, tolerance=1e-9), problem, jr.key(0)).estimate
    np.testing.assert_allclose(problem.space.values(estimate.mean), linear_gaussian.MEAN, atol=1e-7)
    sd = np.sqrt(np.diag(estimate.covariance)) * np.array([1.0, 0.7])
    np.testing.assert_allclose(sd, [0.27503774, 0.21110475], atol=1e-6)


def test_mean_field_in_the_control_space_has_the_spreads_of_its_hessian():
    problem = linear_gaussian.problem()
    estimate = run(MeanField(num_screened=32, tolerance=1e-9), problem, jr.key(0)).estimate
    hessian = np.linalg.inv(linear_gaussian.posterior_in_control_space()[1])
    np.testing.assert_allclose(np.diag(estimate.covariance), 1.0 / np.diag(hessian), atol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(
    "method",
    [
        DEMCz(num_chains=64, num_generations=40_000, thin=20),
        AdaptiveMetropolis(num_chains=64, num_generations=40_000, thin=20),
        NUTS(num_chains=8, num_draws=4_000, target=0.95),  # longer steps leave the ridge, and say that they diverge
    ],
    ids=lambda method: method.name,
)
def test_chains_follow_the_banana(method):
    x = sampled(banana(), method)
    for i in range(10):
        assert_mean(x[..., i], 0.0)
    assert_mean(x[..., 0] ** 2, 100.0)
    assert_mean(x[..., 1] ** 2, 201.0)
    assert_mean(x[..., 0] * x[..., 1], 0.0)
    assert_mean(x[..., 5] ** 2, 1.0)
    assert abs(np.mean(x[..., 0] ** 2) / 100.0 - 1.0) < 0.15


@pytest.mark.slow
def test_a_population_says_so_where_it_does_not_reach_the_bananas_tails():
    """A random walk along the ridge, with one covariance for all of it, takes more sweeps than are allowed here."""
    result = run(SMC(num_particles=4096), banana(), jr.key(0))
    x = physical(banana(), result)[0]
    assert abs(x[:, 0].mean()) < 2.0
    assert 40.0 < x[:, 0].var() < 110.0
    assert abs(x[:, 5].var() - 1.0) < 0.1
    assert "warning" in severities(result)
    longer = physical(banana(), run(SMC(num_particles=4096, max_moves=600), banana(), jr.key(0)))[0]
    assert abs(longer[:, 0].var() - 100.0) < abs(x[:, 0].var() - 100.0)


@pytest.mark.slow
def test_a_population_finds_the_weights_of_two_modes():
    x = sampled(two_modes(), SMC(num_particles=8192))
    assert abs(np.mean(x < 1.0) - 1.0 / 6.0) < 0.02
    assert abs(x.mean() - 7.0) < 0.4
    assert abs(x.var() - 46.0) < 3.0


@pytest.mark.slow
def test_demcz_finds_the_weights_of_two_modes():
    x = sampled(two_modes(), DEMCz(num_chains=32, num_generations=6000))
    assert abs(np.mean(x < 1.0) - 1.0 / 6.0) < 0.02
    assert_mean(x[..., 0], 7.0)
    assert abs(x.var() - 46.0) < 3.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "method",
    [
        AdaptiveMetropolis(num_chains=16, num_generations=2_000),
        DEMCz(num_chains=16, num_generations=2_000),
        HMC(num_chains=16, num_draws=400),
        NUTS(num_chains=4, num_draws=500),
        Importance(batch=2_000, num_rounds=5),
        FullRank(),
        MeanField(),
        Pathfinder(),
    ],
    ids=lambda method: method.name,
)
def test_whoever_meets_the_funnel_warns(method):
    result = run(method, funnel(), jr.key(2))
    warned = severities(result) & {"warning", "serious"}
    x = physical(funnel(), result)[..., 0].ravel() if isinstance(result.estimate, Samples) else np.zeros(1)
    exact = np.allclose(np.quantile(x, [0.05, 0.95]), [-4.93456, 4.93456], atol=0.3)
    assert warned or exact, result.findings


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "exact", "within"), [(shells, -1.74598, 0.05), (eggbox, 235.85596, 0.1)])
def test_a_population_measures_the_evidence_of_many_modes(problem, exact, within):
    found = [run(SMC(num_particles=8192), problem(), jr.key(key)).trace["log_evidence"][-1] for key in range(REPEATS)]
    assert np.mean(found) == pytest.approx(exact, abs=within)
    assert np.std(found) < 3.0 * within


SCHOOLS = {"mu": (4.4105, 0.033), "tau": (3.6021, 0.032)}
"""posteriordb's means, and their Monte Carlo standard errors."""
PELTS = {
    "growth": (0.546864, 0.065),
    "eaten": (0.0277473, 0.0043),
    "death": (0.800095, 0.092),
    "fed": (0.0240859, 0.0036),
    "hare": (34.0352, 2.9),
    "lynx": (5.9359, 0.53),
    "sd_hare": (0.248057, 0.045),
    "sd_lynx": (0.251017, 0.044),
}
"""posteriordb's means, and standard deviations of which a hundredth is the Monte Carlo standard error of its 1e4 draws."""
PUBLISHED = {
    "eight_schools": (eight_schools, SCHOOLS),
    "lotka_volterra": (lotka_volterra, {name: (mean, sd / 100.0) for name, (mean, sd) in PELTS.items()}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize(
    "method",
    [
        AdaptiveMetropolis(num_chains=64, num_generations=10_000),
        DEMCz(num_chains=64, num_generations=10_000),
        DreamZS(num_chains=64, num_generations=10_000),
        NUTS(num_chains=8, num_draws=2_000),
    ],
    ids=lambda method: method.name,
)
def test_chains_have_posteriordbs_means(name, method):
    problem, means = PUBLISHED[name][0](), PUBLISHED[name][1]
    x = sampled(problem, method)
    for element, (mean, error) in means.items():
        of = x[..., problem.names.index(element)]
        ours = float(array_stats.mcse(of, method="mean"))
        assert abs(of.mean() - mean) < POSTERIORDB_ERRORS * np.hypot(error, ours), (element, of.mean(), mean, error, ours)


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_population_has_posteriordbs_means(name):
    problem, means = PUBLISHED[name][0](), PUBLISHED[name][1]
    runs = [sampled(problem, SMC(num_particles=4096), key)[0] for key in range(REPEATS)]
    for element, (mean, error) in means.items():
        of = [x[:, problem.names.index(element)].mean() for x in runs]
        ours = np.std(of, ddof=1) / np.sqrt(REPEATS)
        assert abs(np.mean(of) - mean) < POSTERIORDB_ERRORS * np.hypot(error, ours), (element, np.mean(of), mean, error, ours)


SIMULATIONS = {"smc": 200, "importance": 200}
"""Of the others 1000: these two take a third of a second each."""
SIMULATED: dict[str, dict] = {
    "adaptive_metropolis": {"num_chains": 16, "num_generations": 800, "thin": 20, "checkpoint_every": 40},
    "demcz": {"num_chains": 16, "num_generations": 800, "thin": 20, "checkpoint_every": 40},
    "dream_zs": {"num_chains": 16, "num_generations": 800, "thin": 20, "checkpoint_every": 40},
    "glue": {"batch": 4000, "num_batches": 1, "shaping": 3.0, "behavioural": 1.0, "num_kept": 2000},
    "hmc": {"num_chains": 16, "num_draws": 200, "max_leapfrog": 8, "checkpoint_every": 200},
    "importance": {"batch": 1000, "num_rounds": 3, "num_kept": 2000},
    "nuts": {"num_chains": 4, "num_draws": 300, "max_depth": 5, "checkpoint_every": 300},
    "smc": {"num_particles": 1024},
    "full_rank": {"num_draws": 32, "num_screened": 16, "num_checked": 100},
    "pathfinder": {"num_paths": 4, "num_draws": 1000, "num_screened": 16},
}
"""Cheap settings of every method that gives the posterior of the linear-Gaussian problem."""


def test_every_sampler_is_calibrated_by_simulation():
    rooms = ("landpda.methods.sample", "landpda.methods.approximate")
    exact = {name for room in rooms for name, cls in discover(room, Method).items() if cls.exact != Exact.NEVER}
    assert exact <= set(SIMULATED)


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMULATED)
def test_simulated_truths_have_even_ranks(name):
    """Simulation-based calibration: a truth drawn from the prior has any rank among posterior draws with equal chance.

    Source: [talts2018]; 99 draws each, 20 bins, χ² with p > 0.01.
    """
    num = SIMULATIONS.get(name, 1000)
    found = {
        known: cls for room in ("sample", "approximate") for known, cls in discover(f"landpda.methods.{room}", Method).items()
    }
    method, problem = found[name](**SIMULATED[name]), linear_gaussian.problem()
    ranks = np.array([_rank(problem, method, jr.fold_in(jr.key(17), k)) for k in range(num)])
    for i in range(problem.n):
        counts = np.bincount(ranks[:, i] // 5, minlength=20)
        assert chi2.sf(np.sum((counts - num / 20) ** 2 / (num / 20)), df=19) > 0.01, counts


@functools.cache
def _simulate():
    return eqx.filter_jit(lambda problem, truth: problem.forward(truth))


def _rank(problem, method: Method, key: jax.Array) -> np.ndarray:
    truth_key, noise_key, run_key, draw_key = jr.split(key, 4)
    truth = problem.space.sample(truth_key, 1)[0]
    data = np.asarray(_simulate()(problem, truth) + 0.5 * jr.normal(noise_key, (3,)))
    values = [data[part] for part in problem.slices.values()]
    simulated = eqx.tree_at(lambda p: [stream.values for stream in p.streams], problem, values)
    draws = run(method, simulated, run_key).estimate.draw(draw_key, 99)
    return np.sum(np.asarray(draws) < np.asarray(truth), axis=0)
