"""Numbers as a reader wants them: few digits, real minus signs, units in full dress."""

from __future__ import annotations

import math
import re

from markupsafe import Markup, escape

NONE = "–"
"""What stands for a number that is not there."""

THIN = "\u202f"
SUPERSCRIPT = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


def number(value: float, digits: int = 3) -> str:
    """A number to `digits` meaningful digits.

    >>> [number(x) for x in (0.0, 1.0, -0.51234, 14000.0, 1e-5, 3.2e8, float("nan"))]
    ['0', '1.00', '−0.512', '14\u202f000', '1.00×10⁻⁵', '3.20×10⁸', '–']
    """
    value = float(value)
    if not math.isfinite(value):
        return NONE if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if exponent >= 7 or exponent < -4:
        return f"{value / 10.0**exponent:.{digits - 1}f}×10{str(exponent).translate(SUPERSCRIPT)}".replace("-", "−")
    return f"{value:,.{max(digits - 1 - exponent, 0)}f}".replace(",", THIN).replace("-", "−")


def compact(value: float, digits: int = 3) -> str:
    """A number to `digits` meaningful digits, without zeros at its end: for ends of ranges and round steps.

    >>> compact(0.2), compact(1e-5), compact(365.25, 5), compact(8.0), compact(100000.0)
    ('0.2', '10⁻⁵', '365.25', '8', '100\u202f000')
    """
    text = number(value, digits)
    mantissa, times, power = text.partition("×")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return power if times and mantissa == "1" else mantissa + times + power


def fixed(value: float, decimals: int = 2) -> str:
    """A number to `decimals` places, for columns that are read downwards.

    >>> fixed(-0.001), fixed(0.123), fixed(float("nan"))
    ('0.00', '0.12', '–')
    """
    value = float(value)
    if not math.isfinite(value):
        return number(value)
    text = f"{value:,.{decimals}f}".replace(",", THIN)
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def signed(value: float, decimals: int = 2) -> str:
    """A number with its sign always shown.

    >>> signed(0.3), signed(-0.3), signed(0.0)
    ('+0.30', '−0.30', '0.00')
    """
    text = fixed(value, decimals)
    return f"+{text}" if float(value) > 0 and text.strip("0.") else text


def count(value: float) -> str:
    """A whole number with thin spaces between thousands.

    >>> count(1234567), count(float("nan"))
    ('1\u202f234\u202f567', '–')
    """
    return f"{round(float(value)):,}".replace(",", THIN).replace("-", "−") if math.isfinite(float(value)) else NONE


def percent(share: float, decimals: int = 0) -> str:
    """A share as per cent.

    >>> percent(0.123), percent(0.0004), percent(float("nan"))
    ('12\u202f%', '0\u202f%', '–')
    """
    return f"{fixed(100.0 * float(share), decimals)}{THIN}%" if math.isfinite(float(share)) else NONE


def seconds(value: float) -> str:
    """A duration in words.

    >>> seconds(0.41), seconds(75), seconds(7260)
    ('0.41 s', '1 min 15 s', '2 h 1 min')
    """
    value = float(value)
    if not math.isfinite(value):
        return NONE
    if value < 60:
        return f"{number(value, 2)} s"
    if value < 3600:
        return "{} min {} s".format(*divmod(round(value), 60))
    return "{} h {} min".format(*divmod(round(value / 60), 60))


def units(text: str) -> str:
    """Units with raised exponents; nothing for a number without units.

    >>> units("gC m-2 d-1"), units("kg**2 / m^3"), units("1"), units("degC")
    ('gC m⁻² d⁻¹', 'kg² / m³', '', '°C')
    """
    text = text.strip()
    if text in {"1", "-", "dimensionless", ""}:
        return ""
    text = re.sub(r"(?:\*\*|\^)\s*([-+]?\d+)", lambda found: found[1].translate(SUPERSCRIPT), text)
    text = re.sub(r"(?<=[A-Za-zµ%])([-+]?\d+)(?=\s|$|/)", lambda found: found[1].translate(SUPERSCRIPT), text)
    return re.sub(r"\bdeg_?C\b", "°C", text)


def in_units(text: str) -> str:
    """Units as they follow an axis's name: " (gC m⁻² d⁻¹)", or nothing.

    >>> in_units("K"), in_units("1")
    (' (K)', '')
    """
    dressed = units(text)
    return f" ({dressed})" if dressed else ""


def breakable(name: str) -> Markup:
    """A name with underscores that may be broken over lines after each of them.

    >>> breakable("c_som<i>")
    Markup('c_<wbr>som&lt;i&gt;')
    """
    return Markup("_<wbr>").join(escape(part) for part in str(name).split("_"))


def listed(names: list[str], most: int = 6) -> str:
    """Names as they stand in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefgh"), 3)
    ('a', 'a, b and c', 'a, b, c and 5 more')
    """
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"
