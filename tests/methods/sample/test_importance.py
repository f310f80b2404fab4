"""Laws of importance sampling."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from dream_targets import correlated_gaussian, starting_in
from scipy.stats import multivariate_normal, multivariate_t

from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.importance import Importance, Proposal, draw, log_mixture, log_student
from landpda.problem.density import DensityProblem

ROOT = np.array([[1.2, 0.0], [-0.5, 0.7]])
MEAN = np.array([0.3, -0.2])
PROPOSAL = Proposal(jnp.asarray(0.2), jnp.asarray(MEAN), jnp.asarray(ROOT))


def test_the_t_density_is_the_textbooks():
    z = np.random.default_rng(0).normal(size=(20, 2))
    expected = multivariate_t(MEAN, ROOT @ ROOT.T, df=5.0).logpdf(z)
    np.testing.assert_allclose(log_student(jnp.asarray(z), jnp.asarray(MEAN), jnp.asarray(ROOT), 5.0), expected)


def test_the_mixture_is_that_of_all_rounds():
    z = np.random.default_rng(1).normal(size=(20, 2))
    both = Proposal(*(jnp.stack([one, one + shift]) for one, shift in zip(PROPOSAL, (0.1, 1.0, 0.0), strict=True)))
    rounds = [
        share * multivariate_normal(np.zeros(2)).pdf(z) + (1 - share) * multivariate_t(mean, ROOT @ ROOT.T, df=5.0).pdf(z)
        for share, mean in ((0.2, MEAN), (0.3, MEAN + 1.0))
    ]
    np.testing.assert_allclose(np.exp(log_mixture(jnp.asarray(z), both, 2, 5.0)), np.mean(rounds, axis=0))


def test_draws_have_the_proposals_density():
    """The mean of N(0, I) / q over draws from q is 1."""
    z = draw(jr.key(2), PROPOSAL, 20_000, 5.0)
    whole = Proposal(*(field[None] for field in PROPOSAL))
    ratio = multivariate_normal(np.zeros(2)).pdf(z) / np.exp(log_mixture(z, whole, 1, 5.0))
    assert ratio.mean() == pytest.approx(1.0, abs=4.0 * ratio.std() / np.sqrt(len(z)))


def test_rounds_learn_where_the_posterior_is():
    problem, _, _ = correlated_gaussian()
    result = run(Importance(batch=2000, num_rounds=5), problem, jr.key(3))
    assert result.trace["effective"][-1] / 10_000 > 3.0 * result.trace["effective"][0] / 2000
    assert result.findings[0].severity == "good"


def test_a_posterior_far_from_the_proposal_is_a_serious_finding():
    far = DensityProblem(lambda x: -0.5 * jnp.sum(((x - 3.0) / 0.05) ** 2), starting_in(6, 1.0))
    result = run(Importance(batch=500, num_rounds=1), far, jr.key(4))
    assert result.findings[0].severity == "serious"


@pytest.mark.parametrize("setting", [{"batch": 0}, {"prior_share": 1.0}, {"heaviness": 2.0}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        Importance(**setting)
