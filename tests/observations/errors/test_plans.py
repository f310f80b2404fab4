"""What a study's errors make of data."""

import numpy as np
import pytest

from landpda.core.errors import LandpdaError
from landpda.core.registry import discover
from landpda.observations.errors.estimated import EstimatedError
from landpda.observations.errors.estimated_seasonal import EstimatedSeasonalError, activity
from landpda.observations.errors.factor import FactorError
from landpda.observations.errors.file import FileError
from landpda.observations.errors.given import GivenError
from landpda.observations.errors.none import NoError
from landpda.observations.errors.plan import ErrorPlan
from landpda.observations.seen import Record, Seen

T = 730
STEPS = np.arange(0, T, 10)
SEASON = 2.0 - np.cos(2.0 * np.pi * np.arange(T) / 365.25)
PLANS = [GivenError(0.5), NoError(), FactorError(0.1, 0.2), FileError(), EstimatedError(), EstimatedSeasonalError()]


def seen(sd=0.3):
    sds = np.broadcast_to(np.asarray(sd, dtype=float), (T,))
    record = Record(SEASON, sds, np.arange(float(T)), 1.0, "gC m-2 d-1")
    return Seen("nbe", "nbe", 1.0, record, record.units, STEPS, record.times[STEPS], SEASON[STEPS], sds[STEPS])


def test_every_error_of_a_study_is_tested():
    assert {plan.name for plan in PLANS} == set(discover("landpda.observations.errors", ErrorPlan))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_variance_needs_the_unknowns_that_were_named_and_no_others(plan):
    unknowns = plan.unknowns("nbe")
    part = plan.part(seen())
    assert part.parameters == tuple(unknown.name for unknown in unknowns)
    variance = np.asarray(part.variance({unknown.name: 0.7 for unknown in unknowns}))
    assert np.broadcast_shapes(variance.shape, STEPS.shape) == STEPS.shape
    assert np.all(variance >= 0.0)


def test_the_file_s_errors_are_filled_by_their_median_and_never_below_the_floor():
    sd = np.where(np.arange(T) % 20 == 0, np.nan, 0.3)
    np.testing.assert_allclose(FileError().part(seen(sd)).sd, 0.3)
    np.testing.assert_allclose(FileError(fallback=0.6).part(seen(sd)).sd[:2], [0.6, 0.3])
    np.testing.assert_allclose(FileError(floor=0.4).part(seen(sd)).sd, 0.4)
    np.testing.assert_allclose(FileError().part(seen(np.nan)).sd, 0.0)
    with pytest.raises(LandpdaError, match="negative"):
        FileError().part(seen(-1.0))


def test_activity_is_0_in_the_quiet_season_and_1_in_the_active_one():
    active = activity(seen())
    assert (active.min(), active.max()) == pytest.approx((0.0, 1.0), abs=1e-3)
    assert np.corrcoef(active, SEASON[STEPS])[0, 1] > 0.99
