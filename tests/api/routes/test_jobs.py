import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.bootstrap import Services
from api.errors import WorkerLost
from api.jobs.memory import InMemoryJobRunner
from api.jobs.port import RunningJob
from tests.api.conftest import browser, signed_in_applicant


@pytest.fixture
def jobs(services: Services) -> InMemoryJobRunner:
    runner = services.jobs
    assert isinstance(runner, InMemoryJobRunner)

    def succeed(job: RunningJob) -> None:
        assert job.name == "succeed"

    def fail(job: RunningJob) -> None:
        raise WorkerLost

    runner.register("fail", fail)
    runner.register("succeed", succeed)
    return runner


def account_id(client: TestClient) -> str:
    return str(client.get("/v1/accounts/me").raise_for_status().json()["id"])


def test_the_owner_sees_the_job_through_its_states(applicant: TestClient, jobs: InMemoryJobRunner) -> None:
    job_id = jobs.enqueue("succeed", {}, db=None, key="1", owner_id=account_id(applicant))
    assert applicant.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"
    jobs.run_all()
    answer = applicant.get(f"/v1/jobs/{job_id}").raise_for_status().json()
    assert (answer["id"], answer["state"], answer["error"]) == ("succeed-1", "succeeded", None)


def test_a_failure_is_told_with_its_code_and_a_text(applicant: TestClient, jobs: InMemoryJobRunner) -> None:
    job_id = jobs.enqueue("fail", {}, db=None, key="1", owner_id=account_id(applicant))
    jobs.run_all()
    answer = applicant.get(f"/v1/jobs/{job_id}", headers={"Accept-Language": "en"}).json()
    assert answer["state"] == "failed"
    assert answer["error"] == {"code": "work.lost", "text": "The work was interrupted. Try again."}
    assert "中断" in applicant.get(f"/v1/jobs/{job_id}").json()["error"]["text"]


def test_nobody_else_sees_it(app: FastAPI, applicant: TestClient, jobs: InMemoryJobRunner) -> None:
    owned = jobs.enqueue("succeed", {}, db=None, key="1", owner_id=account_id(applicant))
    unowned = jobs.enqueue("succeed", {}, db=None, key="2")
    other = signed_in_applicant(app, "li.na")
    answers = [other.get(f"/v1/jobs/{job_id}") for job_id in (owned, unowned, "succeed-3")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["code"] for answer in answers}) == 1
    assert browser(app).get(f"/v1/jobs/{owned}").status_code == 401
