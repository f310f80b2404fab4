"""`periods:` which part of the record is fitted, and which is kept to judge by."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from landpda.config.part import Part, Whole


def _day(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("said", "There is no such day.", {"do": "Check the month and the day."}) from None
        return value
    raise PydanticCustomError("said", "It is not a day.", {"do": "Write it as 2001-12-31."})


Day = Annotated[str, BeforeValidator(_day)]
Span = Annotated[list[Day], Field(min_length=2, max_length=2)]


class PeriodsSpec(Part):
    """In calendar years from the start of the record, or in dates; all of the record is fitted where nothing is said."""

    fit_years: Whole | None = Field(default=None, ge=1)
    """The first so many calendar years of the record are fitted."""
    judge_years: Whole | None = Field(default=None, ge=1)
    """The next so many are held out."""
    fit: Span | None = None
    """[first day, last day] fitted."""
    judge: Span | None = None
    """[first day, last day] held out."""

    @model_validator(mode="after")
    def _one_way(self) -> PeriodsSpec:
        for years, days, word in ((self.fit_years, self.fit, "fit"), (self.judge_years, self.judge, "judge")):
            if years is not None and days is not None:
                raise PydanticCustomError("said", f"Both {word}_years and {word} are given.", {"do": "Give one of them."})
            if days is not None and days[0] > days[1]:
                found = f"{word} goes backwards, from {days[0]} to {days[1]}."
                raise PydanticCustomError("said", found, {"do": "Write [first day, last day]."})
        if self.judge_years is not None and self.fit_years is None:
            do = "Give fit_years too, or the days: judge: [2007-01-01, 2009-12-31]."
            raise PydanticCustomError("said", "judge_years counts from the end of fit_years, which is not given.", {"do": do})
        if self.fit and self.judge and self.fit[0] <= self.judge[1] and self.judge[0] <= self.fit[1]:
            do = "Days held out must not be fitted: choose periods that do not overlap."
            raise PydanticCustomError("said", "fit and judge overlap.", {"do": do})
        return self
