"""Several methods on one question: which of them can be trusted, how far the others are off, and which to use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landpda.core.types import Exact, Finding
from landpda.diagnostics.agreement import NEAR, NEAR_RATIO
from landpda.diagnostics.convergence import NEARLY
from landpda.diagnostics.wording import listed, verb

MONTE_CARLO = 4.0
"""[standard errors] difference of two sampled means that chance makes once in 16 000 times."""
SAME_OPTIMUM = 1.0
"""[log units] costs closer than this are one optimum to any reader."""


class Entry(NamedTuple):
    """What a method made of the question.

    Args:
        label: its name, numbered where a method takes part twice.
        exact: where its answer is the posterior.
        kind: "point", "gaussian", "samples", "front" or "region"; "" where there is no answer.
        cost: J at its best vector; NaN where there is no answer.
        draws: (N, n) control vectors of its posterior, folded around one vector for all methods; none for a point.
        error: (n,) Monte Carlo standard error of the mean of each element; zeros for a posterior that is a formula.
        rhat: worst R-hat; NaN where there are no chains.
        ess: fewest effective draws; NaN where they are not known.
        runs: model runs.
        gradients: those of them with derivatives.
        cpu_seconds: CPU time.
        refusal: why there is no answer, as a sentence; "" where there is one.
    """

    label: str
    exact: Exact
    kind: str
    cost: float
    draws: Float[np.ndarray, "N n"]
    error: Float[np.ndarray, "n"]
    rhat: float
    ess: float
    runs: int
    gradients: int
    cpu_seconds: float
    refusal: str = ""

    @property
    def spread(self) -> bool:
        """Whether it says how sure one can be."""
        return self.kind in ("gaussian", "samples")

    @property
    def converged(self) -> bool:
        """Whether its chains agree; a method without chains has nothing to say here, and counts as converged."""
        return not self.rhat > NEARLY


class Against(NamedTuple):
    """A method against the reference.

    Args:
        shift: (n,) [reference sd] difference of the means.
        ratio: (n,) [1] standard deviation over the reference's.
        within_chance: [1] share of the means that differ by no more than Monte Carlo error explains.
        verdict: a few words.
    """

    shift: Float[np.ndarray, "n"]
    ratio: Float[np.ndarray, "n"]
    within_chance: float
    verdict: str


def reference_of(entries: Sequence[Entry]) -> Entry | None:
    """The method that the others are held against: exact in the limit, its chains in the best agreement.

    Among chains that agree, the one with most effective draws; without any sampler, the Gaussian of the lowest cost. None
    where no method gave a spread.
    """
    samplers = [entry for entry in entries if entry.kind == "samples" and entry.exact is Exact.ALWAYS]
    chains = [entry for entry in samplers if np.isfinite(entry.rhat)]
    agreed = [entry for entry in chains if entry.converged]
    if agreed:
        return max(agreed, key=lambda entry: entry.ess)
    if chains:
        return min(chains, key=lambda entry: entry.rhat)
    spread = samplers or [entry for entry in entries if entry.spread]
    return min(spread, key=lambda entry: entry.cost) if spread else None


def lowest_cost(entries: Sequence[Entry]) -> float:
    """The lowest J that any method met; NaN where none gave an answer."""
    costs = [entry.cost for entry in entries if np.isfinite(entry.cost)]
    return min(costs, default=float("nan"))


def against(entry: Entry, reference: Entry, names: Sequence[str], lowest: float) -> Against:
    """How far a method's posterior lies from the reference's, and a point above the lowest cost that any method met."""
    n = len(names)
    if not entry.spread:
        return Against(np.full(n, np.nan), np.full(n, np.nan), np.nan, _without_spread(entry, lowest))
    sd, own = (np.maximum(one.draws.std(axis=0), 1e-12) for one in (reference, entry))
    difference = entry.draws.mean(axis=0) - reference.draws.mean(axis=0)
    shift, ratio = difference / sd, own / sd
    chance = MONTE_CARLO * np.sqrt(np.square(entry.error) + np.square(reference.error))
    within = float(np.mean(np.abs(difference) <= np.maximum(chance, 1e-9)))
    if entry is reference:
        return Against(shift, ratio, within, "the reference")
    return Against(shift, ratio, within, _verdict(entry, shift, ratio, within, names))


def _without_spread(entry: Entry, lowest: float) -> str:
    if entry.refusal:
        return "no answer"
    if entry.kind != "point":
        return "compromises, no posterior"
    above = entry.cost - lowest
    return "a point, as low as any" if above <= SAME_OPTIMUM else f"a point, {above:.3g} log units above the lowest"


def _verdict(entry: Entry, shift: np.ndarray, ratio: np.ndarray, within: float, names: Sequence[str]) -> str:
    worst, width = int(np.argmax(np.abs(shift))), np.exp(np.abs(np.log(ratio)))
    if not entry.converged:
        return f"not converged (R-hat {entry.rhat:.2f})"
    if entry.exact is Exact.ALWAYS and within == 1.0:
        return "agrees within Monte Carlo error"
    if abs(shift[worst]) <= NEAR and width.max() <= NEAR_RATIO:
        return "agrees"
    middle = float(np.median(ratio))
    return f"mean of {names[worst]} off by {shift[worst]:+.2f} sd; sd {middle:.2f} times in the median"


def comparison_findings(entries: Sequence[Entry], reference: Entry | None, names: Sequence[str]) -> tuple[Finding, ...]:
    """Which method to use on this question, and why; how far the others are off; which did not answer."""
    refused = [
        Finding("warning", "methods", f"{entry.label} gave no answer. {entry.refusal}") for entry in entries if entry.refusal
    ]
    if reference is None:
        return (_best_point(entries), *refused)
    held = {entry.label: against(entry, reference, names, lowest_cost(entries)) for entry in entries}
    return (_advice(entries, reference, held), *_cheaper(entries, reference, held), *_biased(entries, held), *refused)


def _best_point(entries: Sequence[Entry]) -> Finding:
    answered = [entry for entry in entries if np.isfinite(entry.cost)]
    if not answered:
        return Finding("serious", "methods", "No method gave an answer.")
    low = lowest_cost(entries)
    best = min((entry for entry in answered if entry.cost <= low + SAME_OPTIMUM), key=lambda entry: entry.cpu_seconds)
    sentence = (
        f"Use {best.label} here: it came to the lowest J ({best.cost:.6g}) in the least time ({_effort(best)}). "
        "No method of this comparison says how sure one can be."
    )
    return Finding("note", "methods", sentence)


def _advice(entries: Sequence[Entry], reference: Entry, held: dict[str, Against]) -> Finding:
    fit = [entry for entry in entries if entry.exact is Exact.ALWAYS and entry.spread and entry.converged]
    fit = [entry for entry in fit if entry is reference or held[entry.label].within_chance == 1.0]
    if not reference.converged or not fit:
        state = f"R-hat {reference.rhat:.2f}" if np.isfinite(reference.rhat) else "no chains that could be checked"
        sentence = (
            f"No method of this comparison is both exact in the limit and converged here; {reference.label} came nearest "
            f"({state}) and is what the others are held against. Run it longer before any width is believed."
        )
        return Finding("serious" if reference.rhat > 1.2 else "warning", "methods", sentence)
    best = min(fit, key=lambda entry: entry.cpu_seconds)
    others = [entry.label for entry in fit if entry is not best]
    reason = (
        f"of the methods that are exact in the limit and agree ({listed([best.label, *others])})"
        if others
        else ("it alone is exact in the limit and converged")
    )
    least = "it took the least time" if others else "it took"
    return Finding("good", "methods", f"Use {best.label} here: {reason}{', ' if others else '; '}{least} ({_effort(best)}).")


def _cheaper(entries: Sequence[Entry], reference: Entry, held: dict[str, Against]) -> list[Finding]:
    """Approximations that happen to be right here and cost less."""
    near = []
    for entry in entries:
        one = held[entry.label]
        if not entry.spread or entry.exact is Exact.ALWAYS or entry.cpu_seconds >= reference.cpu_seconds:
            continue
        if np.abs(one.shift).max() <= 2 * NEAR and np.exp(np.abs(np.log(one.ratio))).max() <= NEAR_RATIO**2:
            near.append(entry)
    if not near:
        return []
    cheapest = min(near, key=lambda entry: entry.cpu_seconds)
    one = held[cheapest.label]
    off, width = np.abs(one.shift).max(), np.exp(np.abs(np.log(one.ratio))).max()
    sentence = (
        f"For a first look {cheapest.label} serves: on this question no mean is off by more than {off:.2f} sd, "
        f"no sd by more than a factor {width:.2f} ({_effort(cheapest)})."
    )
    return [Finding("note", "methods", sentence)]


def _biased(entries: Sequence[Entry], held: dict[str, Against]) -> list[Finding]:
    narrow = [
        entry.label
        for entry in entries
        if entry.spread and entry.converged and np.median(held[entry.label].ratio) < 1.0 / NEAR_RATIO
    ]
    off = [
        entry.label
        for entry in entries
        if entry.spread and entry.converged and np.median(np.abs(held[entry.label].shift)) > 2 * NEAR
    ]
    found = []
    if narrow:
        sentence = f"{listed(narrow)} {verb(len(narrow), 'gives', 'give')} intervals that are too narrow here."
        found.append(Finding("note", "methods", sentence))
    if off:
        puts = verb(len(off), "puts", "put")
        sentence = f"{listed(off)} {puts} half of the means more than {2 * NEAR:.1f} sd beside the reference's."
        found.append(Finding("note", "methods", sentence))
    return found


def _effort(entry: Entry) -> str:
    with_gradient = f", {entry.gradients} of them with derivatives" if entry.gradients else ""
    return f"{entry.cpu_seconds:.3g} s of CPU, {entry.runs} model runs{with_gradient}"
