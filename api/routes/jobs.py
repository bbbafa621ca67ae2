"""Background work as its owner sees it."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import LanguageDep, ServicesDep, SignedIn
from api.errors import UnknownJob
from api.jobs.port import JobState
from api.problems import problem_responses

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class JobAnswer(BaseModel):
    """Where background work stands. `error` is there where it failed."""

    id: str = Field(examples=["analysis-0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11"])
    state: JobState = Field(examples=["running"])
    created_at: datetime
    finished_at: datetime | None = None
    error: "JobFault | None" = None


class JobFault(BaseModel):
    """Why work failed: a stable code and what to do."""

    code: str = Field(examples=["work.lost"])
    text: str = Field(examples=["处理过程中断，请重试。"])


@router.get(
    "/{job_id}", summary="后台任务状态 · Where background work stands", responses=problem_responses(401, 404)
)
def read_job(job_id: str, services: ServicesDep, account: SignedIn, language: LanguageDep) -> JobAnswer:
    """Only the account that caused the work sees it; for everyone else there is no such job."""
    job = services.jobs.job(job_id)
    if job.owner_id != account.id:
        raise UnknownJob
    error = None
    if job.error_code is not None:
        error = JobFault(code=job.error_code, text=services.catalogue.text(job.error_code, language))
    return JobAnswer(
        id=job.id, state=job.state, created_at=job.created_at, finished_at=job.finished_at, error=error
    )
