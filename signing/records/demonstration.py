"""The demonstration authority's own key for records; production refuses it as it refuses its seals."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_der_x509_certificate

from signing.certificates import RECORD, is_demonstration
from signing.demonstration import Demonstration, open_folder
from signing.errors import DemonstrationRefused, KeyMissing
from signing.keys import KeyMaker
from signing.records.container import RecordCredential, RecordSigner

KEY_NAME = "records"
HOLDER = "novisit DEMONSTRATION liveness evidence"


def record_credential(authority: Demonstration) -> RecordCredential:
    """The key in force for records and its certificate, made when first asked for. Raises KeyUnavailable."""
    try:
        key_name = authority.sealing_keys.current(KEY_NAME)
    except KeyMissing:
        key_name = KEY_NAME
    return RecordCredential(
        key_name=key_name,
        certificate=authority.certify(key_name, RECORD, HOLDER),
        chain=(authority.published("issuing.crt"),),
        root=authority.published("root.crt"),
    )


def open_record_signer(
    folder: Path, clock: Callable[[], datetime], sealing_keys: KeyMaker | None = None
) -> RecordSigner:
    """What signs records with the authority of a folder. Raises KeyUnavailable where there is none."""
    authority = open_folder(folder, clock, sealing_keys)
    return RecordSigner(
        record_credential(authority),
        keys=authority.sealing_keys,
        time_stamps=authority.time_stamp_authority(),
        crls=authority.crls,
        clock=clock,
    )


def refuse_demonstration_records(credential: RecordCredential) -> None:
    """Refuse a demonstration key for records; production calls this. Raises DemonstrationRefused."""
    for certificate in (credential.certificate, *credential.chain, credential.root):
        if is_demonstration(load_der_x509_certificate(certificate)):
            raise DemonstrationRefused(
                "The key that signs liveness evidence comes from a demonstration authority. "
                "Production needs a certificate of a licensed authority."
            )
