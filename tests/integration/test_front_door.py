"""What every answer of the server has in common: headers, host, errors, probes, the page, and silence in the logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from ninja import NinjaAPI, Schema

from accounts.errors import AccountError
from config import errors, logs
from config.security import CONTENT_SECURITY_POLICY
from config.urls import handler400, handler404, handler500, urlpatterns

CANARY = "Hortense Vaugrenard"


class Body(Schema):
    name: str


api = NinjaAPI(urls_namespace="front-door")
errors.install(api)


@api.post("/echo")
def echo(request: HttpRequest, body: Body) -> None:
    raise ValueError(body.name)


@api.get("/refused")
def refused(request: HttpRequest) -> None:
    raise RefusedForTheTest


class RefusedForTheTest(AccountError):
    code = "bad_signature"
    status = 409


urlpatterns = [path("api/test/", api.urls), *urlpatterns]
__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    index = tmp_path / "index.html"
    index.write_text('<meta name="cordee-demo" content="0" />')
    monkeypatch.setattr(settings, "FRONTEND_DIST", tmp_path)
    return index


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """What the configured handler would have written."""
    lines: list[str] = []
    handler = logging.Handler()
    configured = logs.LOGGING["formatters"]["json"]
    factory = configured["()"]
    handler.setFormatter(factory(**{name: value for name, value in configured.items() if name != "()"}))
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("address", ["/", "/cercles/x", "/api/me", "/api/nothing", "/_allauth/nothing"])
@pytest.mark.django_db
def test_every_answer_carries_the_headers(client: Client, page: Path, address: str) -> None:
    answer = client.get(address)
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    if address.startswith(("/api", "/_allauth")):
        assert answer["Cache-Control"] == "no-store"


def test_the_policy_allows_no_inline_script_and_no_foreign_host() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "require-trusted-types-for 'script'" in CONTENT_SECURITY_POLICY


@pytest.mark.django_db
def test_the_page_is_one_for_all_addresses_and_hands_out_the_csrf_cookie(client: Client, page: Path) -> None:
    answer = client.get("/cercles/0199")
    assert answer.content == page.read_bytes()
    assert answer.cookies["__Host-cordee_csrf"]["secure"]
    assert answer["Cache-Control"].startswith("max-age=0")


def test_the_page_says_that_it_is_a_demonstration(client: Client, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    assert client.get("/").content == b'<meta name="cordee-demo" content="1" />'


@pytest.mark.parametrize("address", ["/api/nothing", "/assets/nothing.js", "/_allauth/nothing"])
def test_what_does_not_exist_is_a_code_and_not_the_page(client: Client, page: Path, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "detail": ""})


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000"])
def test_addresses_of_this_machine_lead_to_its_name(client: Client, host: str) -> None:
    answer = client.get("/cercles?x=1", headers={"host": host})
    assert (answer.status_code, answer["Location"]) == (307, "http://localhost:8000/cercles?x=1")


def test_another_host_is_refused(client: Client) -> None:
    assert client.get("/", headers={"host": "elsewhere.example"}).json()["code"] == "bad_input"


class TestErrors:
    pytestmark = pytest.mark.urls(__name__)

    def test_an_error_of_a_room_is_its_code(self, client: Client) -> None:
        answer = client.get("/api/test/refused")
        assert (answer.status_code, answer.json()["code"]) == (409, "bad_signature")

    @pytest.mark.parametrize("body", [f'{{"name": ["{CANARY}"]}}', "{", f'{{"other": "{CANARY}"}}'])
    def test_bad_input_says_where_and_never_what(self, client: Client, body: str) -> None:
        answer = client.post("/api/test/echo", body, content_type="application/json")
        assert answer.json()["code"] == "bad_input"
        assert answer.status_code in (400, 422)
        assert CANARY not in answer.content.decode()

    def test_an_unknown_error_is_internal_and_its_text_is_nowhere(self, client: Client, log_lines: list[str]) -> None:
        answer = client.post("/api/test/echo", json.dumps({"name": CANARY}), content_type="application/json")
        assert (answer.status_code, answer.json()) == (500, {"code": "internal", "detail": ""})
        assert any('"http.failed"' in line and '"ValueError"' in line for line in log_lines)
        assert CANARY not in "".join(log_lines)


def test_what_libraries_log_is_cut_to_one_line_and_exceptions_to_their_places(log_lines: list[str]) -> None:
    try:
        raise KeyError(CANARY)
    except KeyError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved\nfuture: %s", CANARY)
    (line,) = log_lines
    record = json.loads(line)
    assert record["event"] == "Task exception was never retrieved"
    assert record["error"] == ["KeyError"]
    assert record["at"][0].startswith(__file__)
    assert CANARY not in line


class TestProbes:
    @pytest.mark.django_db
    def test_health_is_known_by_any_host_name(self, client: Client) -> None:
        assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200

    @pytest.mark.django_db
    def test_health_fails_without_redis(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("config.probes._redis_answers", lambda: False)
        assert client.get("/healthz").status_code == 503

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("source", "forwarded", "status"),
        [
            ("127.0.0.1", {}, 200),
            ("::1", {}, 200),
            ("10.0.0.7", {}, 404),
            ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 404),
        ],
    )
    def test_figures_are_for_this_machine(
        self, client: Client, source: str, forwarded: dict[str, str], status: int
    ) -> None:
        answer = client.get("/metrics", REMOTE_ADDR=source, headers=forwarded)
        assert answer.status_code == status
        assert (b"cordee_http_answers_total" in answer.content) == (status == 200)
