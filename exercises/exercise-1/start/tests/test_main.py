"""Run on the laptop with pytest; the image does not need it."""

from fastapi.testclient import TestClient

from main import app


def test_health_counts_the_readings():
    answer = TestClient(app).get("/health").json()
    assert answer == {"status": "ok", "readings": 48}
