"""The schema describes what is installed, and what the loader accepts."""

from __future__ import annotations

import json

from landpda.config.schema import schema
from landpda.config.study import StudySpec


def test_the_schema_knows_the_keys_and_what_is_installed():
    whole = json.loads(json.dumps(schema()))
    assert set(whole["properties"]) == set(StudySpec.model_fields)
    assert set(whole["required"]) == {"site", "model", "streams", "method"}
    assert whole["additionalProperties"] is False
    names, *methods = whole["$defs"]["MethodSpec"]["anyOf"]
    assert "dream_zs" in names["enum"]
    dream = next(method for method in methods if method["properties"]["name"]["const"] == "dream_zs")
    assert dream["properties"]["num_chains"] == {"type": "integer", "default": 64}
    assert dream["required"] == ["name"]
    assert "log_uniform" in json.dumps(whole["$defs"]["ParameterSpec"])
    operators = {form["properties"]["name"]["const"]: form for form in whole["$defs"]["OperatorSpec"]["anyOf"][1:]}
    assert operators["temporal_sum"]["required"] == ["name", "steps"]
    errors = {f["properties"]["name"]["const"]: f for f in whole["$defs"]["ErrorSpec"]["anyOf"] if "required" in f}
    assert errors["factor"]["required"] == ["name", "factor", "floor"]
    assert "log_normal" in errors["estimated"]["properties"]["prior"]["enum"]
    assert "generic_table" in json.dumps(whole["$defs"]["SiteSpec"])


def test_every_key_is_described():
    described = schema()["properties"]
    assert all(entry.get("description") for entry in described.values())
