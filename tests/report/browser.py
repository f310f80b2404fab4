"""A headless Chromium, spoken to through its debugging pipe: what a page does when it is really opened."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()
PATIENCE = 60.0
READY = "document.documentElement?.dataset.ready || document.documentElement?.dataset.error || ''"


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page; every request, exception and console error is kept.

    Args:
        program: path of the browser.
        profile: an empty folder for its profile.
    """

    def __init__(self, program: str, profile: Path) -> None:
        (hear_child, self._say), (self._hear, say_child) = os.pipe(), os.pipe()
        high_in, high_out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (hear_child, say_child))

        def place() -> None:
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        command = [program, *SWITCHES, f"--user-data-dir={profile}", "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, close_fds=False, preexec_fn=place)
        for fd in (hear_child, say_child, high_in, high_out):
            os.close(fd)
        self._heard, self._number = b"", 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ask("Browser.close")
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for fd in (self._say, self._hear):
            os.close(fd)

    def open(self, file: Path, width: int, height: int = 900, *, mobile: bool = False, patience: float = PATIENCE) -> None:
        """Open a file in a window of a size, and wait until the page says that it is ready."""
        self.requests.clear()
        self.complaints.clear()
        scale = 2 if mobile else 1
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)
        self.ask("Emulation.setTouchEmulationEnabled", enabled=mobile)
        self.ask("Page.navigate", url=file.resolve().as_uri())
        limit = time.monotonic() + patience
        while self.evaluate(READY) == "":
            if time.monotonic() > limit:
                raise TimeoutError(f"{file} never said that it is ready; {self.complaints}")
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def picture(self, file: Path, *, whole: bool = False) -> Path:
        """A PNG of the window, or of the whole page."""
        settings: dict[str, Any] = {"format": "png", "captureBeyondViewport": whole}
        if whole:
            size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            settings["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", **settings)["data"]))
        return file

    def paper(self, file: Path) -> Path:
        """The page as a PDF, as it would be printed."""
        answer = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(answer["data"]))
        return file

    def ask(self, method: str, **settings: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol to the page, and wait for its answer."""
        return self._ask(method, session=self._session, **settings)

    def _ask(self, method: str, session: str | None = None, **settings: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": settings}
        if session:
            message["sessionId"] = session
        os.write(self._say, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._next()
            if heard.get("id") == self._number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']}")
                return heard["result"]
            self._note(heard)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._hear], [], [], PATIENCE)
            chunk = os.read(self._hear, 1 << 20) if ready else b""
            if not chunk:
                raise TimeoutError("The browser does not answer.")
            self._heard += chunk
        first, self._heard = self._heard.split(b"\0", 1)
        return json.loads(first)

    def _note(self, event: dict[str, Any]) -> None:
        method, told = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"]["text"] + str(told["exceptionDetails"].get("exception", "")))
        elif method == "Log.entryAdded" and told["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(told["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in {"error", "warning"}:
            self.complaints.append(str(told["args"]))
