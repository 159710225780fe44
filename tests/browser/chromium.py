"""A real Chromium without a window, driven over the DevTools protocol, with the network cut.

It speaks through two pipes, so that not even the driving takes a socket.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    f"the page is tested in a real browser, and none of {', '.join(NAMES)} is on the PATH: `apt install chromium`, or "
    f"install Chromium or Chrome from elsewhere and put it there under one of these names"
)
_ENDS_WITHIN_S = 10.0
_TELEPHONE = 500
_ON_3_AND_4 = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes a program that reads from descriptor 3 and writes to 4, as Chromium does."""

_FLAGS = (
    "--headless",
    "--no-sandbox",  # it opens pages of ours only, and containers often do not let it have one
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-quic",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
)


class Browser:
    """A page in a browser. Every wait is bounded; whatever is not answered in time fails with what was asked."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._unread = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility", "DOM"):
            self.send(f"{domain}.enable")

    def send(self, method: str, /, within_s: float = 120.0, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer, keeping the events that come meanwhile."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        _write(self._to, json.dumps(message).encode() + b"\0")
        deadline_s = time.monotonic() + within_s
        while (answer := self._next(deadline_s, method)).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self, deadline_s: float, waiting_for: str) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline_s - time.monotonic()))
            assert ready, f"the browser did not answer {waiting_for} in time"
            more = os.read(self._from, 1 << 20)
            assert more, f"the browser is gone, which was to answer {waiting_for}"
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def open(self, url: str, *, offline: bool = True, scripts: bool = True) -> None:
        """Load a page anew, with nothing left of the one before, and wait until its charts are drawn."""
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send(
            "Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
        self.send("Page.navigate", url="about:blank")
        self.events.clear()
        failed = self.send("Page.navigate", url=url).get("errorText")
        assert failed is None, f"{url}: {failed}"
        if scripts:
            self.wait_for("document.readyState === 'complete' && document.documentElement.dataset.drawn")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page, awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Click on the first element that a selector finds."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def texts(self, selector: str) -> list[str]:
        """What the elements in sight say that a selector finds, in the order of the page."""
        found: list[str] = self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".filter((it) => it.checkVisibility()).map((it) => it.textContent)"
        )
        return found

    def wait_for(self, condition: str, within_s: float = 120.0) -> None:
        """Wait for an expression to become true."""
        deadline_s = time.monotonic() + within_s
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < deadline_s, f"never true: {condition}; {self.complaints()}"
            time.sleep(0.02)

    def press(self, key: str, text: str = "") -> None:
        """Press and release a key, as `KeyboardEvent.key` calls it; `text` is what it types."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowRight": 39}[key]
        about: dict[str, Any] = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def size(self, width: int, height: int = 900) -> None:
        """Make the window as large as this, in pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )

    def media(self, **features: str) -> None:
        """What the page is told of its reader: `prefers_color_scheme="dark"`."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", features=told)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """A picture of the page, all of it or what is in sight."""
        picture = self.send("Page.captureScreenshot", captureBeyondViewport=whole, within_s=120.0)
        path.write_bytes(b64decode(picture["data"]))

    def complaints(self) -> list[str]:
        """All that the page has said on the console, and every error in it."""
        self.evaluate("0")  # whatever was said before the answer to this has been read
        said = []
        for event in self.events:
            about = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                said.append(str(about["exceptionDetails"].get("exception", {}).get("description", about)))
            elif event["method"] == "Runtime.consoleAPICalled":
                said.append(f"{about['type']}: {about['args']}")
            elif event["method"] == "Log.entryAdded":
                said.append(f"{about['entry']['level']}: {about['entry']['text']}")
        return said

    def requested(self) -> list[str]:
        """Everything that the page has asked the network or the disk for, but what it brings itself."""
        self.evaluate("0")
        urls = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith(("data:", "about:"))]


def executable() -> str:
    """Where Chromium is. Raises FileNotFoundError that says how to get it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError(MISSING)
    return found


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser of its own, with nothing of the user's in it, ended with all its processes."""
    to_browser, from_browser = os.pipe(), os.pipe()
    command = [executable(), *_FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_3_AND_4, str(to_browser[0]), str(from_browser[1]), *command],
        pass_fds=(to_browser[0], from_browser[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        os.close(to_browser[0])
        os.close(from_browser[1])
        yield Browser(to_browser[1], from_browser[0])
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(_ENDS_WITHIN_S)
        os.close(to_browser[1])
        os.close(from_browser[0])


def _write(to: int, message: bytes) -> None:
    while message:
        message = message[os.write(to, message) :]
