"""Importing landpda sets what the user has not set, quickly and silently, and never what the user has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

THRESHOLD = "xla_cpu_small_while_loop_byte_threshold=1000000000"
CLEAN = ("XLA_FLAGS", "JAX_", "LANDPDA_XLA", "LANDPDA_CACHE", "XDG_CACHE_HOME")


def run(code, **environment):
    """What a fresh interpreter prints; a warning is an error there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEAN)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=kept | environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


SHOW = (
    "import os; import landpda; from landpda.core.engine.xla import status;"
    "print(os.environ['XLA_FLAGS']); print(*status(), sep='\\n')"
)


def test_import_is_quick_and_leaves_jax_alone():
    code = (
        "import sys, time; start = time.process_time(); import landpda;print('jax' in sys.modules, time.process_time() - start)"
    )
    imported, seconds = run(code).split()
    assert imported == "False"
    assert float(seconds) < 0.6


def test_options_hold_in_jax():
    code = (
        "import landpda, os, jax, jax.numpy as jnp; from landpda.core.engine.xla import _num_cores, MOST_DEVICES;"
        "print(jnp.ones(1).dtype, len(jax.devices('cpu')) == min(_num_cores(), MOST_DEVICES))"
    )
    assert run(code) == "float64 True\n"


def test_what_the_user_has_set_stays():
    user = "--xla_backend_extra_options=xla_cpu_disable_loop_unrolling=0 --xla_force_host_platform_device_count=3"
    shown = run(SHOW, XLA_FLAGS=user, JAX_ENABLE_X64="0")
    flags, *lines = shown.splitlines()
    assert flags.startswith(user)
    assert THRESHOLD in flags
    assert flags.count("device_count") == 1
    assert "yours   JAX_ENABLE_X64=0" in lines
    assert "yours   xla_force_host_platform_device_count=3" in lines
    assert any(line.startswith("set") and THRESHOLD in line for line in lines)


def test_a_threshold_of_the_users_own_stays():
    user = "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=5"
    flags, *lines = run(SHOW, XLA_FLAGS=user).splitlines()
    assert flags.count("byte_threshold") == 1
    assert "yours   xla_cpu_small_while_loop_byte_threshold=5" in lines


def test_off_leaves_xla_alone():
    assert run(SHOW, LANDPDA_XLA="off").splitlines()[0] == ""


def test_jax_first_is_told_and_reported():
    shown = run("import jax;" + SHOW + ";import jax.numpy as jnp; print(jnp.ones(1).dtype)")
    assert "late    xla_cpu_small_while_loop_byte_threshold" in shown
    assert "import it first" in shown
    assert shown.endswith("float64\n")


def test_compiled_functions_are_kept_where_asked(tmp_path):
    code = "import landpda, jax, jax.numpy as jnp; print(float(jax.jit(lambda x: jnp.sum(x * 3))(jnp.ones(4))))"
    for _ in range(2):
        assert run(code, LANDPDA_CACHE=str(tmp_path)) == "12.0\n"
    assert any(path.is_file() for path in (tmp_path / "compiled").rglob("*"))


def test_a_torn_entry_of_the_cache_is_passed_over(tmp_path):
    """As another process leaves it that is killed while it writes, or is still at it."""
    code = "import landpda, jax, jax.numpy as jnp; print(float(jax.jit(lambda x: jnp.sum(x * 3))(jnp.ones(4))))"
    run(code, LANDPDA_CACHE=str(tmp_path))
    entries = [path for path in (tmp_path / "compiled").rglob("*-cache") if path.is_file()]
    assert entries
    for path in entries:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run(code, LANDPDA_CACHE=str(tmp_path)) == "12.0\n"


@pytest.mark.parametrize("folder", ["off", "file"])
def test_a_cache_that_cannot_be_is_done_without(folder, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    place = folder if folder == "off" else str(tmp_path / "file" / "below")
    code = SHOW + ";import jax, jax.numpy as jnp; print(float(jax.jit(jnp.sum)(jnp.ones(4))))"
    shown = run(code, LANDPDA_CACHE=place)
    assert "missing JAX_COMPILATION_CACHE_DIR" in shown
    assert shown.endswith("4.0\n")


def test_options_of_an_unknown_jaxlib_are_looked_for():
    code = (
        "import landpda.core.engine.xla as xla; xla.KNOWN_JAXLIB = ();"
        "print([xla._is_known(option) for option in xla._options()]);"
        "print(xla._is_known(xla.Option('xla_cpu_no_such_thing', '1', '')))"
    )
    answers, unknown = run(code).rsplit(maxsplit=1)
    assert "False" not in answers
    assert unknown == "False"
