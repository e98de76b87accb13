from tests.studio.commanding import Commands


def test_results_say_how_far_the_counts_go(packshot: Commands) -> None:
    made = packshot(
        "test", "create", "mug", "--variant", "a=https://shop.example/a.webp",
        "--variant", "b=https://shop.example/b.webp",
        "--attribution-days", "2", "--timezone", "Europe/Berlin", "--start", "--json",
    ).data  # fmt: skip
    assert (made["options"]["attribution_days"], made["options"]["timezone"]) == (
        2.0, "Europe/Berlin",
    )  # fmt: skip
    raw = {"id": "e", "type": "impression", "unit": "u", "test": made["id"], "variant": "a"}
    assert packshot.shell().events.accept([raw]).accepted == 1
    found = packshot("test", "results", made["id"], "--json").data
    assert (found["fresh"]["waiting"], found["open_impressions"]) == (0, 1)
    (day,) = found["days"]
    assert (day["variant"], day["impressions"], day["closed"]) == ("a", 1, False)
    told = packshot("test", "results", made["id"]).out
    assert "counted up to" in told
    assert "1 impressions are too young to be analysed" in told
