"""What /api/v1/openapi.json says is what the API does."""

import pytest

from niangjia.platform.web.rooms import rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def description(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_anybody_may_read_it_and_no_page_from_elsewhere_is_needed(client, description):
    assert description["openapi"].startswith("3.")
    assert client.get("/api/v1/docs").status_code == 404


def test_every_room_with_a_router_is_in_it(description):
    for room in rooms():
        if room.api:
            assert any(path.startswith(f"/api/v1/{room.code}/") for path in description["paths"]), room.code


def test_every_operation_says_what_it_does_and_how_it_refuses(description):
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            refused = operation["responses"]["422"]["content"]["application/json"]["schema"]
            assert refused == {"$ref": "#/components/schemas/Refusal"}, f"{method} {path}"


def test_every_body_refuses_unknown_fields(description):
    schemas = description["components"]["schemas"]
    for path, operations in description["paths"].items():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                schema = schemas.get(body["schema"].get("$ref", "").rsplit("/", 1)[-1], body["schema"])
                assert schema.get("additionalProperties") is False, path
