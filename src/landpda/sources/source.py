"""What a reader of files is: a name, a look that decides, and a reading."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Declaration:
    """What the user says of a file that the file does not say itself; it wins over what the file says.

    Args:
        site: the site's code, e.g. "DE-Hai".
        latitude: [degrees_north].
        longitude: [degrees_east].
        igbp: vegetation class, e.g. "DBF".
        year: of a file whose dates have none.
        start: first day of a file that has no dates, e.g. "2001-01-01".
        utc_offset: [h] local standard time minus UTC, for files in UTC.
        member: the file wanted inside a zip.
        columns: canonical name → {"column": …, "units": …}, for the generic readers.
        time: {"column": …, "format": …, "stamp": "start" | "middle" | "end"}, for the generic readers.
        missing: values that mean "not there", beside the usual ones.
    """

    site: str = ""
    latitude: float | None = None
    longitude: float | None = None
    igbp: str = ""
    year: int | None = None
    start: str = ""
    utc_offset: float | None = None
    member: str = ""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    time: Mapping[str, str] = field(default_factory=dict)
    missing: Sequence[float] = ()


NOTHING = Declaration()


class Source(abc.ABC):
    """A kind of file. A subclass is final; its docstring is its card."""

    name: ClassVar[str]
    description: ClassVar[str]

    @abc.abstractmethod
    def recognises(self, path: Path) -> bool:
        """Whether this looks like such a file: cheap, and never an error."""

    @abc.abstractmethod
    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """The file as a dataset with canonical names and units (see `canon.assemble`).

        Raises:
            DataError: the file does not hold what it should.
        """
