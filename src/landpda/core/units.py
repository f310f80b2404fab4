"""Units as a land modeller writes them, converted by what they measure; pint is loaded at the first conversion.

Carbon is an amount of substance, so gC, gCO2 and umol are the same kind of thing and a plain gram is not:

>>> round(factor("umol m-2 s-1", "gC m-2 d-1"), 4)
1.0378
>>> round(factor("kg m-2 s-1", "mm d-1"))
86400
>>> float(convert(20.0, "degC", "K"))
293.15
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from landpda.core.errors import UnitsError

if TYPE_CHECKING:
    import pint

MOLAR_MASS_C = 12.011
"""[g mol-1] carbon; IUPAC standard atomic weight."""
MOLAR_MASS_CO2 = 44.01
"""[g mol-1] carbon dioxide, to the same rounding."""
WATER_DENSITY = 1000.0
"""[kg m-3] so that 1 mm of water is 1 kg m-2."""
LATENT_HEAT = 2.45e6
"""[J kg-1] of vaporisation at about 20 degC; FAO Irrigation and Drainage Paper 56, annex 3."""

Through = Literal["", "latent_heat"]

DEFINITIONS = (
    f"gC = {1 / MOLAR_MASS_C!r} * mole",
    f"tC = {1e6 / MOLAR_MASS_C!r} * mole",
    f"gCO2 = {1 / MOLAR_MASS_CO2!r} * mole",
    f"tCO2 = {1e6 / MOLAR_MASS_CO2!r} * mole",
    "molCO2 = mole",
    "molC = mole",
    "molPhoton = mole",
    "ppmv = ppm",
    "ppb = 1e-9",
)

# What files write that pint would read otherwise: "C" alone would be coulomb, "hPA" hecto-peta-ampere.
WHOLE_NAMES = {
    "": "dimensionless",
    "1": "dimensionless",
    "-": "dimensionless",
    "unitless": "dimensionless",
    "C": "degC",
    "°C": "degC",
    "deg C": "degC",
    "degrees C": "degC",
    "degree_Celsius": "degC",
    "celsius": "degC",
    "hPA": "hPa",
    "%": "percent",
    "percentage": "percent",
    "degrees_north": "degree",
    "degrees_east": "degree",
    "umol/mol": "ppm",
    "umol mol-1": "ppm",
    "umolCO2 mol-1": "ppm",
}

SUBSTANCE = re.compile(r"\b([a-zA-Zµμ]*(?:g|t|mol)) +(CO2|C)(?![\w(])")
UNIT_WITH_EXPONENT = re.compile(r"^([A-Za-zµμ%_]+(?:CO2)?)(?:\^?([-+]?\d+)|\^([-+]?\d+\.\d+))?$")
NUMBER = re.compile(r"^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$")


def convert(values: Any, from_units: str, to_units: str, *, what: str = "", through: Through = "") -> Any:
    """The values in other units, temperatures with their offset.

    Args:
        values: [from_units] a number or an array of any kind.
        from_units: as CF writes them, e.g. "gC m-2 d-1".
        to_units: likewise.
        what: the quantity's name, for the error.
        through: "latent_heat" lets W m-2 become mm d-1, with 2.45 MJ kg-1.

    Raises:
        UnitsError: a unit is unknown, or the two do not measure the same thing.
    """
    slope, offset = _line(from_units.strip(), to_units.strip(), what, through)
    values = np.asarray(values, dtype=float) if isinstance(values, list | tuple) else values
    return values * slope if offset == 0.0 else values * slope + offset


def factor(from_units: str, to_units: str, *, what: str = "", through: Through = "") -> float:
    """What to multiply by.

    Raises:
        UnitsError: as `convert`, or the conversion also shifts (temperatures).
    """
    slope, offset = _line(from_units.strip(), to_units.strip(), what, through)
    if offset != 0.0:
        raise UnitsError(
            f"A factor from {from_units!r} to {to_units!r} was asked for{_of(what)}.",
            "This conversion also shifts the zero.",
            "Use `convert`.",
        )
    return slope


def scale(from_units: str, to_units: str, *, what: str = "", through: Through = "") -> float:
    """What to multiply a *difference* or a standard deviation by: the slope alone."""
    return _line(from_units.strip(), to_units.strip(), what, through)[0]


def check_units(units: str, *, what: str = "") -> None:
    """Nothing, where the units can be read.

    Raises:
        UnitsError: they cannot.
    """
    _parse(str(units).strip(), what)


@functools.cache
def registry() -> pint.UnitRegistry:
    """The pint registry with carbon and water in it; built once, at the first question."""
    import pint

    ureg = pint.UnitRegistry(cache_folder=None)
    for definition in DEFINITIONS:
        # Newer pint knows some of these itself, and redefining warns.
        if definition.split(" ", 1)[0] not in ureg:
            ureg.define(definition)
    return ureg


def _of(what: str) -> str:
    return f" ({what})" if what else ""


def _spelling(units: str) -> str:
    """The units in pint's own spelling, e.g. "gC m-2 d-1" → "gC * m**-2 * d**-1".

    >>> _spelling("g C m-2 d-1")
    'gC * m**-2 * d**-1'
    >>> _spelling("MJ/m2/d")
    'MJ * m**-2 * d**-1'
    """
    if units in WHOLE_NAMES:
        return WHOLE_NAMES[units]
    text = units.replace("−", "-").replace("·", " ")
    # udunits lets a point stand for a product ("W.m-2"); a point between digits is a number's.
    text = SUBSTANCE.sub(r"\1\2", re.sub(r"(?<!\d)\.|\.(?!\d)", " ", text))
    terms: list[str] = []
    for position, part in enumerate(text.replace("**", "^").split("/")):
        for word in part.replace("*", " ").split():
            terms.append(_term(word, inverted=position > 0))
    return " * ".join(terms)


def _term(word: str, *, inverted: bool) -> str:
    if NUMBER.match(word):
        return f"(1 / {word})" if inverted else word
    matched = UNIT_WITH_EXPONENT.match(word)
    if matched is None:
        # Pint evaluates expressions; nothing but names and powers may reach it.
        raise ValueError(word)
    name, exponent = matched.group(1), float(matched.group(2) or matched.group(3) or 1)
    # The 2 of CO2 is part of the name: "umolCO2" is not umolCO squared.
    if name.endswith("CO") and exponent == 2 and "^" not in word:
        name, exponent = name + "2", 1
    exponent = -exponent if inverted else exponent
    name = "percent" if name == "%" else name
    return name if exponent == 1 else f"{name}**{exponent:g}"


@functools.lru_cache(maxsize=512)
def _parse(units: str, what: str) -> Any:
    import pint

    try:
        # A word of digits alone ("1") must not become a bare number, which is no unit.
        return registry().Quantity(1.0, "dimensionless").units if units == "1" else registry().Unit(_spelling(units))
    except (
        pint.errors.PintError,
        AttributeError,
        TypeError,
        ValueError,
        KeyError,
        SyntaxError,
        RecursionError,
        ArithmeticError,
    ) as unread:
        raise UnitsError(
            f"The units {units!r} were given{_of(what)}.",
            "They cannot be read.",
            'Write them as CF does, e.g. "gC m-2 d-1", "umol m-2 s-1", "degC", "hPa", "mm d-1", "W m-2", "1", "%".',
        ) from unread


@functools.lru_cache(maxsize=512)
def _line(from_units: str, to_units: str, what: str, through: Through) -> tuple[float, float]:
    """Slope and offset of the conversion."""
    if from_units == to_units:
        _parse(from_units, what)
        return 1.0, 0.0
    source, target = _parse(from_units, what), _parse(to_units, what)
    quantity = registry().Quantity
    if source.dimensionality == target.dimensionality:
        zero, one = (_magnitude(quantity(number, source), target) for number in (0.0, 1.0))
        # Pure factors come out exact this way; a shift is kept only where the zeros differ.
        return (one, 0.0) if zero == 0.0 else (float(round(one - zero, 12)), zero)
    for bridge, bridge_units in _bridges(through):
        if (source * registry().Unit(bridge_units)).dimensionality == target.dimensionality:
            return _magnitude(quantity(1.0, source) * quantity(bridge, bridge_units), target), 0.0
    raise _mismatch(from_units, to_units, what, source, target)


def _magnitude(quantity: Any, units: pint.Unit) -> float:
    return float(quantity.to(units).magnitude)


def _bridges(through: Through) -> list[tuple[float, str]]:
    """Quantities that turn one kind into another: water's density always, latent heat when asked for."""
    water = [(1.0 / WATER_DENSITY, "m**3 / kg"), (WATER_DENSITY, "kg / m**3")]
    if through != "latent_heat":
        return water
    heat = [(1.0 / LATENT_HEAT, "kg / J"), (LATENT_HEAT, "J / kg")]
    both = [(1.0 / LATENT_HEAT / WATER_DENSITY, "m**3 / J"), (LATENT_HEAT * WATER_DENSITY, "J / m**3")]
    return water + heat + both


def _mismatch(from_units: str, to_units: str, what: str, source: pint.Unit, target: pint.Unit) -> UnitsError:
    kinds = sorted((str(source.dimensionality), str(target.dimensionality)))
    substance = sum("[substance]" in kind for kind in kinds) == 1 and sum("[mass]" in kind for kind in kinds) == 1
    do = "Give units of the same kind."
    if substance:
        do = "Name the substance: gC is carbon, gCO2 is carbon dioxide; a plain g could be either."
    elif {"[mass] / [time] ** 3", "[length] / [time]"} == set(kinds):
        do = 'A latent heat flux becomes evaporation only when asked: through="latent_heat" (2.45 MJ kg-1).'
    return UnitsError(
        f"A conversion from {from_units!r} to {to_units!r} was asked for{_of(what)}.",
        f"The first is {source.dimensionality}, the second {target.dimensionality}.",
        do,
    )
