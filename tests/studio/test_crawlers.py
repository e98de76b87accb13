import pytest

from studio.services.crawlers import crawler_name

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    "agent",
    [
        SAFARI,
        CHROME,
        CHROME.replace("SM-S918B", "CUBOT X30"),
        f"{SAFARI} Instagram 312.0 (iPhone14,3; iOS 17_1)",
        f"{CHROME} MicroMessenger/8.0.50",
        "",
        "Shop/4.2 (our own app)",
    ],
)
def test_people_are_no_crawlers(agent: str) -> None:
    assert crawler_name(agent) is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)", "GPTBot"),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), "HeadlessChrome"),
        ("curl/8.9.1", "curl"),
    ],
)
def test_crawlers_are_known_by_name(agent: str, name: str) -> None:
    assert crawler_name(agent) == name


def test_endless_agents_are_cut() -> None:
    assert crawler_name("x" * 1_000_000) is None
