"""Filters: the data are met in the order of time, and the parameters may change on the way; one method a file."""
