"""Priors: each a monotone map from a standard normal; one family a file."""

from landpda.parameters.priors.half_normal import HalfNormal
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.log_uniform import LogUniform
from landpda.parameters.priors.normal import Normal
from landpda.parameters.priors.prior import Prior
from landpda.parameters.priors.uniform import Uniform

__all__ = ["HalfNormal", "LogNormal", "LogUniform", "Normal", "Prior", "Uniform"]
