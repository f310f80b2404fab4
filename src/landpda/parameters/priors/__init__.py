"""Priors: each a monotone map from a standard normal; one family a file."""

from landpda.parameters.priors.beta import Beta
from landpda.parameters.priors.empirical import Empirical
from landpda.parameters.priors.gamma import Gamma
from landpda.parameters.priors.half_normal import HalfNormal
from landpda.parameters.priors.log_normal import LogNormal
from landpda.parameters.priors.log_uniform import LogUniform
from landpda.parameters.priors.logit_normal import LogitNormal
from landpda.parameters.priors.normal import Normal
from landpda.parameters.priors.prior import Prior
from landpda.parameters.priors.truncated_normal import TruncatedNormal
from landpda.parameters.priors.uniform import Uniform

__all__ = [
    "Beta",
    "Empirical",
    "Gamma",
    "HalfNormal",
    "LogNormal",
    "LogUniform",
    "LogitNormal",
    "Normal",
    "Prior",
    "TruncatedNormal",
    "Uniform",
]
