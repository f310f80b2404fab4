"""The cards of what is installed, as text."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping

from landpda.cli.tables import number, table
from landpda.core.errors import StudyError, nearest

WIDTH = 100


def cards(what: str) -> str:
    """One entry a thing: its name and its card.

    Args:
        what: one of `landpda.cli.verbs.list.THINGS`.
    """
    if what == "parameters":
        return "\n\n".join(f"{name}\n{parameters(name)}" for name in _classes("models"))
    entries = _entries(what)
    return "\n".join(
        f"{name}\n{textwrap.fill(text, WIDTH, initial_indent='    ', subsequent_indent='    ')}" if text else name
        for name, text in entries.items()
    )


def whole_card(what: str, name: str) -> str:
    """All that is known of one thing.

    Raises:
        StudyError: there is none of that name.
    """
    known = _entries("models" if what == "parameters" else what)
    if name not in known:
        raise StudyError(f"{name!r} was asked for among the {what}.", "There is none of that name.", nearest(name, known))
    if what == "parameters":
        return parameters(name)
    if what in ("templates", "datasets"):
        return _plain(what, name)
    kind = _classes(what)[name]
    settings = _settings(kind, what) if what in ("models", "methods", "operators", "errors") else ""
    source = f"\nSource: {kind.source}" if isinstance(getattr(kind, "source", None), str) else ""
    return f"{name}\n\n{inspect.getdoc(kind) or ''}\n{source}{settings}"


def parameters(model: str) -> str:
    """The parameter table of a model."""
    rows = _classes("models")[model]().parameters.values()
    header = ("name", "units", "default", "low", "high", "prior", "meaning", "source")
    return table(
        header,
        [
            [r.name, r.units, number(r.default, 4), number(r.low, 4), number(r.high, 4), r.prior, r.meaning, r.source]
            for r in rows
        ],
    )


def _entries(what: str) -> Mapping[str, str]:
    from landpda.config.scaffold import template_text, templates
    from landpda.core.registry import card
    from landpda.sources.fetch import datasets

    if what == "templates":
        return {name: template_text(name).splitlines()[0].lstrip("# ") for name in templates()}
    if what == "datasets":
        return {name: f"{remote.licence}; {remote.citation}" for name, remote in datasets().items()}
    return {name: card(kind) for name, kind in _classes(what).items()}


def _classes(what: str) -> Mapping[str, type]:
    from landpda.core.registry import discover

    package, kind = _KINDS[what]()
    return discover(package, kind)


def _models() -> tuple[str, type]:
    from landpda.core.model import Model

    return "landpda.models", Model


def _methods() -> tuple[str, type]:
    from landpda.methods.method import Method

    return "landpda.methods", Method


def _operators() -> tuple[str, type]:
    from landpda.observations.operators.plan import OperatorPlan

    return "landpda.observations.operators", OperatorPlan


def _errors() -> tuple[str, type]:
    from landpda.observations.errors.plan import ErrorPlan

    return "landpda.observations.errors", ErrorPlan


def _priors() -> tuple[str, type]:
    from landpda.parameters.priors.prior import Prior

    return "landpda.parameters.priors", Prior


def _sources() -> tuple[str, type]:
    from landpda.sources.source import Source

    return "landpda.sources", Source


_KINDS: Mapping[str, Callable[[], tuple[str, type]]] = {
    "models": _models,
    "methods": _methods,
    "operators": _operators,
    "errors": _errors,
    "priors": _priors,
    "sources": _sources,
}


def _settings(kind: type, what: str) -> str:
    from landpda.config.errors import default_prior
    from landpda.config.settings import settings_of, written

    known = settings_of(kind)
    lines = [f"  {name}: {'(needed)' if setting.needed else written(setting.default)}" for name, setting in known.items()]
    prior = default_prior(kind) if what == "errors" else None
    if prior is not None:
        numbers = ", ".join(f"{name}: {value:g}" for name, value in prior.numbers.items())
        lines.append(f"  prior: {prior.family}, with its numbers beside it ({numbers})")
    return "\n\nSettings and their defaults:\n" + "\n".join(lines) if lines else ""


def _plain(what: str, name: str) -> str:
    from landpda.config.scaffold import template_text
    from landpda.sources.fetch import datasets

    if what == "templates":
        return template_text(name).rstrip()
    remote = datasets()[name]
    rows = (("from", remote.url), ("sha256", remote.sha256), ("licence", remote.licence), ("cite", remote.citation))
    return "\n".join([name, *(f"  {word:8} {said}" for word, said in rows)])
