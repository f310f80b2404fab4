"""A study as YAML: validated at the edge, turned into typed values, and then gone."""
