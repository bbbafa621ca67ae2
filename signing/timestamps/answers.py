"""Whether an authority's answer is the time stamp that was asked for, made now by whom we trust.

1. granted, and of the form of RFC 3161
2. over the digest that was sent, with the nonce that was sent
3. under a policy that is accepted
4. made now, as far as clocks agree
5. signed by a certificate for time stamps that leads to a root trusted for this authority
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import tsp, x509
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing.errors import TimeStampUnavailable
from signing.timestamps.port import read_answer

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far the authority's clock may be from ours."""


def check_answer(
    answer: bytes,
    asked: tsp.TimeStampReq,
    *,
    anchors: Sequence[bytes],
    policies: Sequence[str],
    now: datetime,
) -> None:
    """Return where a DER TimeStampResp answers the request. Raises TimeStampUnavailable with its fault.

    Revocation of the authority's certificate is looked at where the token is used, with the lists of its day.
    """
    if asked["nonce"].native is None:
        raise TimeStampUnavailable("A request without a nonce could be answered with an old time stamp.")
    token = read_answer(answer)["time_stamp_token"]
    try:
        content = token["content"]["encap_content_info"]["content"].parsed
        told = {name: content[name].native for name in ("nonce", "policy", "gen_time", "version")}
        same_imprint = content["message_imprint"].dump() == asked["message_imprint"].dump()
    except (ValueError, TypeError, KeyError, AttributeError):
        raise TimeStampUnavailable("Its answer cannot be read.", fault="malformed") from None
    if not same_imprint:
        raise TimeStampUnavailable("It stamped something else than was sent.", fault="other_imprint")
    if told["nonce"] != asked["nonce"].native:
        raise TimeStampUnavailable("It answered another request (the nonce differs).", fault="other_nonce")
    if told["version"] != "v1" or (policies and told["policy"] not in policies):
        raise TimeStampUnavailable(
            f"Its policy {told['policy']} is not one that is accepted.", fault="other_policy"
        )
    if abs(told["gen_time"] - now) > CLOCKS_DIFFER:
        raise TimeStampUnavailable("Its clock differs from ours by minutes.", fault="other_time")
    _check_signature(token, asked, anchors, told["gen_time"])


def _check_signature(
    token: tsp.ContentInfo, asked: tsp.TimeStampReq, anchors: Sequence[bytes], at: datetime
) -> None:
    digest: bytes = asked["message_imprint"]["hashed_message"].native
    try:
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(anchor) for anchor in anchors],
            moment=at,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        # pyHanko asks for stamps on an event loop of its own, so this one needs a thread of its own.
        with ThreadPoolExecutor(max_workers=1) as thread:
            found = thread.submit(_validate, token, context, digest).result()
        status = TimestampSignatureStatus(**found)
    except (ValueError, TypeError, KeyError, AttributeError, SignatureValidationError, SigningError):
        raise TimeStampUnavailable("Its signature cannot be read.", fault="malformed") from None
    if not (status.intact and status.valid):
        raise TimeStampUnavailable("Its signature is wrong.", fault="bad_signature")
    if not status.trusted:
        raise TimeStampUnavailable(
            "It does not lead to a root that is trusted for time stamps.", fault="untrusted"
        )


def _validate(token: tsp.ContentInfo, context: ValidationContext, digest: bytes) -> dict[str, Any]:
    return asyncio.run(validate_tst_signed_data(token["content"], context, lambda _: digest))
