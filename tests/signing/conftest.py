"""A real authority, real time stamps and real sealed pages for the tests of this folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.demonstration import Demonstration, create
from signing.seal import Seal, SealedPdf, SealPlace
from signing.typesetting import typeset

JIANGAN = Seal("jiangan-market", "武汉市江岸区市场监督管理局", "4201020012345")
JIANGHAN = Seal("jianghan-market", "武汉市江汉区市场监督管理局", "4201030012345")
PLACE = SealPlace(0, 150, 230)


@dataclass
class Hand:
    """A clock that stands still until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def make_page(folder: Path, text: str = "餐饮服务备案证明") -> bytes:
    source = folder / "page.typ"
    source.write_text(
        f'#set page(width: 210mm, height: 297mm)\n#set text(font: "Noto Serif SC")\n= {text}\n'
        "#sys.inputs.text",
        encoding="utf-8",
    )
    return typeset(source, {"text": "江岸小面馆，营业面积 60 平方米。"})


@pytest.fixture(scope="session")
def started() -> datetime:
    """Now: other programs judge by the machine's clock, so the certificates must hold today."""
    return datetime.fromtimestamp(int(time.time()), UTC)


@pytest.fixture(scope="session")
def clock(started: datetime) -> Callable[[], datetime]:
    return Hand(started)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory, clock: Callable[[], datetime]) -> Demonstration:
    return create(tmp_path_factory.mktemp("pki"), [JIANGAN, JIANGHAN], clock)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_page(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def sealed(authority: Demonstration, page: bytes) -> SealedPdf:
    return authority.sealer(JIANGAN.organ_id).seal(page, reason="备案证明 1 号", place=PLACE)
