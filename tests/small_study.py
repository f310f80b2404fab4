"""A made-up site of two years in a small text file, and a study of it that runs in seconds."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

HEADER = ("date", "tmin", "tmax", "sw", "co2", "nbe", "nbe_sd", "lai")
COLUMNS = {
    "tmin": {"column": "tmin", "units": "degC"},
    "tmax": {"column": "tmax", "units": "degC"},
    "shortwave": {"column": "sw", "units": "MJ m-2 d-1"},
    "co2": {"column": "co2", "units": "ppm"},
    "nbe": {"column": "nbe", "units": "gC m-2 d-1"},
    "nbe_uncertainty": {"column": "nbe_sd", "units": "gC m-2 d-1"},
    "lai": {"column": "lai", "units": "m2 m-2"},
}
STUDY: dict[str, Any] = {
    "name": "A small study",
    "site": {
        "file": "site.csv",
        "site": "XX-Sml",
        "latitude": 50.0,
        "columns": COLUMNS,
        "time": {"column": "date", "format": "%Y-%m-%d"},
    },
    "model": "dalec2",
    "parameters": {"autotrophic_fraction": {"fixed": 0.5}, "canopy_efficiency": {"prior": "log_uniform", "low": 5, "high": 50}},
    "streams": {
        "nbe": {"observation": "file", "structural": "estimated_seasonal"},
        "lai": {"every": 8, "observation": 0.5, "structural": "none"},
    },
    "constraints": "soft",
    "periods": {"fit_years": 1, "judge_years": 1},
    "method": {"name": "dream_zs", "num_chains": 32, "num_generations": 400},
    "seed": 3,
}


def site_rows(num_days: int = 730) -> list[list[str]]:
    """The rows of the site's table: a temperate year, twice."""
    rng = np.random.default_rng(11)
    dates = np.datetime64("2001-01-01") + np.arange(num_days)
    season = np.cos(2.0 * np.pi * (np.arange(num_days) - 200.0) / 365.25)
    mean = 9.5 + 9.0 * season + 2.0 * rng.standard_normal(num_days)
    columns = {
        "tmin": mean - 5.0,
        "tmax": mean + 5.0,
        "sw": 10.0 + 7.0 * season + rng.random(num_days),
        "co2": np.full(num_days, 370.0),
        "nbe": 0.5 - 2.5 * season + 0.5 * rng.standard_normal(num_days),
        "nbe_sd": np.full(num_days, 0.4),
        "lai": 2.5 + 1.5 * season,
    }
    return [[str(date), *(f"{columns[name][day]:.4f}" for name in HEADER[1:])] for day, date in enumerate(dates)]


def write_site(folder: Path, rows: list[list[str]] | None = None, header: tuple[str, ...] = HEADER) -> Path:
    """The site's table in a folder."""
    path = folder / "site.csv"
    lines = [",".join(row) for row in (header, *(site_rows() if rows is None else rows))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_study(folder: Path, **changes: Any) -> Path:
    """The study beside its site's table; each change replaces a top-level entry, None takes it out."""
    content = deepcopy(STUDY) | changes
    path = folder / "study.yaml"
    kept = {key: value for key, value in content.items() if value is not None}
    path.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
    return path
