"""landpda: estimate the parameters of land surface models from observations, with their uncertainty."""

from landpda.core.engine.xla import configure

__version__ = "0.1.0"

configure()
