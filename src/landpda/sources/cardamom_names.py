"""Variables of CARDAMOM's driver files, monthly (cbf.nc) or daily (the DifferLand set): their canonical names and units."""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    """Canonical name and units of a variable of the file."""

    name: str
    units: str


NAMES = {
    "T2M_MIN": Name("tmin", "degC"),
    "T2M_MAX": Name("tmax", "degC"),
    "SSRD": Name("shortwave", "MJ m-2 d-1"),
    "STRD": Name("longwave", "MJ m-2 d-1"),
    "VPD": Name("vpd", "hPa"),
    "TOTAL_PREC": Name("precipitation", "mm d-1"),
    "SNOWFALL": Name("snowfall", "mm d-1"),
    "SKT": Name("skin_temperature", "degC"),
    "BURNED_AREA": Name("burned_area", "1"),
    "CO2": Name("co2", "ppm"),
    "PA": Name("pressure", "kPa"),
    "NBE": Name("nbe", "gC m-2 d-1"),
    "GPP": Name("gpp", "gC m-2 d-1"),
    "RECO": Name("reco", "gC m-2 d-1"),
    "LAI": Name("lai", "m2 m-2"),
    "ET": Name("et", "mm d-1"),
    "SWC": Name("swc_1", "%"),
    "EWT": Name("ewt", "mm"),
    "EF": Name("ef", "1"),
    "ABGB": Name("abgb", "gC m-2"),
    "SOM": Name("som", "gC m-2"),
    "SCF": Name("snow_cover", "1"),
}
