"""From names and files to what runs: the YAML says the same as the Python."""

from __future__ import annotations

import dataclasses
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from landpda.config.dump import dump_resolved
from landpda.config.load import load_study, parse_study
from landpda.config.periods import PeriodsSpec
from landpda.config.resolve import periods_of, resolve
from landpda.config.scaffold import TWIN, template_text, templates
from landpda.config.study import StudySpec
from landpda.core.errors import LandpdaError, StudyError
from landpda.experiments.demo import demo_study
from landpda.experiments.plan import EstimatedSeasonalError, FileError, GivenError, NoError, Periods, SoftConstraints
from small_study import STUDY, site_rows, write_site, write_study

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def study_file(tmp_path):
    write_site(tmp_path)
    return write_study(tmp_path)


def test_a_study_becomes_typed_values(study_file):
    study = resolve(load_study(study_file))
    nbe, lai = study.streams
    assert (nbe.variable, nbe.observation) == ("nbe", FileError())
    assert isinstance(nbe.structural, EstimatedSeasonalError)
    assert (lai.every, lai.observation, lai.structural) == (8, GivenError(0.5), NoError())
    assert study.periods == Periods("2001-01-01", "2001-12-31", "2002-01-01", "2002-12-31")
    assert study.constraints == SoftConstraints()
    assert study.parameters.fixed == {"autotrophic_fraction": 0.5}
    assert {name: prior.name for name, prior in study.parameters.priors.items()} == {"canopy_efficiency": "log_uniform"}
    assert (study.answer.name, study.answer.num_chains, study.seed) == ("dream_zs", 32, 3)
    assert (study.site.attrs["site"], study.site.attrs["latitude"]) == ("XX-Sml", 50.0)


def test_the_dump_reads_back_as_itself_and_names_every_default(study_file, tmp_path):
    text = dump_resolved(load_study(study_file))
    (tmp_path / "elsewhere").mkdir()
    again = tmp_path / "elsewhere" / "study.yaml"
    again.write_text(text)
    assert dump_resolved(load_study(again)) == text
    content = yaml.safe_load(text)
    assert set(content) == set(StudySpec.model_fields)
    assert len(content["parameters"]) == 23
    assert content["method"]["thin"] == 10
    assert content["streams"]["nbe"]["structural"] == {"name": "estimated_seasonal", "prior": "half_normal", "scale": 1.0}
    assert content["streams"]["lai"]["operator"] == {"name": "select"}
    assert Path(content["site"]["file"]).is_absolute()


def test_the_dump_tells_apart_what_differs(study_file):
    text = dump_resolved(load_study(study_file))
    assert dump_resolved(load_study(study_file)) == text
    for change in ("seed=4", "method.num_chains=33", "parameters.canopy_efficiency.low=6", "streams.lai.every=7"):
        assert dump_resolved(load_study(study_file, [change])) != text


def test_the_template_is_the_demo_in_python():
    study, demo = resolve(parse_study(yaml.safe_load(template_text(TWIN)))), demo_study()
    assert study.streams == demo.streams
    assert study.periods == demo.periods
    assert study.constraints == demo.constraints
    assert study.twin == demo.twin
    assert set(study.parameters.priors) == set(demo.parameters.priors)
    for name, prior in study.parameters.priors.items():
        for q in (0.05, 0.5, 0.95):
            np.testing.assert_allclose(prior.quantile(q), demo.parameters.priors[name].quantile(q), rtol=1e-12)
    assert (study.name, study.seed) == (demo.name, demo.seed)
    for mine, theirs in ((study.answer, demo.answer), (study.search, demo.search)):
        assert type(mine) is type(theirs)
        for field in dataclasses.fields(mine):
            np.testing.assert_array_equal(getattr(mine, field.name), getattr(theirs, field.name))
    xr.testing.assert_identical(study.site, demo.site)


def test_the_examples_are_studies(data_dir):
    assert (EXAMPLES / "twin.yaml").read_text() == template_text(TWIN)
    spec = load_study(EXAMPLES / "dalec_site.yaml", [f"site.file={data_dir / 'site_daily' / 'DE-Hai.nc'}"])
    study = resolve(spec)
    assert study.periods == Periods("2001-01-01", "2006-12-31", "2007-01-01", "2009-12-31")
    assert len(study.model.parameters) == 23
    assert study.search.num_starts == 32
    for name in templates():
        resolve(parse_study(yaml.safe_load(template_text(name))))


def test_a_table_of_one_s_own_replaces_the_model_s(study_file, tmp_path):
    table = resolve(load_study(study_file)).model.parameters
    rows = [",".join(table["leaf_lifespan"]._fields)]
    rows += [",".join(f'"{cell}"' for cell in row._replace(low=row.low * 1.001)) for row in table.values()]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    study = resolve(load_study(study_file, ["parameter_table=mine.csv"]))
    assert study.parameters.table["leaf_lifespan"].low == pytest.approx(1.001 * table["leaf_lifespan"].low)
    (tmp_path / "mine.csv").write_text("\n".join(rows).replace("leaf_lifespan", "leaf_lifespam"))
    with pytest.raises(LandpdaError, match=r"leaf_lifespan"):
        resolve(load_study(study_file, ["parameter_table=mine.csv"]))


def test_years_are_calendar_years_from_the_record_s_first_day():
    time = np.arange("2001-03-01", "2005-06-01", dtype="datetime64[D]").astype("datetime64[ns]")
    site = xr.Dataset(coords={"time": time})
    assert periods_of(PeriodsSpec(), site) == Periods()
    assert periods_of(PeriodsSpec(fit_years=2), site) == Periods("2001-03-01", "2002-12-31")
    assert periods_of(PeriodsSpec(fit_years=2, judge_years=3), site) == Periods(
        "2001-03-01", "2002-12-31", "2003-01-01", "2005-12-31"
    )
    with pytest.raises(StudyError, match=r"has 5: it runs from 2001-03-01 to 2005-05-31"):
        periods_of(PeriodsSpec(fit_years=3, judge_years=3), site)


def test_half_hours_become_days(tmp_path):
    rows = [[f"{row[0]} {hour:02d}:00", *row[1:6], row[6], row[7]] for row in site_rows(40) for hour in range(24)]
    write_site(tmp_path, rows)
    site = deepcopy(STUDY["site"])
    site["time"]["format"] = "%Y-%m-%d %H:%M"
    for name in ("tmin", "tmax", "lai", "nbe_uncertainty"):
        del site["columns"][name]
    site["columns"] |= {
        "tair": {"column": "tmin", "units": "degC"},
        "shortwave": {"column": "sw", "units": "W m-2"},
        "nbe": {"column": "nbe", "units": "umol m-2 s-1"},
    }
    write_study(tmp_path, site=site, streams={"nbe": {"observation": 0.5}}, periods=None)
    study = resolve(load_study(tmp_path / "study.yaml"))
    assert study.site.attrs["step"] == "1D"
    assert study.site.sizes["time"] == 40


def test_names_are_checked_before_files_are_read(study_file, tmp_path):
    (tmp_path / "site.csv").unlink()
    with pytest.raises(StudyError, match=r"drem_zs"):
        resolve(load_study(study_file, ["method=drem_zs"]))
