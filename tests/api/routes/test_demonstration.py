"""A visitor of a demonstration plays the register: one own portrait, for a day, never in production."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api import bootstrap
from api.bootstrap import Services
from api.evidence.keyring import Keyring
from api.installation import takes_own_portraits
from api.jobs import housekeeping
from api.jobs.port import RunningJob
from api.main import create_app
from api.settings import DEMONSTRATION_MARK, Settings
from api.store.tables.portraits import portraits
from models.comparison import DocumentType, IdentityClaim
from models.errors import PersonUnknown
from models.pictures import MAX_BYTES
from tests.api.conftest import Clock, browser, fresh_key, signed_in_applicant
from tests.api.test_openapi import has_example
from tests.models.comparators.people import astronaut, jpeg

PATH = "/v1/demonstration/portraits"
CLAIM = {"document_type": "passport", "document_number": "E00000001", "name": "艾琳"}
PERSON = IdentityClaim(DocumentType.PASSPORT, "E00000001", "艾琳")


@pytest.fixture
def settings(tmp_path: Path, weights_dir: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data", weights_dir=weights_dir)
    made.seal_dir.mkdir(parents=True)
    (made.seal_dir / DEMONSTRATION_MARK).touch()
    return made


def consent_of(client: TestClient) -> str:
    version = client.get("/v1/consents/current").json()["version"]
    made = client.post("/v1/consents", json={"version": version}, headers=fresh_key())
    return str(made.raise_for_status().json()["id"])


def enrol(client: TestClient, picture: bytes | str, **changes: object) -> Any:
    text = picture if isinstance(picture, str) else base64.b64encode(picture).decode()
    body = {"claim": CLAIM, "picture": text, **changes}
    return client.post(PATH, json=body, headers=fresh_key())


def origins(services: Services) -> list[str]:
    with services.reading() as db:
        return list(db.scalars(select(portraits.c.origin)))


@pytest.mark.slow
def test_an_enrolled_portrait_is_found_without_what_the_phone_wrote_beside_it(
    applicant: TestClient, services: Services
) -> None:
    plain = jpeg(astronaut())
    noted = plain[:2] + b"\xff\xe1\x00\x10place-and-time" + plain[2:]
    answer = enrol(applicant, noted, consent_id=consent_of(applicant))
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"kept_until": "2026-03-03T01:00:00Z"}
    kept = services.portraits.portrait(PERSON)
    assert kept.startswith(b"\xff\xd8\xff")
    assert b"place-and-time" not in kept
    assert origins(services) == ["demonstration"]


@pytest.mark.slow
def test_pictures_without_exactly_one_face_are_refused_and_nothing_is_kept(
    applicant: TestClient, services: Services
) -> None:
    consent_id = consent_of(applicant)
    refused = {
        "portrait.no_face": jpeg(np.full((300, 300, 3), 90, np.uint8)),
        "portrait.several_faces": jpeg(np.hstack([astronaut()[:300, 100:400]] * 2)),
        "portrait.unreadable": b"GIF89a" + bytes(50),
    }
    for code, picture in refused.items():
        answer = enrol(applicant, picture, consent_id=consent_id)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert CLAIM["document_number"] not in answer.text
    assert origins(services) == []


def test_text_that_is_no_picture_is_refused(applicant: TestClient) -> None:
    answer = enrol(applicant, "not base64 at all", consent_id=consent_of(applicant))
    assert (answer.status_code, answer.json()["code"]) == (422, "portrait.unreadable")


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 2 * MAX_BYTES], ids=["by the route", "by the guard"])
def test_a_picture_past_the_limit_is_refused(applicant: TestClient, size: int) -> None:
    answer = enrol(applicant, bytes(size), consent_id=consent_of(applicant))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.body_too_large")


def test_an_account_and_its_own_consent_in_force_are_needed(app: FastAPI, applicant: TestClient) -> None:
    consent_id = consent_of(applicant)
    assert enrol(browser(app), jpeg(astronaut()), consent_id=consent_id).status_code == 401
    stranger = signed_in_applicant(app, "li.si")
    answers = [enrol(stranger, jpeg(astronaut()), consent_id=consent_id)]
    applicant.delete(f"/v1/consents/{consent_id}").raise_for_status()
    answers.append(enrol(applicant, jpeg(astronaut()), consent_id=consent_id))
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (403, "session.consent_missing")
    ] * 2


@pytest.mark.slow
def test_the_registers_own_portrait_is_never_replaced(
    applicant: TestClient, services: Services, clock: Clock
) -> None:
    with services.transaction() as db:
        services.portraits.add(PERSON, b"of the register", connection=db, origin="register", now=clock())
    answer = enrol(applicant, jpeg(astronaut()), consent_id=consent_of(applicant))
    assert (answer.status_code, answer.json()["code"]) == (409, "portrait.of_register")
    assert services.portraits.portrait(PERSON) == b"of the register"


def test_no_visitors_portrait_outlives_its_day_and_the_registers_stay(
    services: Services, clock: Clock
) -> None:
    official = IdentityClaim(DocumentType.PASSPORT, "E00000002", "对照")
    with services.transaction() as db:
        services.portraits.add(PERSON, b"own", connection=db, origin="demonstration", now=clock())
        services.portraits.add(official, b"official", connection=db, origin="register", now=clock())
    job = RunningJob("housekeeping-1", housekeeping.HOUSEKEEPING, {})
    clock.move(hours=23)
    housekeeping.handle(services, job)
    assert services.portraits.portrait(PERSON) == b"own"
    # The round after the next comes later than the day ends.
    clock.move(minutes=1)
    housekeeping.handle(services, job)
    with pytest.raises(PersonUnknown):
        services.portraits.portrait(PERSON)
    clock.move(days=400)
    housekeeping.handle(services, job)
    assert services.portraits.portrait(official) == b"official"


def test_the_description_shows_how_to_ask(app: FastAPI) -> None:
    document = app.openapi()
    operation = document["paths"][PATH]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert has_example(schema, document["components"]["schemas"])
    assert operation["tags"] == ["demonstration"]
    assert {"401", "403", "409", "413", "422"} <= set(operation["responses"])


def test_the_page_offers_it(client: TestClient) -> None:
    assert 'id="portrait"' in client.get("/try").text


def test_in_production_there_is_no_such_address_and_no_such_field(tmp_path: Path) -> None:
    settings = Settings(
        env="production", data_dir=tmp_path / "data", public_url="https://banshi.example.gov.cn"
    )
    Keyring.generate().save_first(settings.keyring_file)
    services = bootstrap.build(settings)
    bootstrap.upgrade_database(services)
    # Even where somebody copies the demonstration's seals in while it runs.
    settings.seal_dir.mkdir(parents=True)
    (settings.seal_dir / DEMONSTRATION_MARK).touch()
    try:
        app = create_app(services)
        client = browser(app)
        assert client.post(PATH, json={}, headers=fresh_key()).status_code == 404
        assert PATH not in app.openapi()["paths"]
        assert 'id="portrait"' not in client.get("/try").text
    finally:
        services.close()


def test_without_the_demonstrations_seals_or_beside_the_official_service_nobody_plays_the_register(
    settings: Settings,
) -> None:
    assert takes_own_portraits(settings)
    assert not takes_own_portraits(settings.model_copy(update={"comparator": "authority"}))
    (settings.seal_dir / DEMONSTRATION_MARK).unlink()
    assert not takes_own_portraits(settings)


@pytest.mark.slow
def test_a_portrait_goes_at_once_when_its_consent_is_taken_back(
    applicant: TestClient, services: Services
) -> None:
    consent_id = consent_of(applicant)
    enrol(applicant, jpeg(astronaut()), consent_id=consent_id).raise_for_status()
    assert origins(services) == ["demonstration"]
    assert applicant.delete(f"/v1/consents/{consent_id}").status_code == 204
    assert origins(services) == []
