"""The pages as they are sent: what they load, what they forbid, in which language."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import bootstrap
from api.main import create_app
from api.routes.pages import API

PAGES = ("/", "/try", "/verify", "/seals", "/docs")


@pytest.fixture
def client(services: bootstrap.Services) -> TestClient:
    return TestClient(create_app(services), base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_nothing_inline(client: TestClient, path: str) -> None:
    html = client.get(path).raise_for_status().text
    named = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert named
    assert [name for name in named if not name.startswith(("/", "#"))] == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html)


@pytest.mark.parametrize("path", PAGES)
def test_every_file_a_page_names_is_there(client: TestClient, path: str) -> None:
    for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(path).text):
        assert client.get(name).status_code == 200, name


def test_every_module_a_script_imports_is_there(client: TestClient) -> None:
    scripts = sorted((API / "static").glob("*.js"))
    assert scripts
    for script in scripts:
        for name in re.findall(r'from "\./([^"]+)"|import "\./([^"]+)"', script.read_text(encoding="utf-8")):
            assert client.get(f"/static/{''.join(name)}").status_code == 200, (script.name, name)


@pytest.mark.parametrize("path", [*PAGES, "/static/page.css"])
def test_the_policy_allows_this_site_alone(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "camera=(self)" in headers["permissions-policy"]


def test_a_page_speaks_chinese_unless_asked(client: TestClient) -> None:
    assert 'data-language="zh"' in client.get("/try", headers={"Accept-Language": ""}).text
    assert 'data-language="en"' in client.get("/try", headers={"Accept-Language": "en-GB,zh;q=0.5"}).text


def test_the_chosen_language_wins_over_the_browsers(client: TestClient) -> None:
    client.cookies.set("novisit_language", "en")
    assert 'data-language="en"' in client.get("/verify", headers={"Accept-Language": "zh-CN"}).text


def test_an_unknown_language_is_ignored(client: TestClient) -> None:
    client.cookies.set("novisit_language", 'xx" onload="alert(1)')
    assert 'data-language="zh"' in client.get("/verify", headers={"Accept-Language": "zh-CN"}).text


@pytest.mark.parametrize("path", PAGES)
def test_a_demonstration_says_so_on_its_face(client: TestClient, path: str) -> None:
    assert 'class="demonstration"' in client.get(path).text


def test_static_files_are_revalidated_not_sent_again(client: TestClient) -> None:
    first = client.get("/static/page.css")
    again = client.get("/static/page.css", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("path", ["/static/nothing.js", "/static/../main.py", "/static/%2e%2e/main.py"])
def test_nothing_but_the_static_files_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_documentation_with_foreign_scripts_is_off(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    assert app.docs_url is None
    assert app.redoc_url is None
    assert "swagger" not in client.get("/docs").text.lower()


def test_pages_stand_outside_the_described_api(client: TestClient) -> None:
    assert not set(client.get("/openapi.json").json()["paths"]) & {*PAGES, "/static/{path}"}
