"""Columns of ONEFlux products (FLUXNET2015, AmeriFlux FLUXNET, ICOS): canonical names, candidates (best first), units."""

from __future__ import annotations

from typing import NamedTuple

CARBON = "carbon"
"""umol m-2 s-1 in (half-)hourly files, gC m-2 d-1 in daily to monthly ones, gC m-2 y-1 in yearly ones."""
WATER = "water"
"""mm per step in (half-)hourly files, mm d-1 in daily to monthly ones, mm y-1 in yearly ones."""


class Row(NamedTuple):
    """One canonical variable of the product.

    Args:
        name: canonical.
        candidates: columns, the best first.
        units: of the file, or `CARBON` or `WATER` where they change with the step.
        uncertainty: column of the random error (1 sd), if there is one.
        joint: column of the joint error (random and choice of the ustar threshold, or of the energy balance factor).
    """

    name: str
    candidates: tuple[str, ...]
    units: str
    uncertainty: str = ""
    joint: str = ""


ROWS = (
    Row("tair", ("TA_F", "TA_F_MDS", "TA_ERA"), "degC"),
    Row("shortwave", ("SW_IN_F", "SW_IN_F_MDS", "SW_IN_ERA"), "W m-2"),
    Row("longwave", ("LW_IN_F", "LW_IN_F_MDS", "LW_IN_JSB_F", "LW_IN_ERA"), "W m-2"),
    Row("vpd", ("VPD_F", "VPD_F_MDS", "VPD_ERA"), "hPa"),
    Row("precipitation", ("P_F", "P", "P_ERA"), WATER),
    Row("pressure", ("PA_F", "PA", "PA_ERA"), "kPa"),
    Row("wind", ("WS_F", "WS", "WS_ERA"), "m s-1"),
    Row("co2", ("CO2_F_MDS",), "ppm"),
    Row("relative_humidity", ("RH",), "%"),
    Row("ppfd", ("PPFD_IN",), "umol m-2 s-1"),
    Row("net_radiation", ("NETRAD",), "W m-2"),
    Row("friction_velocity", ("USTAR",), "m s-1"),
    Row("ground_heat", ("G_F_MDS",), "W m-2"),
    Row("le", ("LE_F_MDS",), "W m-2", "LE_RANDUNC"),
    Row("h", ("H_F_MDS",), "W m-2", "H_RANDUNC"),
    Row("le_corrected", ("LE_CORR",), "W m-2", joint="LE_CORR_JOINTUNC"),
    Row("h_corrected", ("H_CORR",), "W m-2", joint="H_CORR_JOINTUNC"),
    Row("nee", ("NEE_VUT_REF",), CARBON, "NEE_VUT_REF_RANDUNC", "NEE_VUT_REF_JOINTUNC"),
    Row("gpp", ("GPP_NT_VUT_REF",), CARBON),
    Row("gpp_daytime", ("GPP_DT_VUT_REF",), CARBON),
    Row("reco", ("RECO_NT_VUT_REF",), CARBON),
    Row("reco_daytime", ("RECO_DT_VUT_REF",), CARBON),
)

# Sites with too short records for a threshold of each year have the constant one only.
CONSTANT_THRESHOLD = tuple(
    Row(row.name, tuple(name.replace("_VUT_", "_CUT_") for name in row.candidates), row.units,
        row.uncertainty.replace("_VUT_", "_CUT_"), row.joint.replace("_VUT_", "_CUT_"))
    for row in ROWS
    if "_VUT_" in row.candidates[0]
)  # fmt: skip

LAYERED = {"SWC_F_MDS_": ("swc_", "%"), "TS_F_MDS_": ("soil_temperature_", "degC")}
STAMPS = ("TIMESTAMP", "TIMESTAMP_START", "TIMESTAMP_END")


def wanted(column: str) -> bool:
    """Whether a column of the product is one that the reader uses."""
    return column in _USED or column.startswith(tuple(LAYERED))


_USED = frozenset(
    name
    for row in (*ROWS, *CONSTANT_THRESHOLD)
    for candidate in row.candidates
    for name in (candidate, f"{candidate}_QC", row.uncertainty, row.joint)
) | frozenset(STAMPS)
