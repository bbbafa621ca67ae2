"""Keys made on a token, through the whole path: token, signer's process, socket, a PDF that verifies."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import bootstrap
from api.settings import Settings
from signing.demonstration import create
from signing.errors import KeyUnavailable
from signing.keys import KeyAlgorithm
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, PLACE, make_page
from tests.softhsm import LABEL, PIN

pytestmark = pytest.mark.slow


@pytest.fixture
def services(tmp_path: Path, module: Path) -> Iterator[bootstrap.Services]:
    """Services whose signer keeps its keys on the token; the PIN lies in its secret file."""
    folder = tmp_path / "signer"
    folder.mkdir(mode=0o700)
    secret = folder / "pin"
    secret.touch(mode=0o600)
    secret.write_bytes(PIN)
    made = bootstrap.build(
        Settings(
            data_dir=tmp_path,
            signer_library=module,
            signer_token=LABEL,
            signer_secret_file=secret,
        )
    )
    made.signer_child.start()
    yield made
    made.close()


TAKE_OUT = """
import sys, pkcs11
from pkcs11.constants import Attribute, ObjectClass
library, label, pin, key_name = sys.argv[1:]
with pkcs11.lib(library).get_token(token_label=label).open(user_pin=pin) as session:
    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=key_name)
    told = f"sensitive {key[Attribute.SENSITIVE]}, extractable {key[Attribute.EXTRACTABLE]}"
    try:
        key[Attribute.VALUE]
    except pkcs11.exceptions.PKCS11Error:
        sys.stdout.write(told + ", refused")
"""


def tried_to_take_out(module: Path, key_name: str) -> str:
    """What a thief with the PIN gets. A process of its own: SoftHSM reads its settings once in each."""
    command = [sys.executable, "-c", TAKE_OUT, str(module), LABEL, PIN.decode(), key_name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_pdf_sealed_by_a_key_that_never_leaves_the_token_verifies(
    services: bootstrap.Services,
    module: Path,
    tmp_path: Path,
):
    clock = bootstrap.system_clock
    authority = create(tmp_path / "seals", [JIANGAN], clock, sealing_keys=services.keys)
    sealed = authority.sealer(JIANGAN.organ_id).seal(make_page(tmp_path), reason="1", place=PLACE)
    found = verify_pdf(sealed.pdf, anchors=authority.anchors, at=clock(), crls=authority.crls(clock()))
    assert found.status is SealStatus.TOTAL_PASSED
    key_name = authority.credential(JIANGAN.organ_id).key_name
    (state,) = services.keys.status().keys
    assert (state.record.name, state.uses) == (key_name, 1)
    assert list(services.settings.signer_dir.rglob("*.key")) == []
    assert tried_to_take_out(module, key_name) == "sensitive True, extractable False, refused"
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed: apt-get install poppler-utils")
    (tmp_path / "sealed.pdf").write_bytes(sealed.pdf)
    command = ["pdfsig", "-nocert", str(tmp_path / "sealed.pdf")]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told


def test_token_makes_no_sm2_key_and_says_so(services: bootstrap.Services, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(KeyUnavailable, match="its log says why"):
        services.keys.generate("sm2-seal-organ", KeyAlgorithm.SM2)
    assert services.keys.status().keys == ()
