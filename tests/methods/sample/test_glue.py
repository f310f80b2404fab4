"""Laws of GLUE."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import linear_gaussian
from landpda.core.errors import StudyError
from landpda.methods.driver import run
from landpda.methods.sample.glue import GLUE, log_informal

LOG_LIKELIHOOD = np.array([-8.0, -2.0, -np.inf, -4.0])


def test_as_many_data_as_there_are_make_the_formal_likelihood():
    np.testing.assert_allclose(log_informal(LOG_LIKELIHOOD, 12, 12.0, 1.0), LOG_LIKELIHOOD)


def test_no_shaping_makes_all_behavioural_runs_alike():
    np.testing.assert_allclose(log_informal(LOG_LIKELIHOOD, 12, 0.0, 1.0), [0.0, 0.0, -np.inf, 0.0])


def test_only_the_likeliest_are_behavioural():
    assert np.sum(log_informal(LOG_LIKELIHOOD, 12, 12.0, 0.5) > -np.inf) == 2
    assert log_informal(LOG_LIKELIHOOD, 12, 12.0, 0.5)[0] == -np.inf


def test_intervals_follow_from_the_shaping_and_the_reader_is_told():
    narrow, wide = (
        run(GLUE(batch=2000, num_batches=1, shaping=shaping, behavioural=1.0), linear_gaussian.problem(), jr.key(0))
        for shaping in (10.0, 0.5)
    )
    assert np.all(np.std(narrow.estimate.draws[0], axis=0) < np.std(wide.estimate.draws[0], axis=0))
    assert "not Bayes" in narrow.findings[0].sentence


@pytest.mark.parametrize("setting", [{"batch": 0}, {"behavioural": 0.0}, {"shaping": -1.0}])
def test_settings_that_cannot_be_run_are_refused(setting: dict[str, float]):
    with pytest.raises(StudyError, match=next(iter(setting))):
        GLUE(**setting)
