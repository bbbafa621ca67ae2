"""Consent to the use of the face, and the ways without it."""

from contextlib import suppress
from datetime import datetime

import structlog
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Db, ServicesDep, SignedIn
from api.errors import EvidenceNotFound
from api.idempotency import IdempotentRoute, idempotent
from api.liveness_desk import desk
from api.problems import problem_responses
from liveness.sessions.consent import Bilingual, NonFaceRoute

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/v1", tags=["liveness"], route_class=IdempotentRoute)


class Text(BaseModel):
    """A text in both languages; the Chinese one counts."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Bilingual) -> "Text":
        return cls(zh=text.zh, en=text.en)


class RouteView(BaseModel):
    """A way to prove who one is without the face."""

    id: NonFaceRoute
    title: Text
    text: Text


class ConsentTextView(BaseModel):
    """The consent text in force and what can be chosen instead."""

    version: str = Field(examples=["2026-01"])
    text: Text
    non_face_routes: list[RouteView]


class NewConsent(BaseModel):
    """Consent to one version of the text."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(max_length=32, examples=["2026-01"])


class ConsentView(BaseModel):
    """A recorded consent."""

    id: str
    version: str
    given_at: datetime


class NewRouteChoice(BaseModel):
    """The choice of a way without the face."""

    model_config = ConfigDict(extra="forbid")

    route: NonFaceRoute
    case_id: str | None = Field(
        default=None, max_length=36, examples=["0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11"]
    )


class RouteChoiceView(BaseModel):
    """A recorded choice."""

    id: str
    route: NonFaceRoute
    case_id: str | None
    chosen_at: datetime


@router.get("/consents/current", summary="当前同意书 The consent text in force")
def read_current_consent(services: ServicesDep) -> ConsentTextView:
    """Give the text that a person reads before anything is captured, with the ways without the face."""
    texts = services.consent_texts
    return ConsentTextView(
        version=texts.current_version,
        text=Text.of(texts.current),
        non_face_routes=[
            RouteView(id=offer.route, title=Text.of(offer.title), text=Text.of(offer.text))
            for offer in texts.routes
        ],
    )


@router.post(
    "/consents",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 409, 422),
    summary="同意 Give consent",
)
def give_consent(body: NewConsent, db: Db, services: ServicesDep, account: SignedIn) -> ConsentView:
    """Record consent to the text in force."""
    consent = desk(db, services).give_consent(account.id, body.version)
    return ConsentView(id=consent.id, version=consent.version, given_at=consent.given_at)


@router.delete(
    "/consents/{consent_id}",
    status_code=204,
    responses=problem_responses(401, 403),
    summary="撤回同意 Take consent back",
)
def take_consent_back(consent_id: str, services: ServicesDep, account: SignedIn) -> None:
    """End every check under this consent that has no answer yet; delete its video and portrait at once."""
    with services.transaction() as db:
        ended = desk(db, services).revoke_consent(account.id, consent_id)
        services.portraits.remove_under(consent_id, connection=db)
        videos = [session.video_id for session in ended if session.video_id is not None]
        for video in videos:
            # Due from now on, so that the retention job deletes it should this process end before it does.
            with suppress(EvidenceNotFound):
                services.evidence.keep_until(video, services.clock(), db=db)
    for video in videos:
        services.evidence.delete(video, reason="consent taken back")


@router.post(
    "/non-face-requests",
    status_code=201,
    dependencies=[Depends(idempotent)],
    responses=problem_responses(400, 401, 422),
    summary="选择不刷脸的办法 Choose a way without the face",
)
def choose_route(body: NewRouteChoice, db: Db, services: ServicesDep, account: SignedIn) -> RouteChoiceView:
    """Record the choice; the office gets in touch."""
    choice = desk(db, services).choose_route(account.id, body.route, body.case_id)
    services.metrics.alternative_taken(choice.route.value)
    log.info("alternatives taken", alternatives=[choice.route.value])
    return RouteChoiceView(
        id=choice.id, route=choice.route, case_id=choice.case_id, chosen_at=choice.chosen_at
    )
