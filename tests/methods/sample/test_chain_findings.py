"""What chains say of themselves."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from dream_targets import starting_in

from landpda.core.estimate import Samples
from landpda.methods.sample.chain_findings import chain_findings, fold_circular
from landpda.parameters.parameter import Parameter
from landpda.parameters.priors.uniform import Uniform
from landpda.parameters.space import ParameterSpace
from landpda.problem.density import DensityProblem


def chains(shift: float, num_chains: int = 4, num_draws: int = 500) -> np.ndarray:
    """Independent draws; the second parameter of the first chain is off by `shift`."""
    draws = np.random.default_rng(0).normal(size=(num_chains, num_draws, 2))
    draws[0, :, 1] += shift
    return draws


def test_severity_grows_with_the_distance_of_the_chains():
    severities = [chain_findings(chains(shift), ("a", "b"), 0.2)[0].severity for shift in (0.0, 0.45, 1.0, 5.0)]
    assert severities[0] == "good"
    assert severities[1] in ("note", "good")
    assert severities[2:] == ["warning", "serious"]


def test_chains_that_differ_are_never_called_converged():
    finding = chain_findings(chains(5.0), ("a", "b"), 0.2)[0]
    assert "not converged" in finding.sentence
    assert "for b" in finding.sentence


def test_chains_that_never_moved_have_not_converged():
    draws = np.broadcast_to(np.arange(4.0)[:, None, None], (4, 50, 2)).copy()
    agreement, movement = chain_findings(draws, ("a", "b"), 0.0)
    assert agreement.severity == "serious"
    assert movement.severity == "warning"


def test_too_few_draws_are_said_to_be_too_few():
    assert "too few" in chain_findings(chains(0.0, num_draws=5), ("a", "b"), 0.2)[0].sentence


def test_copies_of_a_circular_mode_become_one_mode_and_keep_their_likelihood():
    day = Parameter("onset_day", "d", Uniform(0.0, 1095.75), period=365.25)
    space = ParameterSpace([day])
    problem = DensityProblem(lambda x: jnp.sum(jnp.cos(2 * jnp.pi * x / 365.25)), space)
    days = np.array([[120.0, 121.0], [485.25, 486.25], [850.5, 851.5]])
    draws = jnp.asarray([[space.from_values(jnp.array([value])) for value in chain] for chain in days])
    density = -jnp.square(draws[..., 0]) / 2
    folded = fold_circular(Samples(draws, density), problem)
    seen = np.asarray([[space.values(z)[0] for z in chain] for chain in folded.draws])
    assert np.ptp(seen) < 2.0
    likelihood = np.asarray(folded.log_density) + 0.5 * np.asarray(folded.draws)[..., 0] ** 2
    np.testing.assert_allclose(likelihood, 0.0, atol=1e-12)


def test_draws_without_circular_parameters_keep_their_bits():
    problem = DensityProblem(lambda x: -jnp.sum(x**2), starting_in(2, 1.0))
    samples = Samples(jnp.asarray(chains(1.0)), jnp.zeros((4, 500)))
    assert fold_circular(samples, problem) is samples
