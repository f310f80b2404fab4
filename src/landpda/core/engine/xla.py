"""XLA and JAX settings that make long loops of tiny steps fast; they must be set before the first computation.

Everything goes through environment variables, so that `import landpda` need not import JAX. What the user has set stays.
`LANDPDA_XLA=off` leaves XLA's options alone; `LANDPDA_CACHE=off` the compilation cache, any other value is its folder.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import mmap
import os
import re
import sys
import warnings
import zlib
from pathlib import Path
from typing import NamedTuple

JAX_CAME_FIRST = "jax" in sys.modules
"""Whether JAX was imported before landpda: it has then read its own environment variables, and maybe XLA's."""

KNOWN_JAXLIB = ("0.10.",)
"""Versions in which the options below were tried. In others each is looked for, because an unknown one ends the process."""

MOST_DEVICES = 64


class Option(NamedTuple):
    """An option of XLA.

    Args:
        name: without the dashes.
        value: ours.
        lack: what it costs to do without, measured with DALEC2 over ten daily years.
    """

    name: str
    value: str
    lack: str


class Setting(NamedTuple):
    """What became of a setting.

    Args:
        name: of the option or environment variable.
        state: "set", "yours" (left as the user has it), "missing" or "late" (JAX was imported before landpda).
        value: in force.
        lack: what it costs where it is not set.
    """

    name: str
    state: str
    value: str
    lack: str

    def __str__(self) -> str:
        cost = f": {self.lack}" if self.state in ("missing", "late") else ""
        return f"{self.state:<8}{self.name}{'=' if self.value else ''}{self.value}{cost}"


def configure() -> None:
    """Set what the user has not set: float64, XLA's options, and a compilation cache that keeps everything."""
    given = set(os.environ)
    for name, value in _environment().items():
        os.environ.setdefault(name, value)
    added = [f"--{option.name}={option.value}" for option in _options() if not _is_given(option) and _is_known(option)]
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *added]).strip()
    # Another process may be writing the entry that this one reads, or was killed as it wrote. JAX then compiles anew.
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache entry")
    if JAX_CAME_FIRST:
        _tell_jax(set(_environment()) - given)


def _tell_jax(names: set[str]) -> None:
    """Set in JAX's own configuration what it would have read from the environment, had it been imported later."""
    import jax

    for name in names:
        read = {"JAX_COMPILATION_CACHE_DIR": str, "JAX_ENABLE_X64": lambda text: text == "1"}.get(name, int)
        jax.config.update(name.lower(), read(os.environ[name]))


def status() -> list[str]:
    """A line for each setting: what became of it, and what it costs where it is missing."""
    return [str(setting) for setting in settings()]


def settings() -> list[Setting]:
    """What became of each setting of `configure`."""
    environment = [
        Setting(name, _state(os.environ.get(name), value), os.environ.get(name, ""), _LACK.get(name, ""))
        for name, value in _environment().items()
    ]
    if _cache_folder() is None:
        name = "JAX_COMPILATION_CACHE_DIR"
        environment.append(Setting(name, "missing", "", f"{_LACK[name]}; switched off, or its folder cannot be written"))
    return environment + [_setting(option) for option in _options()]


_LACK = {
    "JAX_ENABLE_X64": "estimation runs in float32, which loses small differences between large costs",
    "JAX_COMPILATION_CACHE_DIR": "every start compiles again, seconds a model",
}


def _environment() -> dict[str, str]:
    """Environment variables of JAX and our values."""
    ours = {"JAX_ENABLE_X64": "1"}
    folder = _cache_folder()
    if folder is None:
        return ours
    # JAX keeps only what took long to compile unless told otherwise; a calibration compiles many small functions.
    return ours | {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _options() -> tuple[Option, ...]:
    """XLA's options and our values; none if the user opted out."""
    if os.environ.get("LANDPDA_XLA", "").lower() == "off":
        return ()
    options = [
        Option(
            "xla_backend_extra_options",
            "xla_cpu_small_while_loop_byte_threshold=1000000000",
            "ensembles run up to 5 times slower, single gradients up to 30 times",
        )
    ]
    if "avx512f" in _processor():
        options.append(Option("xla_cpu_prefer_vector_width", "512", "ensembles run up to 2 times slower"))
    cores = min(_num_cores(), MOST_DEVICES)
    if cores > 1:
        options.append(Option("xla_force_host_platform_device_count", str(cores), f"one core of {cores} is used"))
    return tuple(options)


def _is_given(option: Option) -> bool:
    """Whether the user (or an earlier call) has given the option, or its part, in XLA_FLAGS."""
    return _given_value(option) is not None


def _given_value(option: Option) -> str | None:
    key = option.value.rpartition("=")[0]
    flags = re.findall(rf"--{option.name}=(\S+)", os.environ.get("XLA_FLAGS", ""))
    if key:  # an option made of parts: others of the user's stay beside ours
        flags = [value for flag in flags for name, _, value in (part.partition("=") for part in flag.split(",")) if name == key]
    return flags[-1] if flags else None


def _setting(option: Option) -> Setting:
    key, _, wanted = option.value.rpartition("=")
    name = key or option.name
    given = _given_value(option)
    if given is None:
        return Setting(name, "missing", "", f"{option.lack}; the installed jaxlib {_jaxlib()} does not have it")
    state = _state(given, wanted)
    if state == "set" and JAX_CAME_FIRST:
        return Setting(name, "late", given, f"{option.lack}, if JAX had computed before landpda was imported; import it first")
    return Setting(name, state, given, option.lack)


def _state(given: str | None, ours: str) -> str:
    return "missing" if given is None else "set" if given == ours else "yours"


def _is_known(option: Option) -> bool:
    """Whether the installed jaxlib has the option."""
    return _jaxlib().startswith(KNOWN_JAXLIB) or all(map(_library_holds, _names(option)))


def _names(option: Option) -> list[bytes]:
    """The option's own name, and its part's if it is made of parts: over an unknown one of either XLA ends the process."""
    key = option.value.rpartition("=")[0]
    return [name.encode() for name in (option.name, key) if name]


def _jaxlib() -> str:
    try:
        return importlib.metadata.version("jaxlib")
    except importlib.metadata.PackageNotFoundError:
        return "(none)"


def _library_holds(word: bytes) -> bool:
    """Whether the largest shared library of jaxlib has the word among its strings. Reads some 20 MB; imports nothing."""
    spec = importlib.util.find_spec("jaxlib")
    if spec is None or spec.origin is None:
        return False
    libraries = [path for suffix in ("*.so", "*.dylib", "*.pyd") for path in Path(spec.origin).parent.glob(suffix)]
    if not libraries:
        return False
    with max(libraries, key=lambda path: path.stat().st_size).open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(word) >= 0


def _num_cores() -> int:
    """Cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _processor() -> str:
    """What Linux says that the processor can do; empty elsewhere."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line for line in file if line.startswith(("flags", "Features"))), "")
    except OSError:
        return ""


def _cache_folder() -> Path | None:
    """Folder for compiled functions, one for each kind of processor, as what is compiled for one may not run on another.

    None if the user opted out, or if it cannot be written.
    """
    chosen = os.environ.get("LANDPDA_CACHE", "")
    if chosen.lower() == "off":
        return None
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        return None
    top = Path(chosen) if chosen else home / "landpda"
    folder = top / "compiled" / f"{_jaxlib()}-{zlib.crc32(_processor().encode()):08x}"
    present = next(path for path in (folder, *folder.parents) if path.exists())
    return folder if present.is_dir() and os.access(present, os.W_OK) else None
