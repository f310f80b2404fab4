"""Laws of settings: the fields of a class, of their types, with its defaults."""

from __future__ import annotations

from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp
import pytest
from jaxtyping import Array, Float

from landpda.config.settings import configure, settings_of, written
from landpda.core.errors import StudyError
from landpda.core.registry import choose
from landpda.methods.method import Method


class Example(eqx.Module):
    """A class with a setting of each kind."""

    name: ClassVar[str] = "example"
    num: int
    size: float = 1.0
    flag: bool = False
    word: str = "a"
    choice: Literal["up", "down"] = "up"
    maybe: float | None = None
    pair: tuple[float, float] = (0.0, 1.0)
    many: tuple[int, ...] = ()
    starts: Float[Array, "S n"] = eqx.field(default_factory=lambda: jnp.zeros((0, 0)))

    def __check_init__(self) -> None:
        if self.num < 0:
            raise ValueError("num is negative")


def test_arrays_are_no_settings():
    assert list(settings_of(Example)) == ["num", "size", "flag", "word", "choice", "maybe", "pair", "many"]


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"num": 3.0}, 3),
        ({"size": 2}, 2.0),
        ({"flag": True}, True),
        ({"choice": "down"}, "down"),
        ({"maybe": 1}, 1.0),
        ({"maybe": None}, None),
        ({"maybe": "none"}, None),
        ({"pair": [1, 2]}, (1.0, 2.0)),
        ({"many": [1, 2, 3]}, (1, 2, 3)),
    ],
)
def test_values_are_brought_to_their_type(given, value):
    (name,) = given
    found = getattr(configure(Example, {"num": 1, **given}, "method"), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"num": 1.5}, "whole number"),
        ({"num": "3"}, "whole number"),
        ({"num": True}, "whole number"),
        ({"size": "big"}, "a number"),
        ({"size": 10**400}, "a number"),
        ({"size": False}, "a number"),
        ({"flag": 1}, "true or false"),
        ({"word": 3}, "a word"),
        ({"choice": "left"}, "up, down"),
        ({"pair": [1]}, "a list"),
        ({"pair": 1}, "a list"),
        ({"many": [1, "a"]}, "a list"),
        ({"numb": 1}, "Did you mean num"),
        ({"starts": 1}, "Known"),
        ({"num": -1}, "num is negative"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(given, word):
    with pytest.raises(StudyError) as refused:
        configure(Example, {"num": 1, **given}, "method")
    assert word in str(refused.value)
    assert "example" in refused.value.asked


def test_a_setting_without_default_must_be_given():
    with pytest.raises(StudyError, match="needs the setting 'num'"):
        configure(Example, {}, "method")


def test_what_is_written_gives_the_same_settings():
    example = configure(Example, {"num": 2, "pair": [3, 4], "many": [5]}, "method")
    again = configure(Example, {name: written(getattr(example, name)) for name in settings_of(Example)}, "method")
    assert eqx.tree_equal(example, again)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("levenberg_marquardt", {"num_screened": -5}, "at least 0"),
        ("lbfgsb", {"num_starts": 0}, "at least 1"),
        ("laplace", {"tolerance": 0.0}, "positive"),
        ("hmc", {"trajectory": -1.0}, "positive"),
        ("es_mda", {"num_members": 1e18}, "at most a thousand million"),
        ("dream_zs", {"num_chains": 10**40}, "at most a thousand million"),
    ],
)
def test_numbers_that_no_run_can_take_are_refused(name, given, said):
    with pytest.raises(StudyError) as refused:
        configure(choose(name, "landpda.methods", Method, "method"), given, "method")
    assert said in refused.value.found
