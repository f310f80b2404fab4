"""Fetching: good bytes are kept and not asked for twice; anything else is a sentence and leaves nothing behind."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from landpda.core.errors import DataError
from landpda.sources.fetch import Remote, cache_folder, datasets, fetch
from landpda.sources.site import sources

CONTENT = b"Annee_1700=277.57\nAnnee_1701=277.57"
GOOD = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server():
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/short.txt":
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT) * 2))
                self.end_headers()
                self.wfile.write(CONTENT)
            elif self.path == "/co2.txt":
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(CONTENT)
            else:
                self.send_error(404)

        def log_message(self, *args):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def _left(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_good_bytes_are_kept_and_not_asked_for_twice(server, tmp_path):
    address, asked = server
    catalogue = {
        "a/co2.txt": Remote(f"{address}/co2.txt", GOOD, beside="a/b.txt"),
        "a/b.txt": Remote(f"{address}/co2.txt", GOOD),
    }
    path = fetch("a/co2.txt", tmp_path, catalogue)
    assert path == tmp_path / "a" / "co2.txt"
    assert path.read_bytes() == CONTENT
    assert (tmp_path / "a" / "b.txt").is_file()
    fetch("a/co2.txt", tmp_path, catalogue)
    assert asked == ["/co2.txt", "/co2.txt"]


def test_a_damaged_copy_in_the_cache_is_fetched_again(server, tmp_path):
    address, _ = server
    catalogue = {"co2.txt": Remote(f"{address}/co2.txt", GOOD)}
    (tmp_path / "co2.txt").write_bytes(b"half")
    assert fetch("co2.txt", tmp_path, catalogue).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("file", "sha256", "sentence"),
    [
        ("co2.txt", "0" * 64, "not the published ones"),
        ("none.txt", GOOD, "answered 404"),
        ("short.txt", GOOD, "reached|published"),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(server, tmp_path, file, sha256, sentence):
    address, _ = server
    with pytest.raises(DataError, match=sentence) as caught:
        fetch("x.txt", tmp_path, {"x.txt": Remote(f"{address}/{file}", sha256)})
    assert address in caught.value.asked
    assert _left(tmp_path) == []


def test_a_server_out_of_reach_is_told(server, tmp_path):
    # Port 9 of this machine (discard) has no listener.
    with pytest.raises(DataError, match="cannot be reached"):
        fetch("x.txt", tmp_path, {"x.txt": Remote("http://127.0.0.1:9/x.txt", GOOD)})
    assert _left(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_told(server, tmp_path):
    address, _ = server
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(DataError, match="LANDPDA_CACHE"):
        fetch("a/x.txt", blocked, {"a/x.txt": Remote(f"{address}/co2.txt", GOOD)})


def test_an_unknown_name_gets_the_nearest(tmp_path):
    with pytest.raises(DataError, match=r"Did you mean site_daily/DE-Hai\.nc"):
        fetch("site_daily/DE-Hay.nc", tmp_path)


def test_the_cache_is_the_users_or_as_set(monkeypatch, tmp_path):
    monkeypatch.setenv("LANDPDA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("LANDPDA_CACHE")
    assert Path(cache_folder()).name == "landpda"


def test_the_catalogue_names_readers_that_exist_and_files_beside_that_it_has():
    known = datasets()
    assert len([name for name in known if name.startswith("site_daily/")]) == 9
    for name, remote in known.items():
        assert remote.url.startswith("https://raw.githubusercontent.com/")
        assert len(remote.sha256) == 64
        assert remote.licence and remote.citation, name
        assert remote.format in sources() or remote.format == ""
        assert not remote.beside or remote.beside in known


def test_the_catalogues_hashes_are_those_of_the_files_here(data_dir):
    for name, remote in datasets().items():
        assert hashlib.sha256((data_dir / name).read_bytes()).hexdigest() == remote.sha256, name
