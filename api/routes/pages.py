"""The pages for people: what runs here, try the video check, verify a seal, read the API."""

from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from api.dependencies import SIGN_IN_COOKIE, ServicesDep
from api.installation import takes_own_portraits
from api.messages import Language
from api.problems import request_language

router = APIRouter(include_in_schema=False)

API: Final = Path(__file__).parents[1]
LANGUAGE_COOKIE: Final = "novisit_language"

FRESH: Final = {"Cache-Control": "no-cache"}
"""Asked again at each use, so that an upgrade shows at once; what did not change is answered by 304."""


@cache
def templates() -> jinja2.Environment:
    """The templates of api/pages, escaped, with no name left undefined."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(API / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def static_files() -> StaticFiles:
    """The files of api/static."""
    return StaticFiles(directory=API / "static")


def page(request: Request, services: ServicesDep, name: str, *, invitation: str = "") -> HTMLResponse:
    """Render one template in the reader's language; the page itself carries both and can switch."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    language = Language(chosen) if chosen in tuple(Language) else request_language(request)
    html = (
        templates()
        .get_template(f"{name}.html")
        .render(
            page=name,
            language=language.value,
            is_demonstration=not services.settings.is_production,
            takes_own_portraits=takes_own_portraits(services.settings),
            has_sign_in=SIGN_IN_COOKIE in request.cookies,
            invitation=invitation,
        )
    )
    return HTMLResponse(html, headers={**FRESH, "Vary": "Accept-Language, Cookie"})


@router.get("/")
def home(request: Request, services: ServicesDep) -> HTMLResponse:
    """What runs here, in one screen."""
    return page(request, services, "home")


@router.get("/try")
def try_liveness(request: Request, services: ServicesDep) -> HTMLResponse:
    """Record a video, send it, read the answer."""
    return page(request, services, "try")


@router.get("/invitations/{token}")
def take_part(token: str, request: Request, services: ServicesDep) -> HTMLResponse:
    """The same for an invited party, who afterwards consents to the text."""
    return page(request, services, "try", invitation=token)


@router.get("/verify")
def verify_seal(request: Request, services: ServicesDep) -> HTMLResponse:
    """Check a sealed PDF or a certificate's number."""
    return page(request, services, "verify")


@router.get("/seals")
def bring_seals_in_force(request: Request, services: ServicesDep) -> HTMLResponse:
    """Administrators propose seals, and approve what another proposed."""
    return page(request, services, "seals")


@router.get("/docs")
def documentation(request: Request, services: ServicesDep) -> HTMLResponse:
    """Read /openapi.json as a page."""
    return page(request, services, "docs")


@router.get("/static/{path:path}")
async def static(path: str, request: Request) -> Response:
    """A style sheet, script or picture of the pages."""
    answer = await static_files().get_response(path, request.scope)
    answer.headers.update(FRESH)
    return answer
