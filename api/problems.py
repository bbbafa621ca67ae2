"""Problem documents (RFC 9457): every refusal has a stable `code` and a text in the reader's language."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from api.error_answers import ANSWERS, Answer, answer_for
from api.errors import BodyTooLarge, TooManyRequests
from api.messages import Catalogue, Language, preferred_language
from filing.errors import CaseHasFindings, MatterClosed
from liveness.errors import TooManyAttempts

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger(__name__)


class Fault(BaseModel):
    """One thing that is wrong in a request; it never repeats the value that was sent."""

    where: list[str | int] = Field(examples=[["body", "username"]])
    code: str = Field(examples=["validation.missing"])
    text: str = Field(examples=["此项必填。"])


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/account.not_signed_in",
                    "title": "请先登录。",
                    "status": 401,
                    "detail": "请先登录。",
                    "code": "account.not_signed_in",
                    "request_id": "0198c5a2-7c1e-7b7a-9d55-0f6f3e2b8a11",
                    "faults": [],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    faults: list[Fault] = Field(default_factory=list)


def problem_response(
    request: HTTPConnection,
    answer: Answer,
    *,
    faults: list[Fault] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Write a problem document in the language the request prefers."""
    catalogue: Catalogue = request.app.state.services.catalogue
    language = request_language(request)
    text = catalogue.text(answer.code, language)
    problem = Problem(
        type=f"/problems/{answer.code}",
        title=text.partition("。" if language is Language.CHINESE else ". ")[0],
        status=answer.status,
        detail=text,
        code=answer.code,
        request_id=request.scope.get("state", {}).get("request_id", ""),
        faults=faults or [],
    )
    return JSONResponse(
        problem.model_dump(),
        status_code=answer.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language.value, "Vary": "Accept-Language", **(headers or {})},
    )


def request_language(request: HTTPConnection) -> Language:
    return preferred_language(request.headers.get("accept-language"))


VALIDATION_KINDS = {
    "missing": "validation.missing",
    "json_invalid": "validation.json",
    "extra_forbidden": "validation.unknown",
    "enum": "validation.choice",
    "literal_error": "validation.choice",
}
VALIDATION_ENDINGS = {
    "too_short": "validation.length",
    "too_long": "validation.length",
    "_type": "validation.type",
    "_parsing": "validation.type",
    "greater_than": "validation.range",
    "greater_than_equal": "validation.range",
    "less_than": "validation.range",
    "less_than_equal": "validation.range",
}


def fault_code(kind: str) -> str:
    """Name our own code for a kind of pydantic error."""
    if kind in VALIDATION_KINDS:
        return VALIDATION_KINDS[kind]
    return next((code for end, code in VALIDATION_ENDINGS.items() if kind.endswith(end)), "validation.other")


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    headers = {}
    if isinstance(error, TooManyRequests | TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_seconds)
    answer = answer_for(error)
    if answer.status == 401:
        headers["WWW-Authenticate"] = 'Cookie realm="novisit"'
    return problem_response(request, answer, faults=_faults_of(request, error), headers=headers)


def _faults_of(request: Request, error: Exception) -> list[Fault]:
    """What an error of filing says beyond its code: each finding, or where to go instead."""
    language = request_language(request).value
    if isinstance(error, MatterClosed):
        return [Fault(where=[], code=error.code, text=error.where_to_go.in_language(language))]
    if isinstance(error, CaseHasFindings):
        messages = request.app.state.services.matters.messages
        return [
            Fault(where=[finding.field], code=finding.code, text=messages.of(finding, language))
            for finding in error.findings
        ]
    return []


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    catalogue: Catalogue = request.app.state.services.catalogue
    language = request_language(request)
    found: list[dict[str, Any]] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    faults = []
    for fault in found:
        code = fault_code(fault["type"])
        faults.append(Fault(where=list(fault["loc"]), code=code, text=catalogue.text(code, language)))
    return problem_response(request, Answer(422, "request.validation"), faults=faults)


HTTP_CODES = {404: "request.not_found", 405: "request.method_not_allowed", 413: "request.body_too_large"}


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error.__cause__, BodyTooLarge):
        # FastAPI wraps whatever is raised while it reads a body.
        return await _on_error(request, error.__cause__)
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return problem_response(
        request, Answer(status, HTTP_CODES.get(status, "request.invalid")), headers=headers
    )


async def _on_unstorable(request: Request, error: Exception) -> JSONResponse:
    # PostgreSQL keeps no NUL in a text, and no path or body needs one. The error hides what was sent.
    log.warning("the database takes no such value", cause=type(getattr(error, "orig", error)).__name__)
    return problem_response(request, Answer(422, "request.invalid"))


def install(app: FastAPI) -> None:
    """Answer every error of the table in api/error_answers.py with a problem document, and describe it so."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe_problems(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own guide extends it
    for kind in ANSWERS:
        app.add_exception_handler(kind, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DataError, _on_unstorable)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe problem answers for OpenAPI: `responses=problem_responses(401, 403)`."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}


def describe_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Give every refusal in an OpenAPI document its true media type, FastAPI's own of 422 among them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    described = {MEDIA_TYPE: {"schema": schema}}
    kinds = ({"$ref": f"#/components/schemas/{name}"} for name in ("Problem", "HTTPValidationError"))
    refusals = tuple(kinds)
    operations = (operation for item in document["paths"].values() for operation in item.values())
    for operation in operations:
        for answer in operation["responses"].values():
            content = answer.get("content", {})
            if any(each.get("schema") in refusals for each in content.values()):
                answer["content"] = described
        operation["responses"].setdefault("default", {"description": "Problem", "content": described})
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    return document
