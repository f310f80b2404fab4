"""Made-up runs, drawn once for all tests."""

from __future__ import annotations

import pytest
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.report.page import render


@pytest.fixture(scope="session")
def holdout() -> xr.DataTree:
    """A converged hold-out run; tests that change it take a copy."""
    return synthetic_run()


@pytest.fixture(scope="session")
def pages(holdout: xr.DataTree) -> dict[str, str]:
    """The report of each kind of run, as HTML."""
    kinds = {"twin": Made("twin"), "apart": Made(converged=False), "point": Made(point=True), "short": Made(years=1, draws=30)}
    return {"holdout": render(holdout)} | {name: render(synthetic_run(made)) for name, made in kinds.items()}
