"""FLUXNET text files of the ONEFlux pipeline: FULLSET, SUBSET and ERA5 at every step from half an hour to a year."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from landpda.core.errors import DataError
from landpda.sources.canon import QUALITY, UNCERTAINTY, Field, assemble
from landpda.sources.doorway import first_lines, header_names
from landpda.sources.fluxnet_names import CARBON, CONSTANT_THRESHOLD, LAYERED, ROWS, WATER, Row, wanted
from landpda.sources.site_table import site_of
from landpda.sources.source import NOTHING, Declaration, Source
from landpda.sources.table import Table, content_of, parse_dates, read_table

if TYPE_CHECKING:
    import xarray as xr

MARKS = frozenset({"TA_F", "TA_F_MDS", "TA_ERA", "NEE_VUT_REF", "NEE_CUT_REF", "SW_IN_F", "SW_IN_ERA"})
STEPS = {"HH": "30min", "HR": "60min", "DD": "1D", "WW": "7D", "MM": "MS", "YY": "YS"}
FORMS = {4: ("%Y", "YS"), 6: ("%Y%m", "MS"), 8: ("%Y%m%d", "1D")}


class Fluxnet(Source):
    """FLUXNET2015, AmeriFlux FLUXNET and ICOS text files (FULLSET, SUBSET, ERA5) at any step, HH to YY."""

    name: ClassVar[str] = "fluxnet"
    description: ClassVar[str] = "FLUXNET text file of ONEFlux: FULLSET, SUBSET or ERA5, HH HR DD WW MM YY"

    def recognises(self, path: Path) -> bool:
        """Whether the header is ONEFlux's and the first stamp is all digits, as FluxDataKit's is not."""
        names, lines = header_names(path), first_lines(path)
        stamped = bool(names) and names[0] in ("TIMESTAMP", "TIMESTAMP_START") and not lines[0].startswith("#")
        return stamped and bool(MARKS & set(names)) and len(lines) > 1 and lines[1].split(",")[0].strip().isdigit()

    def read(self, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
        """Forcing, fluxes with errors and quality, soil water: VUT_REF, night-time partitioning, the `_F` forcing."""
        return parse(content_of(path), path, declared)


class Axis(NamedTuple):
    """Start and end of each step, and the step in words."""

    times: np.ndarray
    ends: np.ndarray
    step: str


def parse(content: bytes, path: Path, declared: Declaration = NOTHING) -> xr.Dataset:
    """The dataset of a FLUXNET text.

    Args:
        content: bytes of the file.
        path: its name, which carries site and step; inside a zip the member's.
        declared: what the user says.

    Raises:
        DataError: the text is damaged or contradicts its name.
    """
    table = read_table(content, path, wanted, declared.missing)
    axis = _axis(table, path)
    rows = (*ROWS, *(CONSTANT_THRESHOLD if "NEE_VUT_REF" not in table else ()))
    fields = [field for row in rows for field in _fields(row, table, axis)] + _layers(table)
    return assemble(
        fields, axis.times, axis.step, site_of(path, declared),
        source_format=Fluxnet.name, path=path, remarks=_remarks(fields, axis),
        ends=axis.ends if axis.step == "7D" else None,
    )  # fmt: skip


def _axis(table: Table, path: Path) -> Axis:
    if "TIMESTAMP" not in table:
        table.require(("TIMESTAMP_START", "TIMESTAMP_END"))
        axis = _paired(table, path)
    else:
        stamps = table.words("TIMESTAMP")
        form, step = FORMS.get(len(stamps[0]), FORMS[8])
        times = parse_dates(stamps, form, path, "TIMESTAMP")
        unit = {"YS": "Y", "MS": "M", "1D": "D"}[step]
        axis = Axis(times, (times.astype(f"datetime64[{unit}]") + np.timedelta64(1, unit)).astype(times.dtype), step)
    named = re.search(r"_(HH|HR|DD|WW|MM|YY)_", path.name)
    if named and STEPS[named.group(1)] != axis.step:
        raise DataError(
            f"The file {path} was read as its name says, in steps of {STEPS[named.group(1)]}.",
            f"Its time stamps are {axis.step} apart.",
            "Units depend on the step: give the file its right name.",
        )
    return axis


def _paired(table: Table, path: Path) -> Axis:
    starts, ends = table.words("TIMESTAMP_START"), table.words("TIMESTAMP_END")
    if len(starts[0]) == 8:
        first = parse_dates(starts, "%Y%m%d", path, "TIMESTAMP_START")
        last = parse_dates(ends, "%Y%m%d", path, "TIMESTAMP_END")
        return Axis(first, last + np.timedelta64(1, "D"), "7D")
    first = parse_dates(starts, "%Y%m%d%H%M", path, "TIMESTAMP_START")
    last = parse_dates(ends, "%Y%m%d%H%M", path, "TIMESTAMP_END")
    lengths = np.unique((last - first).astype("timedelta64[m]").astype(int))
    if lengths.size != 1 or lengths[0] not in (30, 60):
        raise DataError(
            f"The steps of {path} were read from TIMESTAMP_START and TIMESTAMP_END.",
            f"They are {', '.join(map(str, lengths[:4]))} minutes long.",
            "A (half-)hourly file has steps of 30 or of 60 minutes throughout.",
        )
    return Axis(first, last, f"{lengths[0]}min")


def rate(values: np.ndarray, kind: str, axis: Axis) -> tuple[np.ndarray, str]:
    """Values and units of a quantity whose units change with the step, as a rate."""
    days = (axis.ends - axis.times) / np.timedelta64(1, "D")
    if kind == WATER:
        return (values / days, "mm d-1") if axis.step.endswith("min") or axis.step == "YS" else (values, "mm d-1")
    if kind == CARBON and axis.step.endswith("min"):
        return values, "umol m-2 s-1"
    if kind == CARBON:
        return (values / days if axis.step == "YS" else values), "gC m-2 d-1"
    return values, kind


def _fields(row: Row, table: Table, axis: Axis) -> list[Field]:
    column = table.first_of(row.candidates)
    if column is None:
        return []
    parts = [(row.name, column), (row.name + QUALITY, f"{column}_QC")]
    parts += [(row.name + UNCERTAINTY, row.uncertainty), (f"{row.name}_joint{UNCERTAINTY}", row.joint)]
    fields = []
    for name, origin in parts:
        if origin in table:
            kind = "1" if name.endswith(QUALITY) else row.units
            values, units = rate(table.numbers(origin), kind, axis)
            fields.append(Field(name, values, units, origin))
    return fields


def _layers(table: Table) -> list[Field]:
    fields = []
    for prefix, (name, units) in LAYERED.items():
        for column in table.names:
            matched = re.fullmatch(rf"{prefix}(\d+)(_QC)?", column)
            if matched:
                ending, kind = (QUALITY, "1") if matched.group(2) else ("", units)
                fields.append(Field(f"{name}{matched.group(1)}{ending}", table.numbers(column), kind, column))
    return fields


def _remarks(fields: list[Field], axis: Axis) -> list[str]:
    origins = {field.name: field.origin for field in fields}
    remarks = ["Times are local standard time."]
    if "nee" in origins:
        threshold = "constant" if "CUT" in origins["nee"] else "yearly"
        remarks.append(
            f"NEE is {origins['nee']} ({threshold} ustar threshold, gap-filled): see nee_quality before using a day."
        )
        remarks.append("GPP and RECO are partitioned from NEE: the three are not independent streams.")
    era = sorted(name for name, origin in origins.items() if origin.endswith("_ERA"))
    if era:
        remarks.append(f"From ERA reanalysis only: {', '.join(era)}.")
    if axis.step.endswith("min"):
        remarks.append("Quality: 0 measured, 1 good, 2 medium, 3 poor or reanalysis. Precipitation per step became mm d-1.")
        remarks.append("Carbon fluxes in umol m-2 s-1 became gC m-2 d-1.")
    elif any(name.endswith(QUALITY) for name in origins):
        remarks.append("Quality is the share (0 to 1) of measured and well gap-filled records in the step.")
    if axis.step == "7D":
        remarks.append("Weeks begin anew on 1 January: the last of a year has 8 or 9 days (see time_end).")
    if axis.step == "YS":
        remarks.append("Yearly sums were divided by the days of their year.")
    if axis.step == "1D":
        remarks.append("The product has no daily least and greatest temperature: take them from the half-hourly file.")
    return remarks
