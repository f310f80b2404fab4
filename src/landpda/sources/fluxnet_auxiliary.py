"""Auxiliary files of the FLUXNET pipeline, known so that a user who opens one learns what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from landpda.core.errors import DataError
from landpda.sources.doorway import header_names
from landpda.sources.source import NOTHING, Declaration, Source

if TYPE_CHECKING:
    import xarray as xr


class FluxnetAuxiliary(Source):
    """AUXMETEO and AUXNEE files: parameters of the pipeline, not series; reading one is an error that says so."""

    name: ClassVar[str] = "fluxnet_auxiliary"
    description: ClassVar[str] = "FLUXNET AUXMETEO and AUXNEE: recognised, but they hold no series"

    def recognises(self, path: Path) -> bool:
        """Whether the header is that of a table of pipeline parameters."""
        return header_names(path) == ["ID", "VARIABLE", "PARAMETER", "VALUE", "TIMESTAMP"]

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Nothing: there is no series in it.

        Raises:
            DataError: always.
        """
        raise DataError(
            f"The file {path} was to be read.",
            "It is an auxiliary file (AUXMETEO or AUXNEE): parameters of the FLUXNET pipeline, no series.",
            "Read the FULLSET or SUBSET file of the same product.",
        )
