"""Colours: words stand out from their ground, lines from paper, and all from one another for colour-blind readers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from landpda.report.palette import GRAPHICS, SERIES, SEVERITIES, SURFACES, TEXT, channels

# Simulation of dichromats in linear RGB, severity 1.0: Machado, Oliveira and Fernandes (2009), table 1.
SIGHT = {
    "all colours": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TOGETHER = [("observed", "posterior"), ("observed", "held-out"), ("posterior", "held-out"), ("posterior", "prior")]
TOGETHER += [("posterior", "truth"), ("prior", "truth")]


def linear(colour: str) -> np.ndarray:
    values = np.array(channels(colour)) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio."""
    light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second))
    return (light[1] + 0.05) / (light[0] + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first: str, second: str, sight: str) -> float:
    return float(np.linalg.norm(lab(SIGHT[sight] @ linear(first)) - lab(SIGHT[sight] @ linear(second))))


def test_contrast_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("ground", ["paper", "wash"])
def test_words_stand_out(name: str, ground: str) -> None:
    assert contrast(TEXT[name], SURFACES[ground]) >= 4.5


@pytest.mark.parametrize("severity", SEVERITIES)
def test_verdicts_stand_out(severity: str) -> None:
    word, ground = SEVERITIES[severity]
    assert contrast(word, ground) >= 4.5
    assert contrast(TEXT["ink"], ground) >= 4.5
    assert contrast(word, SURFACES["paper"]) >= 4.5
    assert contrast(SEVERITIES["warning"][0], SURFACES["held-out-wash"]) >= 4.5


@pytest.mark.parametrize("colour", [*GRAPHICS.values(), *SERIES])
def test_lines_stand_out(colour: str) -> None:
    assert contrast(colour, SURFACES["paper"]) >= 3.0


@pytest.mark.parametrize("sight", SIGHT)
def test_what_is_drawn_together_is_told_apart(sight: str) -> None:
    for first, second in TOGETHER:
        assert distance(GRAPHICS[first], GRAPHICS[second], sight) >= 20.0, (first, second)


@pytest.mark.parametrize("sight", SIGHT)
def test_series_are_told_apart(sight: str) -> None:
    for first, second in combinations(SERIES[:3], 2):
        assert distance(first, second, sight) >= 20.0, (first, second)


@pytest.mark.parametrize("sight", SIGHT)
def test_gravest_and_mildest_verdicts_differ(sight: str) -> None:
    assert distance(SEVERITIES["serious"][0], SEVERITIES["good"][0], sight) >= 15.0
