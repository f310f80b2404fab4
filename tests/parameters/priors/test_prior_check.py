"""Priors that cannot be are refused with their numbers."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from landpda.core.errors import StudyError
from landpda.core.registry import discover
from landpda.parameters import priors
from landpda.parameters.priors.prior import Prior


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: priors.Uniform(3.0, 1.0), "low is not below high"),
        (lambda: priors.Uniform(1.0, 1.0), "low is not below high"),
        (lambda: priors.Uniform(np.nan, 1.0), "low is not a finite number"),
        (lambda: priors.Uniform(-np.inf, 1.0), "low is not a finite number"),
        (lambda: priors.LogUniform(0.0, 1.0), "low is not above 0"),
        (lambda: priors.LogUniform(2.0, 1.0), "low is not below high"),
        (lambda: priors.Normal(0.0, 0.0), "sd is not above 0"),
        (lambda: priors.Normal(0.0, np.nan), "sd is not a finite number"),
        (lambda: priors.LogNormal(-1.0, 0.2), "median is not above 0"),
        (lambda: priors.LogNormal.from_factor(0.5, 0.8), "factor is not above 1"),
        (lambda: priors.LogNormal.from_mean_sd(-1.0, 0.8), "not both above 0"),
        (lambda: priors.HalfNormal(-1.0), "scale is not above 0"),
        (lambda: priors.TruncatedNormal(0.0, 1.0, 2.0, 1.0), "low is not below high"),
        (lambda: priors.TruncatedNormal(0.0, 1.0, 20.0), "more than 10 standard deviations"),
        (lambda: priors.LogitNormal(0.0, 1.0, 1.0), "median is not below high"),
        (lambda: priors.Beta(0.0, 1.0), "alpha is not above 0"),
        (lambda: priors.Beta(1.0, 1.0, 2.0, 1.0), "low is not below high"),
        (lambda: priors.Beta.from_mean_sd(0.5, 0.5), "No beta prior"),
        (lambda: priors.Gamma(1.0, -1.0), "scale is not above 0"),
        (lambda: priors.Gamma.from_mean_sd(0.0, 1.0), "not both above 0"),
        (lambda: priors.Empirical(np.arange(5.0)), "5 different values"),
        (lambda: priors.Empirical(np.r_[np.arange(50.0), np.nan]), "1 are not finite"),
        (lambda: priors.Empirical(np.arange(50.0), low=1.0), "They lie between 0 and 49"),
        (lambda: priors.LogNormal.over_range(0.0, 1.0, 0.5), "not above 0"),
        (lambda: priors.HalfNormal.over_range(0.1, 1.0, 0.5), "begins at 0"),
        (lambda: priors.Gamma.over_range(0.1, 1.0, 0.5), "does not say which gamma"),
    ],
)
def test_impossible_prior_is_refused(build, says):
    with pytest.raises(StudyError, match=says) as error:
        build()
    assert error.value.do


def test_numbers_are_in_the_error():
    with pytest.raises(StudyError, match=r"uniform\(low=3\., high=1\.\)"):
        priors.Uniform(3.0, 1.0)


def test_traced_numbers_are_not_judged():
    assert jax.jit(lambda low: priors.Uniform(low, 1.0).from_normal(0.0))(0.0) == 0.5


def test_range_is_refused_or_read_by_every_family():
    for name, family in discover("landpda.parameters.priors", Prior).items():
        if name in ("beta", "gamma", "empirical"):
            with pytest.raises(StudyError, match=name):
                family.over_range(0.1, 1.0, 0.5)
