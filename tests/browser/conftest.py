"""A real Chromium, a real server, and made videos where a test chooses a file."""

import itertools
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright

from liveness.synthesis import Camera, astronaut, make_clip
from liveness.verdict import Action
from tests.browser.server import Server, running

NUMBER = "11010519491231002X"
NAME = "张三"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PHONE_CAMERA = Camera(width=480, height=640, fps=30)


@pytest.fixture(scope="package")
def chromium() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    return found


@pytest.fixture(scope="package")
def playwright(chromium: str) -> Iterator[Playwright]:
    """Playwright for this folder alone: while it runs, nothing else in this thread may use asyncio."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, weights_dir: Path, chromium: str) -> Iterator[Server]:
    """A server that always asks for nod, mouth, blink, and that knows the portrait of the made person."""
    folder = tmp_path_factory.mktemp("server")
    with running(
        folder / "data",
        weights_dir=weights_dir,
        challenge_source="fixed",
        challenge_actions="nod,mouth,blink",
        pad_policy="synthetic",
    ) as started:
        portrait = folder / "portrait.png"
        cv2.imwrite(str(portrait), cv2.cvtColor(astronaut().image, cv2.COLOR_RGB2BGR))
        started.run("portraits", "add", str(portrait), "--number", NUMBER, "--name", NAME)
        yield started


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a video file of the made person doing the named actions; no two hold the same bytes."""
    folder = tmp_path_factory.mktemp("clips")
    numbers = itertools.count(1)

    def make(*actions: Action) -> Path:
        drawn = folder / f"{'-'.join(actions) or 'still'}.mp4"
        if not drawn.exists():
            make_clip(drawn, actions=actions, camera=PHONE_CAMERA)
        number = next(numbers)
        path = folder / f"recording-{number}.mp4"
        # A box that readers skip: what was sent once is not taken again.
        path.write_bytes(drawn.read_bytes() + struct.pack(">I4sI", 12, b"free", number))
        return path

    return make


@dataclass
class Watched:
    """A page and what nobody should see: errors in its console, requests that leave the site."""

    page: Page
    origin: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("request", self._see)

    def _see(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "blob:", "data:")):
            self.foreign.append(request.url)


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser for all tests; each visitor is a context of its own."""
    started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    yield started
    started.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Watched]]:
    """Opens a path of the server as a new visitor; at the end no page may have erred or called elsewhere."""
    watched: list[Watched] = []

    def go(
        path: str,
        *,
        viewport: dict[str, int] = PHONE,
        locale: str = "zh-CN",
        init_script: str = "",
        calm: bool = False,
    ) -> Watched:
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]  # a plain dict will do
            locale=locale,
            reduced_motion="reduce" if calm else "no-preference",
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        if init_script:
            page.add_init_script(init_script)
        watched.append(Watched(page, server.url))
        page.goto(f"{server.url}{path}")
        return watched[-1]

    yield go
    for one in watched:
        one.page.context.close()
    assert [error for one in watched for error in one.errors] == []
    assert [url for one in watched for url in one.foreign] == []
