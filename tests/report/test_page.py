"""The page as text: whole, well-formed, escaped, quiet on the network, the same for the same result."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
import xarray as xr
from synthetic_run import Made, synthetic_run

from landpda.core.errors import DataError
from landpda.report.page import render, write_report
from landpda.report.section import builders

VOID = {"meta", "link", "br", "wbr", "img", "hr", "input"}
KINDS = ["holdout", "twin", "apart", "point", "short"]


class Outline(HTMLParser):
    """What a page is made of; remembers tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.unlabelled: list[str] = []
        self.handlers: list[str] = []
        self.data: dict[str, str] = {}
        self._script: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self._take(tag, named)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._take(tag, dict(attrs))

    def _take(self, tag: str, named: dict[str, str | None]) -> None:
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named[key] or "" for key in ("href", "src") if key in named]
        self.handlers += [key for key in named if key.startswith("on")]
        if tag == "svg" and not named.get("aria-label") and named.get("aria-hidden") != "true":
            self.unlabelled.append(self.get_starttag_text() or "")
        self._script = named.get("id") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.data[self._script] = data

    def handle_endtag(self, tag: str) -> None:
        self._script = None
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("kind", KINDS)
def test_page_is_well_formed(pages: dict[str, str], kind: str) -> None:
    outline = Outline(pages[kind])
    assert outline.wrong == []
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.unlabelled == []


@pytest.mark.parametrize("kind", KINDS)
def test_page_loads_nothing(pages: dict[str, str], kind: str) -> None:
    outline = Outline(pages[kind])
    assert all(link.startswith(("#", "data:")) for link in outline.links)
    assert outline.handlers == []
    assert not re.search(r"@import|url\((?!data:)", pages[kind])
    assert "default-src 'none'" in pages[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_contents_lead_to_sections(pages: dict[str, str], kind: str) -> None:
    outline = Outline(pages[kind])
    anchors = {link[1:] for link in outline.links if link.startswith("#")}
    assert anchors <= set(outline.ids)


def test_every_section_is_shown_where_its_groups_are(pages: dict[str, str]) -> None:
    shown = {"holdout": set(Outline(pages["holdout"]).ids), "twin": set(Outline(pages["twin"]).ids)}
    keys = {key for key, _ in builders()}
    # of runs by methods that these two were not answered by
    others = {"methods_compared", "over_time", "front"}
    assert keys - shown["holdout"] == {"recovery"} | others
    assert keys - shown["twin"] == others


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_is_shown_as_not_a_number(pages: dict[str, str], kind: str) -> None:
    words = re.sub(r"<(script|style)\b.*?</\1>", "", pages[kind], flags=re.DOTALL)
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b|Undefined", words)


def test_hostile_words_stay_words() -> None:
    evil = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
    tree = synthetic_run(Made(study=evil, years=1, draws=60))
    tree.attrs.update({"site": evil, "model": evil, "method": evil, "remarks": json.dumps([evil])})
    tree.attrs["findings"] = json.dumps([["warning", evil, evil], ["<b>", "x", evil]])
    tree["provenance"].attrs["command"] = evil
    named = evil.replace("/", "|")  # xarray allows no slash in a name
    renamed = {
        name: tree[name].dataset.rename({"lai": named, "lai_time": f"{named}_time"}) for name in ("best_fit", "prior_fit")
    }
    others = {"lai": named, "lai_fitted": f"{named}_fitted", "lai_error": f"{named}_error", "lai_time": f"{named}_time"}
    renamed["observed_data"] = tree["observed_data"].dataset.rename(others)
    renamed["posterior"] = tree["posterior"].dataset.rename({"leaf_lifespan": named})
    renamed["posterior"][named].attrs.update({"meaning": evil, "units": evil, "prior": evil})
    for name, dataset in renamed.items():
        tree[name] = xr.DataTree(dataset)
    text = render(tree)
    outline = Outline(text)
    assert outline.wrong == [] and outline.handlers == []
    assert "<img" not in text and "<script>alert" not in text
    assert text.count("<script>") == 1
    assert any(named in json.loads(data)["name"] for data in outline.data.values())


def test_same_result_gives_same_bytes(holdout: xr.DataTree, pages: dict[str, str], tmp_path: Path) -> None:
    assert render(holdout) == pages["holdout"]
    holdout.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    assert render(tmp_path) == pages["holdout"]
    assert render(tmp_path / "result.nc") == pages["holdout"]


def test_page_is_small_and_quick(holdout: xr.DataTree, pages: dict[str, str]) -> None:
    assert max(len(page.encode()) for page in pages.values()) < 3e6
    before = time.process_time()
    render(holdout)
    assert time.process_time() - before < 5.0


def test_report_needs_neither_jax_nor_a_model() -> None:
    code = "import sys, landpda.report.page, landpda.report.section as s; s.builders(); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'jax'" not in modules and "'landpda.models" not in modules and "matplotlib" not in modules


def test_report_lies_where_it_was_asked_for(holdout: xr.DataTree, tmp_path: Path) -> None:
    assert write_report(holdout, tmp_path) == tmp_path / "report.html"
    named = write_report(holdout, tmp_path / "new" / "page.html")
    assert named.read_bytes() == (tmp_path / "report.html").read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="Choose another place"):
        write_report(holdout, tmp_path / "file" / "page.html")


def test_numbers_of_the_first_screen_are_those_of_the_result(holdout: xr.DataTree, pages: dict[str, str]) -> None:
    skill = holdout["skill"].skill.sel(stream="nbe", period="held_out")
    top = pages["holdout"].split("</header>")[0]
    assert f"<dt>NSE</dt><dd><b>{float(skill.sel(metric='nse')):.2f}</b>" in top
    assert f"<dt>r²</dt><dd><b>{float(skill.sel(metric='r2')):.2f}</b>" in top
    for metric in ("coverage90_total", "coverage90_parameters"):
        assert f"<b>{100 * float(skill.sel(metric=metric)):.0f}\u202f%</b>" in top


def test_not_converged_is_said_first_and_in_colour(pages: dict[str, str]) -> None:
    top = pages["apart"].split("</header>")[0]
    assert 'class="verdict serious"' in top and "Do not use these numbers yet" in top
    assert re.search(r'<li class="finding serious">.*?Not converged', top, re.DOTALL)
    assert '<span class="badge serious">not converged</span>' in pages["apart"]
    assert 'class="verdict serious"' not in pages["holdout"]


def test_edge_hitters_and_peaks_are_marked(pages: dict[str, str]) -> None:
    row = re.search(r"<tr><th scope=\"row\">wood_<wbr>turnover.*?</tr>", pages["holdout"], re.DOTALL)
    assert row and "leans on the lower end" in row[0]
    row = re.search(r"<tr><th scope=\"row\">som_<wbr>respiration.*?</tr>", pages["holdout"], re.DOTALL)
    assert row and "2 peaks" in row[0]
    assert 'class="wall"' in pages["holdout"]
