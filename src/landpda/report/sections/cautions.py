"""What to be careful about, in sentences made from the diagnostics."""

from __future__ import annotations

from landpda.report.judgement import judgement
from landpda.report.record import SEVERITIES, Record
from landpda.report.section import Section

ORDER = 130


def section(record: Record) -> Section:
    """All findings by severity, and what no diagnostic can see."""
    findings = judgement(record)
    groups = [(severity, [finding for finding in findings if finding.severity == severity]) for severity in SEVERITIES]
    always = ["The posterior holds under the model, the priors and the errors that were assumed; it knows no others."]
    if record.text("experiment") == "twin":
        always.append(
            "In a twin experiment the model is perfect by construction: with real data, intervals this narrow would be wrong."
        )
    if record.text("experiment") == "fit":
        always.append("No data were held out: how well the model does on data it has not seen is not known.")
    serious = sum(finding.severity in {"serious", "warning"} for finding in findings)
    lead = (
        f"{serious} {'sentence' if serious == 1 else 'sentences'} to read before using the numbers."
        if serious
        else "Nothing stands out."
    )
    content = {"groups": [group for group in groups if group[1]], "always": always}
    return Section("cautions", "What to be careful about", lead, content)
