"""Ask pyHanko about the signatures in a PDF, each as of the time that the next one proves.

The last document time stamp is judged as of now, the one before it as of the last one's time, and so down
to the seal, which is judged as of the first document time stamp: its certificate and the revocation lists in
the file need to have been good then, not today. (ETSI EN 319 102-1, clause 5.6.2, past signature validation.
pyHanko's own routine finds no revocation list that an intermediate authority signed, so it is walked here.)
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from asn1crypto import crl, ocsp, x509
from cryptography import x509 as pyca
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import (
    AdESWithTimeValidationResult,
    ades_timestamp_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko.sign.validation.utils import DEFAULT_ALGORITHM_USAGE_POLICY
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    FreshnessReqType,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.certificates import DOCUMENT_SIGNING, TIME_STAMP


@dataclass(frozen=True, slots=True)
class ProvenTime:
    """The chain of document time stamps: whether all are genuine, the earliest and the latest time in it."""

    trusted: bool
    earliest: datetime
    latest: datetime


def hush_pyhanko() -> None:
    """Keep pyHanko's warnings out of logs and consoles.

    It writes a traceback for every certificate that does not hold, and a warning for every seal made without
    the network. Here the first is an answer and the second is meant.
    """
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def judge_stamps(
    stamps: Sequence[EmbeddedPdfSignature], specification: SignatureValidationSpec, at: datetime
) -> ProvenTime | None:
    """Judge document time stamps from the last to the first; None where the file has none."""
    moment, trusted, times = at, True, []
    for stamp in sorted(stamps, key=lambda item: item.signed_revision, reverse=True):
        time: datetime = stamp.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
        result = asyncio.run(
            ades_timestamp_validation(
                stamp.signed_data,
                specification,
                stamp.compute_digest,
                timing_info=ValidationTimingInfo(moment, moment, point_in_time_validation=True),
            )
        )
        trusted = trusted and result.ades_subindic is AdESPassed.OK and time <= moment
        moment = time
        times.append(time)
    return ProvenTime(trusted, min(times), max(times)) if times else None


def judge_seal(
    seal: EmbeddedPdfSignature, specification: SignatureValidationSpec, as_of: datetime
) -> AdESWithTimeValidationResult:
    """Judge the seal with its own time stamp as of a moment, and what was changed since."""
    seal.compute_integrity_info()
    return asyncio.run(
        ades_with_time_validation(
            seal.signed_data,
            specification,
            timing_info=ValidationTimingInfo(as_of, as_of, point_in_time_validation=True),
            raw_digest=seal.compute_digest(),
            extra_status_kwargs=seal.summarise_integrity_info(),
            status_cls=PdfSignatureStatus,
        )
    )


def holds_but_for_status(
    seal: EmbeddedPdfSignature, specification: SignatureValidationSpec, as_of: datetime
) -> bool:
    """Whether all that a seal lacks is a list or an answer on the status of its certificates or its stamp's.

    pyHanko calls that a general failure of the chain; the standard has TRY_LATER for it (clause 5.2.6).
    """
    unasked = CertRevTrustPolicy(NO_REVOCATION)
    policy, of_stamps = specification.cert_validation_policy, specification.ts_cert_validation_policy
    kinder = replace(
        specification,
        cert_validation_policy=replace(policy, revinfo_policy=unasked),
        ts_cert_validation_policy=replace(of_stamps or policy, revinfo_policy=unasked),
    )
    result = judge_seal(seal, kinder, as_of)
    return result.ades_subindic is AdESPassed.OK


def specify(
    reader: PdfFileReader,
    anchors: Sequence[bytes],
    crls: Sequence[bytes],
    *,
    time_stamp_anchors: Sequence[bytes] = (),
) -> tuple[SignatureValidationSpec, SignatureValidationSpec]:
    """What to ask of the seal and of the document time stamps: our anchors only, nothing from a network.

    The last time stamp has no later one to vouch for the revocation lists of its day. They count as long as
    its certificate lasts, as in the PDF readers; else a sealed paper would hold offline only until the next
    list is due. Newer lists given in `crls` are heard. `time_stamp_anchors` are trusted for time stamps only,
    that of the seal included.
    """
    roots = [x509.Certificate.load(anchor) for anchor in anchors]
    stamp_roots = [*roots, *(x509.Certificate.load(anchor) for anchor in time_stamp_anchors)]
    stamp_manager = SimpleTrustManager.build(trust_roots=stamp_roots)
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=roots),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        algorithm_usage_policy=DEFAULT_ALGORITHM_USAGE_POLICY,
    )
    for_seal = SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
        ts_cert_validation_policy=replace(policy, trust_manager=stamp_manager),
        local_knowledge=_read_knowledge(reader, stamp_roots),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"non_repudiation"},
            extd_key_usage={DOCUMENT_SIGNING.dotted_string, "email_protection"},
        ),
        signature_algorithm_policy=DEFAULT_ALGORITHM_USAGE_POLICY,
    )
    lasting = CertRevTrustPolicy(
        REQUIRE_REVINFO, TIME_STAMP.lifetime, FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION
    )
    newer = [CRLContainer(crl.CertificateList.load(item)) for item in crls]
    known = for_seal.local_knowledge
    for_stamps = replace(
        for_seal,
        cert_validation_policy=replace(policy, trust_manager=stamp_manager, revinfo_policy=lasting),
        ts_cert_validation_policy=None,
        local_knowledge=replace(known, known_crls=[*newer, *known.known_crls]),
    )
    return for_seal, for_stamps


def _read_knowledge(reader: PdfFileReader, roots: Sequence[x509.Certificate]) -> LocalKnowledge:
    """Certificates, revocation lists and OCSP answers that the file carries."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return LocalKnowledge(known_certs=list(roots))
    lists = [item.get_object().read_data(DecodePurpose.CRL) for item in store.crls]
    answers = [item.get_object().read_data(DecodePurpose.OCSP_RESPONSE) for item in store.ocsps]
    return LocalKnowledge(
        known_crls=[CRLContainer(crl.CertificateList.load(item)) for item in lists],
        known_ocsps=[
            found for item in answers for found in OCSPContainer.load_multi(ocsp.OCSPResponse.load(item))
        ],
        known_certs=[*roots, *store.load_certs()],
    )


def revoked_since(path: Sequence[bytes], crls: Sequence[bytes]) -> datetime | None:
    """The earliest moment from which newer lists revoke a certificate of a chain, or None.

    The chain is DER, root first. A list counts only where a certificate of the chain signed it.
    """
    chain = [pyca.load_der_x509_certificate(item) for item in path]
    moments = []
    for content in crls:
        revocations = pyca.load_der_x509_crl(content)
        for issuer, certificate in pairwise(chain):
            if revocations.issuer != issuer.subject:
                continue
            if not revocations.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]  # checked inside
                continue
            entry = revocations.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None:
                moments.append(entry.revocation_date_utc)
    return min(moments, default=None)
