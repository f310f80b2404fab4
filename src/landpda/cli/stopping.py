"""Ctrl-C, said by who was stopped and printed by the program."""


class Interrupted(Exception):  # noqa: N818 - not an error
    """The run was stopped; the text tells the user how to go on."""
