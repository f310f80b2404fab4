"""Reference runs of the published codes, and forcing to run the models with."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from landpda.core.scenario import Scenario

COLUMNS = {
    "time_index_d": "time_index",
    "tmin_C": "tmin",
    "tmax_C": "tmax",
    "ssrd_MJ_m2_d": "shortwave",
    "co2_ppm": "co2",
    "doy": "day_of_year",
    "burned_frac": "burned_area",
    "vpd_hPa": "vpd",
    "prec_mm_d": "precipitation",
}


class ReferenceRun(NamedTuple):
    """One set of runs of a published code: members with the same forcing.

    Args:
        name: folder and prefix.
        scenario: its forcing.
        parameters: (K, n) a row for each member, in the published order.
        fluxes: column → (T, K).
        pools: column → (T + 1, K).
        flags: (K,) texts of pass flags, by column; empty if the set has none.
    """

    name: str
    scenario: Scenario
    parameters: np.ndarray
    fluxes: dict[str, np.ndarray]
    pools: dict[str, np.ndarray]
    flags: dict[str, list[str]]


def _read(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def _numbers(path: Path) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=float) for name, values in _read(path).items()}


def _members(paths: list[Path]) -> dict[str, np.ndarray]:
    files = [_numbers(path) for path in paths]
    return {name: np.stack([file[name] for file in files], axis=-1) for name in files[0] if name != "t"}


def _scenario(path: Path, constants: dict[str, float]) -> Scenario:
    columns = _numbers(path)
    forcing = {COLUMNS[name]: values for name, values in columns.items()}
    times = forcing["time_index"]
    return Scenario(forcing, constants, times=times, dt=float(times[1] - times[0]), site=path.stem)


def _latitude(met: Path) -> float:
    beside = met.with_suffix(".lat")
    if beside.is_file():
        return float(beside.read_text())
    degrees, side = re.search(r"(\d+)([NS])", met.stem).groups()
    return float(degrees) if side == "N" else -float(degrees)


def _by_member(folder: Path, stem: str) -> list[Path]:
    return sorted(folder.glob(f"{stem}_[0-9]*.csv"), key=lambda path: int(path.stem.rpartition("_")[2]))


def _dalec2_sets(folder: Path) -> list[ReferenceRun]:
    found = []
    mets = {path.stem.split("_")[1]: path for path in folder.glob("met_*.csv")}
    for prefix in sorted({path.name.split("_fluxes_")[0] for path in folder.glob("*_fluxes_*.csv")}):
        kind = next((kind for kind in mets if prefix.startswith(kind)), None)
        if kind is None:
            continue
        sampled = folder / f"pars_edcpass_{prefix}.csv"
        parameters = _numbers(sampled if sampled.is_file() else folder / "pars_random.csv")
        fluxes = _by_member(folder, f"{prefix}_fluxes")
        rows = [int(path.stem.rpartition("_")[2]) for path in fluxes]
        flags = folder / f"{prefix}_edc.csv"
        found.append(
            ReferenceRun(
                f"{folder.name}/{prefix}",
                _scenario(mets[kind], {"latitude": _latitude(mets[kind])}),
                np.stack(list(parameters.values()), axis=-1)[rows],
                _members(fluxes),
                _members(_by_member(folder, f"{prefix}_pools")),
                _read(flags) if flags.is_file() else {},
            )
        )
    return found


def _water_set(pars: Path) -> list[ReferenceRun]:
    folder, number = pars.parent, pars.stem.removeprefix("pars_")
    drivers, site = folder / f"drivers_{number}.csv", folder / "site.txt"
    if not drivers.is_file() or not site.is_file():
        return []
    constants = dict(line.split() for line in site.read_text().splitlines() if line.strip())
    names = {"lat": "latitude", "mean_T": "mean_temperature", "mean_P": "mean_precipitation"}
    scenario = _scenario(drivers, {names[name]: float(value) for name, value in constants.items()})
    fluxes = _by_member(folder, "out_fluxes")
    rows = [int(path.stem.rpartition("_")[2]) for path in fluxes]
    parameters = np.stack(list(_numbers(pars).values()), axis=-1)[rows]
    return [ReferenceRun(folder.name, scenario, parameters, _members(fluxes), _members(_by_member(folder, "out_pools")), {})]


@pytest.fixture(scope="session")
def dalec2_references(reference_dir: Path) -> list[ReferenceRun]:
    """Every set of DALEC2 runs in the folder: those with a `met_*.csv`."""
    folders = sorted({path.parent for path in reference_dir.rglob("met_*.csv")})
    return [found for folder in folders for found in _dalec2_sets(folder)]


@pytest.fixture(scope="session")
def water_references(reference_dir: Path) -> list[ReferenceRun]:
    """Every set of runs of DALEC with water in the folder: those with a `drivers_*.csv` and a `site.txt`."""
    return [found for path in sorted(reference_dir.rglob("pars_[0-9]*.csv")) for found in _water_set(path)]


@pytest.fixture(scope="session")
def weather() -> Scenario:
    """Two made-up daily years at 51° N with a dry summer and a fire in the first."""
    day = np.arange(730.0)
    season = np.sin(2 * np.pi * (day - 110.0) / 365.25)
    wiggle = np.random.default_rng(3).standard_normal((3, 730))
    mean = 9.0 + 10.0 * season + 3.0 * wiggle[0]
    burned = np.zeros(730)
    burned[200] = 0.3
    forcing = {
        "tmin": mean - 4.0 - np.abs(wiggle[1]),
        "tmax": mean + 5.0 + np.abs(wiggle[2]),
        "shortwave": 11.0 + 8.0 * season + wiggle[2],
        "co2": np.full(730, 390.0),
        "burned_area": burned,
        "vpd": 7.0 + 5.0 * season,
        "precipitation": np.maximum(0.0, 4.0 * wiggle[0] - 2.0 * season),
    }
    return Scenario(forcing, {"latitude": 51.0}, times=day + 10957.0, dt=1.0, site="made up")
