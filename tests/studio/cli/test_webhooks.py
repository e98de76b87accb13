"""`packshot webhooks`: as a user types it, against a server that hears."""

from tests.studio.commanding import Commands
from tests.studio.hooked import hearing


def test_a_webhook_from_its_addition_to_its_removal(packshot: Commands) -> None:
    packshot.set("PACKSHOT_WEBHOOK_PRIVATE_HOSTS", "true")
    assert "no webhooks" in packshot("webhooks", "list").out
    with hearing() as ear:
        made = packshot("webhooks", "add", ear.url, "--event", "test.created", "--json").data
        assert made["secret"].startswith("whsec_")
        (listed,) = packshot("webhooks", "list", "--json").data
        assert (listed["url"], listed["events"]) == (ear.url, ["test.created"])
        assert "secret" not in listed
        assert ear.url in packshot("webhooks", "list").out
        assert packshot("webhooks", "test", made["id"]).out == "delivered, answered 204\n"
        ear.answers[:] = [500, 500]
        said = packshot("webhooks", "test", made["id"])
        assert (said.code, said.error) == (1, "answered 500")
        assert packshot("webhooks", "test", made["id"], "--json").data["status"] == 500
        test = packshot("test", "create", "mug", "--variant", "a=https://x.example/a",
                        "--variant", "b=https://x.example/b", "--json").data["id"]  # fmt: skip
        (waiting,) = packshot("webhooks", "deliveries", "--json").data
        assert (waiting["type"], waiting["state"], waiting["attempts"]) == (
            "test.created", "waiting", 0,
        )  # fmt: skip
        packshot.shell().webhooks.deliver()
        assert ear.heard[-1].data["data"]["test"] == test
        assert "delivered" in packshot("webhooks", "deliveries", made["id"]).out
        assert "no deliveries" in packshot("webhooks", "deliveries", "--state", "dead").out
        assert packshot("webhooks", "retry", made["id"]).out == "0 deliveries wait again\n"
        assert packshot("webhooks", "retry", made["id"], "--json").data == {"waiting": 0}
        assert "removed" in packshot("webhooks", "remove", made["id"]).out
    assert packshot("webhooks", "list", "--json").data == []
    assert "packshot webhooks list" in packshot("webhooks", "remove", made["id"]).error


def test_private_hosts_need_the_operators_word(packshot: Commands) -> None:
    assert "use https" in packshot("webhooks", "add", "http://127.0.0.1/x").error
    made = packshot("webhooks", "add", "https://127.0.0.1/x", "--json").data
    said = packshot("webhooks", "test", made["id"])
    assert "PACKSHOT_WEBHOOK_PRIVATE_HOSTS" in said.error


def test_an_unknown_event_names_those_there_are(packshot: Commands) -> None:
    said = packshot("webhooks", "add", "https://shop.example/", "--event", "test.exploded")
    assert said.code == 1
    assert "test.rolled_back" in said.error
