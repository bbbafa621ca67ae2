"""What only a demonstration does: a visitor plays the register and enrols a portrait of their own."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import Db, ServicesDep, SignedIn
from api.errors import BodyTooLarge
from api.idempotency import IdempotentRoute, idempotent
from api.jobs.housekeeping import PORTRAIT_DAY
from api.liveness_desk import desk
from api.problems import problem_responses
from api.store.portraits import DEMONSTRATION
from api.views.liveness_sessions import Claim
from models.comparison import IdentityClaim
from models.errors import PictureUnreadable

router = APIRouter(prefix="/v1/demonstration", tags=["demonstration"], route_class=IdempotentRoute)

LARGEST_PICTURE = 10 * 1024 * 1024
READING_SECONDS = 20.0


class NewPortrait(BaseModel):
    """A portrait and whose it is said to be. It goes in the body, so that no address and no log holds it."""

    model_config = ConfigDict(extra="forbid")

    consent_id: str = Field(max_length=36, examples=["0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11"])
    claim: Claim
    picture: str = Field(
        repr=False, description="JPEG or PNG, at most 10 MiB, in base64.", examples=["/9j/4AAQSkZJRgABAQ=="]
    )


class PortraitView(BaseModel):
    """A portrait is kept, for a day."""

    kept_until: datetime


@dataclass(frozen=True, slots=True)
class ReadPortrait:
    """A picture in which one face was found, written anew."""

    jpeg: bytes = field(repr=False)


def read_portrait(body: NewPortrait, services: ServicesDep, account: SignedIn) -> ReadPortrait:
    """Look for the one face in another process, before any transaction begins.

    Raises ConsentMissing, BodyTooLarge, PictureUnreadable, FaceNotFound or SeveralFaces.
    """
    from models.pictures import plain_portrait

    with services.reading() as db:
        desk(db, services).require_consent(account.id, body.consent_id)
    try:
        picture = base64.b64decode(body.picture, validate=True)
    except (binascii.Error, ValueError):
        raise PictureUnreadable from None
    if len(picture) > LARGEST_PICTURE:
        raise BodyTooLarge
    return ReadPortrait(
        services.pool.run(plain_portrait, picture, services.weights, timeout_seconds=READING_SECONDS)
    )


ReadPortraitDep = Annotated[ReadPortrait, Depends(read_portrait)]


@router.post(
    "/portraits",
    status_code=201,
    # In this order: the picture is looked at before the key of the request holds the database.
    dependencies=[Depends(read_portrait), Depends(idempotent)],
    responses=problem_responses(400, 401, 403, 409, 413, 422, 503),
    summary="登记自己的参考照片（仅演示） Enrol one's own portrait (demonstration only)",
)
def enrol_portrait(
    body: NewPortrait, portrait: ReadPortraitDep, db: Db, services: ServicesDep, account: SignedIn
) -> PortraitView:
    """Keep a portrait to compare a video with, for a day. It never takes the place of the register's own.

    A real installation has no such address: there the official register is asked.
    """
    desk(db, services).require_consent(account.id, body.consent_id)
    claim = IdentityClaim(body.claim.document_type, body.claim.document_number, body.claim.name)
    now = services.clock()
    services.portraits.add(
        claim,
        portrait.jpeg,
        connection=db,
        origin=DEMONSTRATION,
        now=now,
        consent_id=body.consent_id,
    )
    return PortraitView(kept_until=now + PORTRAIT_DAY)
