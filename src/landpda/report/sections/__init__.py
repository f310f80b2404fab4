"""The report's sections: one file each, found by walking this package.

A section's module holds `ORDER`, its place on the page, and `section(record)`, which gives a `Section`, or None where the run
has nothing to say there. Its words are in `templates/sections/<key>.html`.
"""
