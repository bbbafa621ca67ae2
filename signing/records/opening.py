"""The container of a signed record: one strict CMS SignedData with one signer and nothing that is idle."""

from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms
from pyhanko.sign.general import SignedDataCerts, extract_certificate_info

from signing.records.verdict import RecordStatus
from signing.spelling import are_algorithms_plain, is_der, is_signed_plainly

LARGEST = 4 << 20


class RecordRefused(Exception):
    """A step that does not hold, by the code of its reason."""

    def __init__(self, reason: str, status: RecordStatus = RecordStatus.FAILS) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A container that passed the first step."""

    signed: cms.SignedData
    content: bytes = field(repr=False)
    certificates: SignedDataCerts
    token: cms.ContentInfo | None
    crls: tuple[bytes, ...]


def open_record(signed: bytes) -> OpenedRecord:
    """Take the first step. Raises RecordRefused, and whatever the parsers raise for a hostile file."""
    if not signed or len(signed) > LARGEST:
        raise RecordRefused("no_container")
    if not is_der(signed):
        raise RecordRefused("no_container")
    container = cms.ContentInfo.load(signed, strict=True)
    if container["content_type"].native != "signed_data":
        raise RecordRefused("no_container")
    data = container["content"]
    _require_plain(data)
    if data["version"].native != "v1" or data["encap_content_info"]["content_type"].native != "data":
        raise RecordRefused("no_container")
    if [item["algorithm"].native for item in data["digest_algorithms"]] != ["sha256"]:
        raise RecordRefused("no_container")
    (signer,) = data["signer_infos"]
    if signer["version"].native != "v1":
        raise RecordRefused("no_container")
    content = data["encap_content_info"]["content"].native
    certificates = extract_certificate_info(data)
    return OpenedRecord(
        signed=data,
        content=content,
        certificates=certificates,
        token=_token(signer),
        crls=tuple(item.chosen.dump() for item in data["crls"]),
    )


def _require_plain(data: cms.SignedData) -> None:
    """See that nothing outside the signatures could be written in another way."""
    enclosed = [item.chosen for field_name in ("certificates", "crls") for item in data[field_name]]
    if not are_algorithms_plain(data) or not all(is_signed_plainly(item) for item in enclosed):
        raise RecordRefused("no_container")


def _token(signer: cms.SignerInfo) -> cms.ContentInfo | None:
    """The one time stamp; other unsigned attributes could be anybody's and are refused."""
    attributes = list(signer["unsigned_attrs"])
    if not attributes:
        return None
    (attribute,) = attributes
    if attribute["type"].native != "signature_time_stamp_token":
        raise RecordRefused("no_container")
    (token,) = attribute["values"]
    data = token["content"]
    (stamper,) = data["signer_infos"]
    _require_plain(data)
    if data["version"].native != "v3" or stamper["version"].native != "v1" or len(stamper["unsigned_attrs"]):
        raise RecordRefused("no_container")
    return token


def stamped_at(opened: OpenedRecord) -> datetime | None:
    """The time that the time stamp names, or None where there is no stamp."""
    if opened.token is None:
        return None
    moment: datetime = opened.token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return moment
