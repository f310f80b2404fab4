"""Priors and parameters from tables and from the words of a study, and back to a file."""

from __future__ import annotations

import numpy as np
import pytest

from landpda.core.errors import DataError, StudyError
from landpda.core.parameter_table import ParameterRow, ParameterTable, read_parameter_table
from landpda.parameters import (
    FixedParameter,
    Parameter,
    fixed_from_table,
    make_prior,
    parameters_from_table,
    prior_from_row,
    write_parameter_table,
)
from landpda.parameters.priors import LogNormal, LogUniform, Uniform

TABLE = ParameterTable(
    [
        ParameterRow("vcmax25", "umol m-2 s-1", 50.0, 10.0, 150.0, "log_uniform", "carboxylation, at 25 °C", "kattge2009"),
        ParameterRow("q10", "1", 2.0, 1.2, 3.0, "uniform", "temperature, sensitivity", "mahecha2010"),
        ParameterRow("onset_day", "d", 100.1, 1.0, 730.5, "uniform", "leaf onset", "bloom2016", 365.25),
    ]
)


@pytest.mark.parametrize(
    ("family", "fields", "median"),
    [
        ("normal", {"mean": 1, "sd": "2"}, 1.0),
        ("log_normal", {"median": 0.5, "sigma": 0.2}, 0.5),
        ("log_normal", {"median": 0.5, "factor": 1.2}, 0.5),
        ("log_normal", {"mean": np.exp(0.5), "sd": np.sqrt(np.e**2 - np.e)}, 1.0),
        ("uniform", {"low": 0, "high": 1}, 0.5),
        ("log_uniform", {"low": "1e-4", "high": "1e-2"}, 1e-3),
        ("logit_normal", {"low": 0, "high": 4}, 2.0),
        ("logit_normal", {"low": 0, "high": 4, "median": 1, "sigma": 0.5}, 1.0),
        ("truncated_normal", {"mean": 1, "sd": 2, "low": 0, "high": 2}, 1.0),
        ("truncated_normal", {"mean": 50, "sd": 1, "low": 0}, 50.0),
        ("beta", {"alpha": 2, "beta": 2}, 0.5),
        ("beta", {"mean": 1, "sd": 0.3, "low": 0, "high": 2}, 1.0),
        ("gamma", {"shape": 1, "scale": 2}, 2 * np.log(2)),
        ("gamma", {"mean": 2, "sd": 2}, 2 * np.log(2)),
        ("half_normal", {"scale": 1}, 0.6744897501960817),
        ("empirical", {"samples": list(range(1, 100))}, 50.0),
    ],
)
def test_every_way_to_write_a_prior(family, fields, median):
    prior = make_prior(family, fields, parameter="p")
    assert prior.name == family
    assert float(prior.quantile(0.5)) == pytest.approx(median, rel=1e-9)


def test_mean_and_sd_are_those_of_the_value():
    for family in ("log_normal", "gamma"):
        moments = make_prior(family, {"mean": 3.0, "sd": 0.7}, parameter="p").moments
        np.testing.assert_allclose(moments, (3.0, 0.7), rtol=1e-9)
    np.testing.assert_allclose(
        make_prior("beta", {"mean": 3.0, "sd": 0.7, "low": 1, "high": 9}, parameter="p").moments, (3.0, 0.7), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("family", "fields", "says"),
    [
        ("lognormal", {"median": 1}, "Did you mean log_normal"),
        ("normal", {"mean": 1, "std": 2}, "no field 'std'.*\n.*Did you mean sd"),
        ("normal", {"mean": 1}, "one is missing"),
        ("log_normal", {"median": 1, "sigma": 1, "factor": 2}, "same thing twice"),
        ("uniform", {"low": 3, "high": 1}, "low is not below high"),
        ("uniform", {"low": "three", "high": 1}, "'three'"),
        ("uniform", {"low": [0, 1], "high": 1}, "low is not one number"),
    ],
)
def test_errors_name_the_parameter_and_what_is_wrong(family, fields, says):
    with pytest.raises(StudyError, match=says) as error:
        make_prior(family, fields, parameter="vcmax25")
    assert "'vcmax25'" in str(error.value)


def test_table_gives_priors_in_its_order():
    parameters = parameters_from_table(TABLE)
    assert [parameter.name for parameter in parameters] == list(TABLE)
    first, _, last = parameters
    assert isinstance(first, Parameter)
    assert isinstance(first.prior, LogUniform)
    assert (first.units, first.source, float(first.default)) == ("umol m-2 s-1", "kattge2009", 50.0)
    assert isinstance(last, Parameter)
    assert last.period == 365.25


def test_overrides_and_held_parameters():
    narrow = LogNormal(80.0, 0.1)
    vcmax, q10, onset = parameters_from_table(TABLE, {"vcmax25": narrow, "q10": 1.5})
    assert isinstance(vcmax, Parameter)
    assert vcmax.prior is narrow
    assert isinstance(q10, FixedParameter)
    assert float(q10.value) == 1.5
    assert isinstance(onset, Parameter)
    vcmax, q10, onset = parameters_from_table(TABLE, {"vcmax25": narrow}, estimated=["q10"])
    assert [type(entry) for entry in (vcmax, q10, onset)] == [Parameter, Parameter, FixedParameter]
    assert float(fixed_from_table(TABLE["onset_day"]).value) == 100.1


def test_default_outside_an_override_becomes_its_median():
    _, q10, _ = parameters_from_table(TABLE, {"q10": Uniform(2.5, 2.9)})
    assert isinstance(q10, Parameter)
    assert float(q10.default) == pytest.approx(2.7)


def test_unknown_names_and_bad_rows_are_refused():
    with pytest.raises(StudyError, match="Did you mean q10"):
        parameters_from_table(TABLE, {"q1": 3.0})
    with pytest.raises(StudyError, match="Did you mean onset_day"):
        parameters_from_table(TABLE, estimated=["onsetday"])
    row = TABLE["q10"]
    with pytest.raises(StudyError, match=r"'q10'.*\n.*\n.*Did you mean log_uniform"):
        prior_from_row(row._replace(prior="loguniform"))
    with pytest.raises(StudyError, match="has the default 5"):
        parameters_from_table(ParameterTable([row._replace(default=5.0)]))
    with pytest.raises(StudyError, match=r"'q10'.*\n.*does not say which gamma"):
        prior_from_row(row._replace(prior="gamma"))


def test_shapes_of_a_parameter_are_checked():
    entries = Parameter("k", "1", (Uniform(0.0, 1.0), Uniform(1.0, 2.0)), dims=("pft",), shape=(2,))
    np.testing.assert_allclose(entries.default, (0.5, 1.5))
    shared = Parameter("k", "1", Uniform(0.0, 1.0), dims=("pft",), shape=(3,), default=0.2)
    np.testing.assert_array_equal(shared.default, np.full(3, 0.2))
    with pytest.raises(StudyError, match="1 priors for 2 entries"):
        Parameter("k", "1", (Uniform(0.0, 1.0),), dims=("pft",), shape=(2,))
    with pytest.raises(StudyError, match="do not go together"):
        Parameter("k", "1", Uniform(0.0, 1.0), dims=("pft",))
    with pytest.raises(StudyError, match=r"'k\[pft=1\]' has the default 0.5"):
        Parameter("k", "1", (Uniform(0.0, 1.0), Uniform(1.0, 2.0)), dims=("pft",), shape=(2,), default=0.5)
    with pytest.raises(StudyError, match=r"default of shape \(2,\)"):
        Parameter("k", "1", Uniform(0.0, 1.0), dims=("pft",), shape=(3,), default=[0.1, 0.2])


@pytest.mark.parametrize("ending", ["csv", "yaml", "yml"])
def test_written_table_reads_back_the_same(tmp_path, ending):
    path = tmp_path / f"parameters.{ending}"
    write_parameter_table(path, TABLE)
    assert dict(read_parameter_table(path)) == dict(TABLE)


def test_table_with_another_ending_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"\.txt"):
        write_parameter_table(tmp_path / "parameters.txt", TABLE)
