"""Whether chains, or the end points of searches, sit in one place or in several."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.csgraph import connected_components

from landpda.core.types import Finding
from landpda.diagnostics.wording import verb

APART = 4.0
"""[standard deviations within a chain] distance of two chains' means, in any parameter, from which they do not overlap."""
SAME_OPTIMUM = 0.1
"""[prior standard deviations] distance, in every parameter, within which two end points of searches are one optimum."""
MOST_SHOWN = 3
"""Parameters named as those that differ most."""


class Modes(NamedTuple):
    """Which points sit together.

    Args:
        label: (K,) mode of each chain or optimum; 0 is the mode with the highest log density.
        share: (modes,) [1] share of the chains or optima in each.
        log_density: (modes,) mean log density of each mode's chains, or highest of its optima.
        centre: (modes, n) mean control vector.
        findings: sentences.
    """

    label: Int[np.ndarray, "K"]
    share: Float[np.ndarray, "modes"]
    log_density: Float[np.ndarray, "modes"]
    centre: Float[np.ndarray, "modes n"]
    findings: tuple[Finding, ...]


def modes_of_chains(draws: Float[np.ndarray, "C D n"], log_density: Float[np.ndarray, "C D"], names: tuple[str, ...]) -> Modes:
    """Modes between which the chains do not travel.

    Two chains are in one mode if their means lie within four of their own standard deviations in every parameter, or if a row
    of other chains joins them so; a chain that travels between modes is wide and so joins them. Shares count chains: they are
    the modes' weights in the posterior only where chains travel.

    Args:
        draws: chains by draws by parameters in the control space, burn-in removed, circular parameters folded.
        log_density: of each draw.
        names: (n,) of the parameters.
    """
    centre, spread = draws.mean(axis=1), draws.std(axis=1)
    pooled = np.sqrt(0.5 * (spread[:, None, :] ** 2 + spread[None, :, :] ** 2))
    distance = np.max(np.abs(centre[:, None, :] - centre[None, :, :]) / np.maximum(pooled, 1e-12), axis=2)
    label, share, density = _ranked(distance < APART, log_density.mean(axis=1), np.mean)
    return _modes(label, share, density, centre, np.median(spread, axis=0), names, ("chain", "chains"))


def modes_of_optima(optima: Float[np.ndarray, "K n"], log_density: Float[np.ndarray, "K"], names: tuple[str, ...]) -> Modes:
    """Distinct optima among the end points of searches.

    Args:
        optima: end points in the control space, where every prior has standard deviation 1; circular parameters folded.
        log_density: of each.
        names: (n,) of the parameters.
    """
    distance = np.max(np.abs(optima[:, None, :] - optima[None, :, :]), axis=2)
    label, share, density = _ranked(distance < SAME_OPTIMUM, log_density, np.max)
    return _modes(label, share, density, optima, np.ones(optima.shape[1]), names, ("search", "searches"))


def _ranked(
    together: np.ndarray, log_density: np.ndarray, summary: Callable[[np.ndarray], float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    num, label = connected_components(together, directed=False)
    density = np.array([summary(log_density[label == k]) for k in range(num)])
    order = np.argsort(-density)
    rank = np.empty(num, dtype=int)
    rank[order] = np.arange(num)
    label = rank[label]
    return label, np.bincount(label, minlength=num) / len(label), density[order]


def _modes(
    label: np.ndarray,
    share: np.ndarray,
    density: np.ndarray,
    points: np.ndarray,
    scale: np.ndarray,
    names: tuple[str, ...],
    noun: tuple[str, str],
) -> Modes:
    centre = np.stack([points[label == k].mean(axis=0) for k in range(len(share))])
    if len(share) == 1:
        findings = [Finding("good", "modes", f"All {len(label)} {noun[1]} are in one mode.")]
    else:
        findings = [_count(label, share, noun)]
        findings += [_difference(k, label, density, centre, scale, names, noun) for k in range(1, min(len(share), 4))]
    return Modes(label, share, density, centre, tuple(findings))


def _count(label: np.ndarray, share: np.ndarray, noun: tuple[str, str]) -> Finding:
    counts = np.bincount(label)
    shown = ", ".join(str(count) for count in counts[:6]) + (" …" if len(counts) > 6 else "")
    if noun[0] == "chain":
        sentence = (
            f"The chains stay in {len(share)} separate modes ({shown} chains, best mode first): "
            "how much each weighs in the posterior is not known from this run."
        )
        return Finding("serious", "modes", sentence)
    sentence = f"{len(label)} searches ended in {len(share)} different optima ({shown} searches, best optimum first)."
    return Finding("note", "modes", sentence)


def _difference(
    k: int,
    label: np.ndarray,
    density: np.ndarray,
    centre: np.ndarray,
    scale: np.ndarray,
    names: tuple[str, ...],
    noun: tuple[str, str],
) -> Finding:
    difference = (centre[k] - centre[0]) / np.maximum(scale, 1e-12)
    most = np.argsort(-np.abs(difference))[:MOST_SHOWN]
    shown = ", ".join(f"{names[i]} ({difference[i]:+.1f} sd)" for i in most)
    num = int(np.sum(label == k))
    sentence = (
        f"Mode {k + 1} ({num} {verb(num, *noun)}) is {density[0] - density[k]:.1f} log units below the best and differs from "
        f"it most in {shown}."
    )
    return Finding("note", "modes", sentence)
