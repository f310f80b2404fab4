"""NetCDF files, read whole into memory, their damage told in a sentence."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import DataError, nearest
from landpda.sources.doorway import HDF5, check_file, head, is_netcdf

if TYPE_CHECKING:
    import xarray as xr


def open_netcdf(path: Path, keep: Iterable[str] | None = None) -> xr.Dataset:
    """The file's variables, unpacked and with fill values as NaN; times stay numbers.

    Args:
        path: classic or version 4.
        keep: names to load; all if not given.

    Raises:
        DataError: not there, not NetCDF after all, or damaged.
    """
    import xarray as xr

    check_file(path)
    start = head(path)
    asked = f"The NetCDF file {path} was to be read."
    if not is_netcdf(start):
        raise DataError(asked, f"It is not NetCDF: it starts with {start[:12]!r}.", "Check what was downloaded.")
    engine = "h5netcdf" if start.startswith(HDF5) else "scipy"
    try:
        if engine == "h5netcdf":
            _try_hdf5(path)
        with warnings.catch_warnings():
            # A damaged attribute shows as a warning of the decoder; the checks of `assemble` judge the values.
            warnings.simplefilter("ignore")
            with xr.open_dataset(path, engine=engine, decode_times=False) as dataset:
                wanted = [name for name in keep if name in dataset.variables] if keep is not None else list(dataset.variables)
                names = [name for name in wanted if name not in dataset.dims]
                return dataset[names].load()
    except Exception as damage:
        raise DataError(
            asked, f"It is damaged or cut short ({type(damage).__name__}: {_short(damage)}).", "Download or copy it again."
        ) from damage


def _try_hdf5(path: Path) -> None:
    """The first look that h5netcdf takes: where it fails inside h5netcdf, Python prints a traceback beside our error."""
    import h5py

    with h5py.File(path, "r") as file:
        file.attrs.get("_nc3_strict")


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else "no message"


def require(dataset: xr.Dataset, names: Iterable[str], path: Path) -> None:
    """Nothing, where all the variables are there.

    Raises:
        DataError: one is not; names the nearest.
    """
    present = [str(name) for name in dataset.variables]
    for name in names:
        if name not in dataset.variables:
            raise DataError(f"The variable {name!r} was expected in {path}.", "It is not there.", nearest(name, present))


def scalar(dataset: xr.Dataset, name: str) -> float | None:
    """The one number of a variable; None where it is absent, missing or not one number."""
    if name not in dataset.variables or dataset[name].size != 1:
        return None
    try:
        value = float(dataset[name].values.reshape(()))
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) and value != -9999.0 else None


def series(dataset: xr.Dataset, name: str, path: Path) -> np.ndarray:
    """A variable as a row of numbers.

    Raises:
        DataError: it is not numeric, or has other axes than time.
    """
    values = dataset[name].values
    row = values.reshape(-1) if values.size == max(values.shape, default=1) else values
    if row.ndim != 1 or not np.issubdtype(row.dtype, np.number):
        raise DataError(
            f"The variable {name!r} of {path} was to be read as a series.",
            f"It is {values.dtype} with dimensions {dataset[name].dims} {values.shape}.",
            "Give a file with one site and numbers over time.",
        )
    return row.astype(float)


def dates(dataset: xr.Dataset, name: str, path: Path, units: str = "") -> np.ndarray:
    """The time variable as dates.

    Args:
        dataset: with the times as numbers.
        name: of the time variable.
        path: for the error.
        units: instead of the file's own, e.g. "days since 2001-01-01".

    Raises:
        DataError: the numbers, units or calendar make no dates.
    """
    import xarray as xr

    variable = dataset[name].variable
    attributes = {
        "units": units or str(variable.attrs.get("units", "")),
        "calendar": variable.attrs.get("calendar", "standard"),
    }
    try:
        plain = xr.Dataset({name: ("time", np.asarray(variable.values).reshape(-1), attributes)})
        decoded = xr.decode_cf(plain)[name].values
        moments = decoded.astype("datetime64[ns]")
    except Exception as unread:
        raise DataError(
            f"The times of {path} were to be read.",
            f"{name!r} with units {attributes['units']!r} and calendar {attributes['calendar']!r} makes no dates.",
            'Use "days since 2001-01-01" or the like, and the standard calendar.',
        ) from unread
    # Seconds kept as float32 or days with fractions carry noise below a second.
    rounded = (moments + np.timedelta64(500, "ms")).astype("datetime64[s]").astype("datetime64[ns]")
    return rounded
