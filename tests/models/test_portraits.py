import stat
from pathlib import Path

import pytest

from models.comparison import DocumentType, IdentityClaim
from models.errors import PersonUnknown
from models.portraits import PortraitFolder

SECRET = b"a secret of the office"
CLAIM = IdentityClaim(DocumentType.RESIDENT_ID, "11010519491231002X", "张三")


def test_a_portrait_is_found_however_the_claim_is_written(tmp_path: Path) -> None:
    register = PortraitFolder(tmp_path / "register", secret=SECRET)
    register.add(CLAIM, b"portrait")
    spaced = IdentityClaim(DocumentType.RESIDENT_ID, " 110105 19491231 002x", "张 三")
    wide = IdentityClaim(DocumentType.RESIDENT_ID, "１１０１０５１９４９１２３１００２Ｘ", "张三")
    assert register.portrait(spaced) == register.portrait(wide) == b"portrait"


@pytest.mark.parametrize(
    "claim",
    [
        IdentityClaim(DocumentType.RESIDENT_ID, "11010519491231002X", "李四"),
        IdentityClaim(DocumentType.PASSPORT, "11010519491231002X", "张三"),
        IdentityClaim(DocumentType.RESIDENT_ID, "110105194912310011", "张三"),
    ],
    ids=["another name", "another document", "another number"],
)
def test_another_claim_finds_nobody(tmp_path: Path, claim: IdentityClaim) -> None:
    register = PortraitFolder(tmp_path, secret=SECRET)
    register.add(CLAIM, b"portrait")
    with pytest.raises(PersonUnknown):
        register.portrait(claim)


def test_files_tell_nothing_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    register = PortraitFolder(tmp_path / "register", secret=SECRET)
    register.add(CLAIM, b"portrait")
    (file,) = register.folder.iterdir()
    assert CLAIM.document_number not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(register.folder.stat().st_mode) == 0o700


def test_names_depend_on_the_secret(tmp_path: Path) -> None:
    PortraitFolder(tmp_path, secret=SECRET).add(CLAIM, b"portrait")
    with pytest.raises(PersonUnknown):
        PortraitFolder(tmp_path, secret=b"another office's secret").portrait(CLAIM)


def test_a_removed_portrait_is_gone(tmp_path: Path) -> None:
    register = PortraitFolder(tmp_path, secret=SECRET)
    register.add(CLAIM, b"portrait")
    register.remove(CLAIM)
    with pytest.raises(PersonUnknown):
        register.portrait(CLAIM)
    with pytest.raises(PersonUnknown):
        register.remove(CLAIM)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        PortraitFolder(tmp_path, secret=b"short")
