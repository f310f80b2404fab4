"""What may change in a model, and what is believed of it beforehand."""

from landpda.parameters.constraints import Constraint, LessThan, SumLessThan
from landpda.parameters.correlation import Correlation
from landpda.parameters.from_moments import space_from_moments
from landpda.parameters.from_samples import space_from_samples
from landpda.parameters.from_table import fixed_from_table, parameters_from_table, prior_from_row
from landpda.parameters.make_prior import make_prior
from landpda.parameters.parameter import FixedParameter, Parameter, Scaling
from landpda.parameters.space import ParameterSpace
from landpda.parameters.write_table import write_parameter_table

__all__ = [
    "Constraint",
    "Correlation",
    "FixedParameter",
    "LessThan",
    "Parameter",
    "ParameterSpace",
    "Scaling",
    "SumLessThan",
    "fixed_from_table",
    "make_prior",
    "parameters_from_table",
    "prior_from_row",
    "space_from_moments",
    "space_from_samples",
    "write_parameter_table",
]
