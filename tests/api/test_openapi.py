"""The published description of the API is complete enough to write a client from."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return list(published(app.openapi()))


def published(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method, path, operation


def test_every_operation_has_a_tag_and_a_summary_in_both_languages(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    for method, path, operation in operations:
        assert operation.get("tags"), (method, path)
        summary = operation["summary"]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in summary), (method, path, summary)
        assert any(letter.isascii() and letter.isalpha() for letter in summary), (method, path, summary)


def test_every_refusal_is_a_problem_document(operations: list[tuple[str, str, dict[str, Any]]]) -> None:
    for method, path, operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and path != "/readyz":
                assert "application/problem+json" in answer.get("content", {}), (method, path, status)


def test_every_post_that_creates_takes_an_idempotency_key(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    for method, path, operation in operations:
        # Beginning an upload (tus) twice leaves one for its session; clients of tus know no keys.
        if method == "post" and "201" in operation["responses"] and not path.endswith("/uploads"):
            names = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
            assert "idempotency-key" in names, path


def test_every_body_has_an_example(app: FastAPI) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    lacking = []
    for method, path, operation in published(document):
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is not None and not has_example(schema, schemas):
            lacking.append((method, path))
    assert lacking == []


def has_example(schema: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether the schema or anything in it shows a value that would be taken."""
    if "examples" in schema or "example" in schema:
        return True
    if "$ref" in schema:
        return has_example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("allOf", [])]
    return any(has_example(each, schemas) for each in inner)
