"""The recorded file of a liveness session, sent so that it can go on where it was interrupted (tus 1.0.0)."""

import base64
import binascii
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api import resumable
from api.dependencies import ServicesDep, SignedIn
from api.errors import UploadMalformed, UploadMediaTypeUnknown, UploadVersionUnknown
from api.problems import problem_responses
from api.store.uploads import Upload
from liveness.video.limits import MAX_BYTES

TUS_VERSION: Final = "1.0.0"
MEDIA_TYPE: Final = "application/offset+octet-stream"
MOST_DIGITS: Final = 18
CHECKSUMS: Final = ("sha1", "sha256")
PATH: Final = "/v1/liveness-sessions/{session_id}/uploads"

SPOKEN: Final = {"Tus-Resumable": TUS_VERSION}
OFFERED: Final = {
    **SPOKEN,
    "Tus-Version": TUS_VERSION,
    "Tus-Extension": "creation,expiration,checksum,termination",
    "Tus-Max-Size": str(MAX_BYTES),
    "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
}

router = APIRouter(tags=["liveness"])


def require_version(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """Refuse a client that speaks another version. Raises UploadVersionUnknown."""
    if tus_resumable != TUS_VERSION:
        raise UploadVersionUnknown


@router.options(
    PATH, status_code=204, responses=problem_responses(422), summary="续传支持的范围 What uploads offer (tus)"
)
def tell_offer(session_id: str) -> Response:
    """Tell the version and the extensions of tus that are spoken here."""
    del session_id
    return Response(status_code=204, headers=OFFERED)


@router.post(
    PATH,
    status_code=201,
    dependencies=[Depends(require_version)],
    responses=problem_responses(400, 401, 403, 404, 409, 410, 412, 413, 429),
    summary="开始可续传的上传 Begin an upload that can be resumed (tus)",
)
def create_upload(
    session_id: str,
    services: ServicesDep,
    account: SignedIn,
    upload_length: Annotated[str | None, Header()] = None,
) -> Response:
    """Begin the one upload of an `ordered` session, of a length known from the start; an earlier one ends.

    `Location` says where the bytes go, `Upload-Expires` until when.
    """
    length = _number(upload_length)
    if length == 0:
        raise UploadMalformed
    upload = resumable.create(services, session_id=session_id, account_id=account.id, length=length)
    location = PATH.format(session_id=session_id) + f"/{upload.id}"
    return Response(status_code=201, headers={**_told(upload), "Location": location})


@router.head(
    PATH + "/{upload_id}",
    dependencies=[Depends(require_version)],
    responses=problem_responses(401, 404, 410, 412),
    summary="查询已收到的位置 Where an upload is (tus)",
)
def read_offset(session_id: str, upload_id: str, services: ServicesDep, account: SignedIn) -> Response:
    """Tell how many bytes have come; a whole upload is sent on its way where that was cut short."""
    upload = resumable.find(services, upload_id, session_id=session_id, account_id=account.id)
    resumable.finish(services, upload)
    return Response(status_code=200, headers={**_told(upload), "Upload-Length": str(upload.length)})


@router.patch(
    PATH + "/{upload_id}",
    status_code=204,
    dependencies=[Depends(require_version)],
    responses=problem_responses(400, 401, 403, 404, 408, 409, 410, 412, 413, 415),
    summary="续传一段 Send bytes of an upload (tus)",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send_bytes(
    session_id: str,
    upload_id: str,
    request: Request,
    services: ServicesDep,
    account: SignedIn,
    upload_offset: Annotated[str | None, Header()] = None,
    upload_checksum: Annotated[str | None, Header()] = None,
) -> Response:
    """Take bytes from `Upload-Offset` on. What came before a connection broke is kept.

    After the last byte the video is judged, as one sent in one piece is. A wrong checksum answers 460.
    """
    if request.headers.get("content-type") != MEDIA_TYPE:
        raise UploadMediaTypeUnknown
    offset, checksum = _number(upload_offset), _checksum(upload_checksum)

    def take() -> Upload:
        upload = resumable.find(services, upload_id, session_id=session_id, account_id=account.id)
        return resumable.take(services, upload, offset=offset)

    upload = await run_in_threadpool(take)
    upload = await resumable.receive(services, upload, request.stream(), checksum=checksum)
    await run_in_threadpool(resumable.finish, services, upload)
    return Response(status_code=204, headers=_told(upload))


@router.delete(
    PATH + "/{upload_id}",
    status_code=204,
    dependencies=[Depends(require_version)],
    responses=problem_responses(401, 404, 410, 412),
    summary="放弃上传 Give an upload up (tus)",
)
def terminate_upload(session_id: str, upload_id: str, services: ServicesDep, account: SignedIn) -> Response:
    """Forget an upload and the bytes that came of it. A video that is being judged stays."""
    upload = resumable.find(services, upload_id, session_id=session_id, account_id=account.id)
    resumable.terminate(services, upload)
    return Response(status_code=204, headers=SPOKEN)


def _told(upload: Upload) -> dict[str, str]:
    return {**SPOKEN, "Upload-Offset": str(upload.received), "Upload-Expires": _http_date(upload.expires_at)}


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _number(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise UploadMalformed
    return int(text)


def _checksum(text: str | None) -> resumable.Checksum | None:
    """Read `Upload-Checksum: sha256 <base64>`. Raises UploadMalformed."""
    if text is None:
        return None
    algorithm, _, digest = text.partition(" ")
    try:
        wanted = base64.b64decode(digest, validate=True)
    except binascii.Error:
        raise UploadMalformed from None
    if algorithm not in CHECKSUMS:
        raise UploadMalformed
    return resumable.DigestChecksum(algorithm, wanted)
