"""A body for any operation, made from its description in OpenAPI: well formed, and about nothing.

Used by the access matrix: what an operation answers to such a body says whether the gate was passed. An operation whose
rights are only asked after its content was looked at has a body in `tests/access_world.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from uuid_utils.compat import uuid7

from config.api import api
from tests import factories
from tests.chat_people import shown_patient

Json = dict[str, Any]
_FORMATS: Final[Mapping[str, Callable[[], str]]] = {
    "uuid": lambda: str(uuid7()),
    "date": lambda: "2026-01-12",
    "date-time": lambda: "2036-01-12T09:00:00Z",
    "email": lambda: "quelqu-un@cordee.example",
}
# Shapes whose fields have to fit together.
_SHAPES: Final[Mapping[str, Callable[[], Any]]] = {"PatientIn": lambda: shown_patient(factories.a_patient())}


class Description:
    """The API's OpenAPI document."""

    def __init__(self) -> None:
        self._document: Json = api.get_openapi_schema()

    def body(self, method: str, path: str) -> Any:
        """None for an operation without a JSON body."""
        said = self._operation(method, path).get("requestBody")
        return None if said is None else self._any(said["content"]["application/json"]["schema"])

    def query(self, method: str, path: str) -> dict[str, str]:
        """What has to stand behind the question mark."""
        return {
            each["name"]: str(self._any(each["schema"]))
            for each in self._operation(method, path).get("parameters", [])
            if each["in"] == "query" and each.get("required")
        }

    def _operation(self, method: str, path: str) -> Json:
        operation: Json = self._document["paths"][path][method.lower()]
        return operation

    def _any(self, schema: Json) -> Any:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return _SHAPES[name]() if name in _SHAPES else self._any(self._document["components"]["schemas"][name])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema or "oneOf" in schema:
            return self._any((schema.get("anyOf") or schema["oneOf"])[0])
        match schema.get("type"):
            case "object":
                shown = schema.get("properties", {})
                return {name: self._any(shown[name]) for name in schema.get("required", [])}
            case "array":
                return [self._any(schema["items"]) for _ in range(schema.get("minItems", 0))]
            case "string":
                # Text, and base64 as well.
                made = _FORMATS.get(schema.get("format", ""))
                return made() if made else "A" * (-(-schema.get("minLength", 1) // 4) * 4)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return False
            case _:
                return None
