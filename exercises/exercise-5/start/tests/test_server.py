"""Run on the laptop with pytest; the image does not need it."""

import server


def test_every_row_is_counted():
    assert server.PAGES["/health"] == {"status": "ok", "heard": 10}
