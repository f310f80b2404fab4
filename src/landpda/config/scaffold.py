"""A commented study to begin with, made for a site's file and a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from landpda.core.errors import StudyError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from landpda.core.model import Model

TWIN = "twin"
SITE = "site.yaml.in"

# Carbon fluxes of one tower are one measurement: GPP and respiration are computed from the net flux.
ONE_OF = (("nbe", "nee", "gpp", "reco"),)
SPACED = {"lai": 8}
"""[d] Daily LAI files repeat or interpolate a satellite's composites, so that every day is not a datum of its own."""


def templates() -> list[str]:
    """Names of the studies that are ready to run."""
    folder = resources.files("landpda.config").joinpath("templates")
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def template_text(name: str) -> str:
    """A ready study, as YAML.

    Raises:
        StudyError: there is none of that name.
    """
    if name not in templates():
        raise StudyError(f"The template {name!r} was asked for.", "There is none of that name.", nearest(name, templates()))
    return resources.files("landpda.config").joinpath("templates", f"{name}.yaml").read_text(encoding="utf-8")


def scaffold(site: xr.Dataset, file: str, model: Model, streams: Sequence[str] = ()) -> str:
    """A study of a site with a model, as commented YAML.

    Args:
        site: its data.
        file: how the study names the data file.
        model: what predicts.
        streams: variables to compare; those that suit are chosen if none is given.

    Raises:
        StudyError: a stream is not in both the file and the model, or nothing is.
    """
    shared = comparable(site, model)
    for name in streams:
        if name not in shared:
            raise StudyError(
                f"The stream {name!r} was asked for.",
                "It is not both in the file and among the model's outputs.",
                nearest(name, shared),
            )
    if not shared:
        outputs = ", ".join(list(model.outputs)[:12])
        raise StudyError(
            f"A study of {file} with {model.name} was asked for.",
            "The file has nothing that the model predicts.",
            f"The model predicts {outputs}.",
        )
    chosen = list(streams) or suitable(shared)
    fit_years, judge_years = split_years(site)
    code = str(site.attrs.get("site", "")) or "a site"
    rows = list(model.parameters.values())
    first, second = rows[0], rows[-1]
    text = resources.files("landpda.config").joinpath("templates", SITE).read_text(encoding="utf-8")
    return Template(text).substitute(
        title=f"{model.name} at {code}".replace(":", " "),
        site=_quoted(file),
        model=model.name,
        prior=f"{first.name}: {{prior: {first.prior}, low: {first.low:g}, high: {first.high:g}}}",
        fixed=f"{second.name}: {{fixed: {second.default:g}}}",
        streams="\n".join(_stream_lines(shared, chosen)),
        constraints="soft" if model.constraints else "none",
        fit_years=fit_years,
        judge_years=f"  judge_years: {judge_years}"
        if judge_years
        else "  # judge_years: 1 # the record is too short to hold out a year",
    )


def comparable(site: xr.Dataset, model: Model) -> dict[str, bool]:
    """Variables that the file holds and the model predicts along time → whether the file gives their errors."""
    found = {}
    for name, output in model.outputs.items():
        if output.dims == ("time",) and name in site and np.isfinite(site[name].values).any():
            error = f"{name}_uncertainty"
            found[name] = error in site and bool(np.isfinite(site[error].values).any())
    return found


def suitable(shared: Mapping[str, bool]) -> list[str]:
    """Those of the variables that can be used together: of one measurement only one."""
    left_out: set[str] = set()
    for group in ONE_OF:
        left_out |= set([name for name in group if name in shared][1:])
    return [name for name in shared if name not in left_out]


def split_years(site: xr.Dataset) -> tuple[int, int]:
    """Calendar years to fit and to hold out: about two to one; (1, 0) where there is only one."""
    years = len(np.unique(site["time"].values.astype("datetime64[Y]")))
    judge = years // 3 if years >= 3 else years - 1
    return max(years - judge, 1), judge


def _stream_lines(shared: Mapping[str, bool], chosen: Sequence[str]) -> list[str]:
    lines = [f"  {name}: {_stream(name, has_error)}" for name, has_error in shared.items() if name in chosen]
    others = [f"  # {name}: {_stream(name, has_error)}" for name, has_error in shared.items() if name not in chosen]
    return [
        *lines,
        *(["  # Also in the file (a tower's carbon fluxes are one measurement: use one of them):", *others] if others else []),
    ]


def _stream(name: str, has_error: bool) -> str:
    entries = [*([f"every: {SPACED[name]}"] if name in SPACED else [])]
    entries += ["observation: file" if has_error else "observation: none", "structural: estimated_seasonal"]
    return "{" + ", ".join(entries) + "}"


def _quoted(path: str) -> str:
    plain = path and all(letter.isalnum() or letter in "/._-~" for letter in path) and not path.startswith(("-", "~"))
    return path if plain or path.startswith("~/") else "'" + path.replace("'", "''") + "'"
