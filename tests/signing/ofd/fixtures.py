"""The world of OFD seals, made once per run of tests."""

import pytest

from signing.demonstration import Demonstration
from signing.keys import EncryptedKeyFolder
from signing.ofd.fonts import FontShelf
from signing.ofd.sealing import SealedOfd
from tests.signing.conftest import JIANGAN, Hand
from tests.signing.gm.authority import Sm2Authority
from tests.signing.ofd.world import OfdWorld

CHARACTERS = "食品经营备案证 JY0123456789江岸区行政审批局小面馆"
"""The common cut of the tests: cutting the usual thousands takes some seconds."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, authority: Demonstration, clock: Hand) -> OfdWorld:
    folder = tmp_path_factory.mktemp("ofd")
    return OfdWorld(
        seal=JIANGAN,
        authority=Sm2Authority(made_at=clock.now),
        stamps=authority,
        keys=EncryptedKeyFolder(folder / "keys", b"correct horse"),
        shelf=FontShelf(folder / "fonts", CHARACTERS),
        now=clock.now,
    )


@pytest.fixture(scope="session")
def sealed_ofd(world: OfdWorld) -> SealedOfd:
    return world.sealed()
