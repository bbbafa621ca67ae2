"""Seals whose certificates a licensed authority issued: a folder of what was imported, and no key.

seals/ORGAN.json    the seal, the name of its key, and its certificates (base64 of DER), root last
records.json        the same for the key that signs evidence
crls/               revocation lists (signing.revocation_lists)
retired/            what a new import has replaced, by serial number
"""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from signing.admission import CertificatePath, check_path
from signing.credentials import SealCredential
from signing.errors import CertificateRefused, TimeStampUnavailable
from signing.keys import KeyStore
from signing.purposes import Purpose
from signing.records.container import RecordCredential
from signing.revocation_lists import RevocationLists
from signing.seal import Seal
from signing.timestamps import FailoverTimeStamps, TimeStampAuthority

RECORDS = "records.json"


class LicensedSeals:
    """The imported certificates of an installation. It reads its folder when asked and holds no key."""

    def __init__(
        self,
        folder: Path,
        *,
        keys: KeyStore,
        lists: RevocationLists,
        time_stamps: FailoverTimeStamps | None,
        time_stamp_anchors: tuple[bytes, ...] = (),
        clock: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._lists = lists
        self._time_stamps = time_stamps
        self._clock = clock
        self.sealing_keys = keys
        self.time_stamp_anchors = time_stamp_anchors

    def __repr__(self) -> str:
        return f"LicensedSeals({str(self._folder)!r})"

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """The roots of the seals, those of retired ones as well: what they sealed stays good."""
        files = [*self._folder.glob("seals/*.json"), *self._folder.glob("retired/*.json")]
        return tuple(sorted({_path(_read(file)).root for file in files}))

    @property
    def seals(self) -> tuple[Seal, ...]:
        return tuple(_seal(_read(file)) for file in sorted(self._folder.glob("seals/*.json")))

    def check(self) -> None:
        """Return where every seal has its key and a certificate that holds today."""
        if not self.seals:
            raise CertificateRefused("No seal was imported; see `novisit certificates import`.")
        self.time_stamp_authority()
        for seal in self.seals:
            credential = self.credential(seal.organ_id)
            check_path(credential.path, Purpose.SEAL, at=self._clock())
            self.sealing_keys.algorithm(credential.key_name)

    def credential(self, organ_id: str) -> SealCredential:
        file = self._folder / "seals" / f"{organ_id}.json"
        if organ_id != Path(organ_id).name or not file.exists():
            raise CertificateRefused(f"No seal was imported for the organ {organ_id}.")
        record = _read(file)
        path = _path(record)
        return SealCredential(
            seal=_seal(record),
            key_name=str(record["key"]),
            certificate=path.certificate,
            chain=path.chain,
            root=path.root,
        )

    def record_credential(self) -> RecordCredential:
        file = self._folder / RECORDS
        if not file.exists():
            raise CertificateRefused(
                "No certificate was imported for evidence; see `novisit certificates import-evidence`."
            )
        record = _read(file)
        path = _path(record)
        return RecordCredential(str(record["key"]), path.certificate, path.chain, path.root)

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """Those above the seals, retired ones included, and above the key that signs evidence; roots too."""
        files = [*self._folder.glob("seals/*.json"), *self._folder.glob("retired/*.json")]
        records = [self._folder / RECORDS] if (self._folder / RECORDS).exists() else []
        paths = [_path(_read(file)) for file in (*files, *records)]
        found = dict.fromkeys(der for path in paths for der in (*path.chain, path.root))
        return tuple(map(x509.load_der_x509_certificate, (*found, *self.time_stamp_anchors)))

    def crls(self, now: datetime) -> tuple[bytes, ...]:
        return self._lists.current(now)

    def revocations(self, now: datetime) -> tuple[bytes, ...]:
        return self._lists.known(now)

    def keep_list(self, content: bytes) -> x509.CertificateRevocationList:
        """Keep a revocation list brought by hand (PEM or DER). Raises RevocationUnknown."""
        return self._lists.add(content, self._clock())

    def time_stamp_authority(self) -> TimeStampAuthority:
        if self._time_stamps is None:
            raise TimeStampUnavailable("NOVISIT_TIME_STAMPS names no time-stamp authority.")
        return self._time_stamps

    def install_seal(self, seal: Seal, key_name: str, path: CertificatePath) -> None:
        """Put an admitted certificate in force for an organ; what was before is kept as retired."""
        record = {"seal": seal.as_record(), **_record(key_name, path)}
        self._put(self._folder / "seals" / f"{seal.organ_id}.json", record)

    def install_evidence(self, key_name: str, path: CertificatePath) -> None:
        """Put an admitted certificate in force for records; what was before is kept as retired."""
        self._put(self._folder / RECORDS, _record(key_name, path))

    def retired_evidence(self) -> tuple[bytes, ...]:
        """Certificates (DER) that signed records before the one in force."""
        records = [_read(file) for file in sorted(self._folder.glob("retired/records-*.json"))]
        return tuple(_path(record).certificate for record in records)

    def _put(self, file: Path, record: Mapping[str, object]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            old = _read(file)
            serial = x509.load_der_x509_certificate(_path(old).certificate).serial_number
            retired = self._folder / "retired" / f"{file.stem}-{serial:x}.json"
            retired.parent.mkdir(exist_ok=True)
            _write(retired, old)
        _write(file, record)


def _record(key_name: str, path: CertificatePath) -> dict[str, object]:
    certificates = (path.certificate, *path.chain, path.root)
    return {"key": key_name, "certificates": [base64.b64encode(item).decode() for item in certificates]}


def _path(record: Mapping[str, Any]) -> CertificatePath:
    certificate, *chain, root = (base64.b64decode(item) for item in record["certificates"])
    return CertificatePath(certificate, tuple(chain), root)


def _seal(record: Mapping[str, Any]) -> Seal:
    return Seal.from_record(record["seal"])


def _read(file: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CertificateRefused(f"The record of a seal cannot be read: {file.name}.") from None
    return record


def _write(file: Path, record: Mapping[str, object]) -> None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(file)
