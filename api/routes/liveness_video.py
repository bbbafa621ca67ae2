"""The recorded file of a liveness session, sent in one piece."""

import hashlib

import anyio
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api import liveness_intake
from api.dependencies import ServicesDep, SignedIn
from api.errors import BodyTooLarge, UploadTooSlow
from api.evidence.port import NewEvidence
from api.jobs.analysis import ANALYSIS, UPLOAD_GRACE
from api.jobs.port import job_id_for
from api.problems import problem_responses
from api.uploads import store_body
from liveness.errors import SessionAlreadyUsed, VideoTooLarge
from liveness.sessions.session import LivenessSession, SessionState

router = APIRouter(tags=["liveness"])

HEAD_BYTES = 16


class UploadView(BaseModel):
    """The video is here and will be looked at."""

    state: SessionState
    job_id: str

    @classmethod
    def of(cls, session: LivenessSession) -> "UploadView":
        return cls(state=session.state, job_id=job_id_for(ANALYSIS, session.id))


@router.put(
    "/v1/liveness-sessions/{session_id}/video",
    status_code=202,
    responses=problem_responses(401, 403, 404, 408, 409, 410, 413, 415, 429),
    summary="上传录像 Send the video",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}}
                for media in ("video/mp4", "video/webm", "video/quicktime", "application/octet-stream")
            },
        }
    },
)
async def send_video(
    session_id: str, request: Request, services: ServicesDep, account: SignedIn
) -> UploadView:
    """Take the one video of an `ordered` session, as the phone recorded it, at most 64 MiB.

    Sending the same bytes again, as after a broken connection, gets the same answer.
    """
    try:
        await run_in_threadpool(liveness_intake.require_open, services, session_id, account.id)
    except SessionAlreadyUsed:
        session = await run_in_threadpool(liveness_intake.find, services, session_id, account.id)
        if session.video_sha256 is None or await _digest_of_body(request) != session.video_sha256:
            raise
        return UploadView.of(session)

    open_one = await run_in_threadpool(liveness_intake.find, services, session_id, account.id)
    left_s = max(0.0, (open_one.expires_at + UPLOAD_GRACE - services.clock()).total_seconds())

    def begin(head: bytes) -> NewEvidence:
        return liveness_intake.new_video(session_id, head)

    try:
        ref = await store_body(request, services.evidence, head_bytes=HEAD_BYTES, begin=begin, seconds=left_s)
    except BodyTooLarge:
        raise VideoTooLarge from None
    session = await run_in_threadpool(liveness_intake.bind, services, session_id, account.id, ref)
    return UploadView.of(session)


async def _digest_of_body(request: Request) -> str:
    """The digest of what is sent again. Raises UploadTooSlow, as what is sent first does."""
    digest = hashlib.sha256()
    try:
        with anyio.fail_after(UPLOAD_GRACE.total_seconds()):
            async for piece in request.stream():
                digest.update(piece)
    except TimeoutError:
        raise UploadTooSlow from None
    return digest.hexdigest()
