"""What both kinds of MODIS subset share: layers, fill values, and the mean over the pixels around a tower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from landpda.sources.canon import QUALITY, Field, Site, assemble

if TYPE_CHECKING:
    import xarray as xr

FILL = 248.0
"""Bytes from 248 on are fill values of MCD15 and MOD15 (water, urban, not computed …)."""
NAMES = {"Lai": ("lai", "m2 m-2"), "Fpar": ("fpar", "1")}
NEIGHBOURHOOD = 1
"""Pixels to each side of the tower's: 3 x 3 of 500 m, about the footprint of a tower."""
STEPS = {"A2H": "8D", "A3H": "4D"}
KNOWN = "LAI and FPAR (bands Lai_500m, Fpar_500m) are known."


def step_of_product(product: str) -> str:
    """Time between composites of a product, e.g. of MCD15A2H."""
    return next((step for ending, step in STEPS.items() if product.endswith(ending)), "irregular")


def around_tower(
    layer: str, pixels: np.ndarray, times: np.ndarray, step: str, site: Site, reader: str, path: Path, remarks: list[str]
) -> xr.Dataset:
    """The mean of the good pixels and their share.

    Args:
        layer: "Lai" or "Fpar".
        pixels: (T, P) scaled; NaN where bad.
        times: (T,) first day of each composite.
        step: time between them.
        site: where.
        reader: name of the source.
        path: the file.
        remarks: more to say.
    """
    good = np.isfinite(pixels)
    count = good.sum(axis=1)
    mean = np.where(count > 0, np.where(good, pixels, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
    name, units = NAMES[layer]
    fields = [Field(name, mean, units, f"{layer}_500m"), Field(name + QUALITY, count / pixels.shape[1], "1", "good pixels")]
    notes = [
        *remarks,
        f"{name} is the mean of the good ones of {pixels.shape[1]} pixels around the tower; quality is their share.",
        "A composite stands on its first day, and is the best of its window.",
    ]
    return assemble(fields, times, step, site, source_format=reader, path=path, remarks=notes)
