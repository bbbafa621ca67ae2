"""The public key infrastructure: what certificates in sealed files point at, and whether they are revoked."""

import base64
import binascii
import hashlib
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import ServicesDep
from api.errors import NotFound
from api.problems import problem_responses

if TYPE_CHECKING:
    from api.bootstrap import Services
    from signing.demonstration import Demonstration
    from signing.demonstration.responder import OcspAnswer
    from signing.ofd.demonstration import OfdDemonstration

router = APIRouter(prefix="/v1/pki", tags=["seals"])

DAY_SECONDS: Final = 86_400
ENOUGH: Final = 1 << 16
"""Bytes that no OCSP request has."""
MEDIA_TYPES: Final = {
    "crt": "application/pkix-cert",
    "crl": "application/pkix-crl",
    "pem": "application/x-pem-file",
}
OCSP_REQUEST: Final = "application/ocsp-request"
OCSP_RESPONSE: Final = "application/ocsp-response"
OcspBody: Final = {
    "content": {OCSP_REQUEST: {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}
OcspResponses: Final = {**problem_responses(404), 200: {"content": {OCSP_RESPONSE: {}}}}


@router.get(
    "/{name}",
    summary="证书与吊销列表 Certificates and revocation lists",
    response_class=Response,
    responses={**problem_responses(404), 200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
)
def read_published(
    name: Annotated[
        Literal[
            "root.crt",
            "issuing.crt",
            "root.crl",
            "issuing.crl",
            "sm2-root.crt",
            "sm2-issuing.crt",
            "sm2-root.crl",
            "sm2-issuing.crl",
            "ofd-trust.pem",
        ],
        Path(examples=["root.crt"]),
    ],
    services: ServicesDep,
) -> Response:
    """Give out what the certificates in sealed files point at, in DER.

    To verify elsewhere, trust root.crt for PDF; ofd-trust.pem has all that verifying OFD needs: the roots of
    seals and time stamps, the certificates between, and the revocation lists of today.
    """
    try:
        content = _published(services, name)
    except OSError:
        raise NotFound from None
    seconds = DAY_SECONDS if name.endswith(".crt") else DAY_SECONDS // 24
    return Response(
        content,
        media_type=MEDIA_TYPES[name.rpartition(".")[2]],
        headers={"Cache-Control": f"public, max-age={seconds}"},
    )


@router.post(
    "/ocsp",
    summary="查询证书是否吊销（OCSP） Ask whether a certificate is revoked",
    response_class=Response,
    responses=OcspResponses,
    openapi_extra={"requestBody": OcspBody},
)
async def ask_by_post(request: Request, services: ServicesDep) -> Response:
    """Answer an OCSP request (RFC 6960) in DER about a certificate of this installation's own authority.

    A nonce of 1 to 128 bytes is given back (RFC 9654). The answer counts for an hour. Where the seals come
    from a licensed authority there is no responder here: ask the one that the certificate names.
    """
    asked = await _read_start(request)
    answer = await run_in_threadpool(_ask, services, asked)
    return Response(answer.content, media_type=OCSP_RESPONSE, headers={"Cache-Control": "no-store"})


@router.get(
    "/ocsp/{request:path}",
    summary="查询证书是否吊销（OCSP，可缓存） Ask whether a certificate is revoked, cacheable",
    response_class=Response,
    responses=OcspResponses,
)
def ask_by_get(
    request: Annotated[str, Path(description="The OCSP request: DER in base64, then URL-encoded.")],
    services: ServicesDep,
) -> Response:
    """Answer the same in the form that caches keep (RFC 6960, A.1; RFC 5019, 6); with a nonce none may."""
    try:
        # A client that sends a plus sign unescaped means it, and some proxies fold a slash at the beginning.
        asked = base64.b64decode(request.replace(" ", "+"), validate=True)
    except binascii.Error:
        asked = b""
    answer = _ask(services, asked)
    return Response(answer.content, media_type=OCSP_RESPONSE, headers=_cache(answer, services.clock()))


async def _read_start(request: Request) -> bytes:
    """The body, or enough of it to see that it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > ENOUGH:
            break
    return bytes(body)


def _ask(services: "Services", request: bytes) -> "OcspAnswer":
    try:
        return _authority(services).ocsp_responder().respond(request)
    except OSError:
        raise NotFound from None


def _cache(answer: "OcspAnswer", now: datetime) -> dict[str, str]:
    if answer.keep_until is None:
        return {"Cache-Control": "no-store"}
    seconds = int((answer.keep_until - now).total_seconds())
    return {
        "Cache-Control": f"public, max-age={seconds}, no-transform, must-revalidate",
        "Expires": format_datetime(answer.keep_until, usegmt=True),
        "Last-Modified": format_datetime(now.replace(microsecond=0), usegmt=True),
        "ETag": f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"',
    }


def _published(services: "Services", name: str) -> bytes:
    from signing.ofd.trust_files import write_trust

    if name == "ofd-trust.pem":
        return write_trust(services.ofd_office.trust(services.clock()))
    if name.startswith("sm2-"):
        return _ofd_authority(services).published(name)
    authority = _authority(services)
    authority.crls(services.clock())
    return authority.published(name)


def _authority(services: "Services") -> "Demonstration":
    """The demonstration authority, opened once. Raises NotFound where there is none."""
    from signing.demonstration import open_folder
    from signing.errors import KeyUnavailable

    folder, clock = services.settings.seal_dir, services.clock
    try:
        return services.part("demonstration_authority", lambda _: open_folder(folder, clock))
    except KeyUnavailable:
        raise NotFound from None


def _ofd_authority(services: "Services") -> "OfdDemonstration":
    """The demonstration authority of OFD seals. Raises NotFound where there is none."""
    from signing.ofd.demonstration import OfdDemonstration

    office = services.ofd_office
    if not isinstance(office, OfdDemonstration):
        raise NotFound
    return office
