"""`packshot tenants`, and other commands with a tenant named."""

import json
import shutil
from pathlib import Path

import pytest

from assets import AssetNotFound
from studio.bootstrap.shell import open_shell
from studio.db.leadership import leadership_of
from studio.settings import Settings
from tests.studio.commanding import Commands, picture


@pytest.fixture(scope="module")
def home_of_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with two tenants, to be copied: tables take long to make."""
    home = tmp_path_factory.mktemp("two")
    shell = open_shell(Settings(home=home, database_url=""))
    for name in ("acme", "bolt"):
        shell.tenants.create(name)
    shell.engine.dispose()
    return home


@pytest.fixture
def two(home_of_two: Path, tmp_path: Path, packshot: Commands) -> Commands:
    """An installation with two tenants."""
    shutil.copytree(home_of_two, tmp_path, dirs_exist_ok=True)
    return packshot


def make_test(packshot: Commands, tenant: str, item: str) -> str:
    home = Path(packshot("db", "path").out).parent
    images = {name: picture(home / f"{name}.png", name) for name in ("red", "blue")}
    variants = [word for name, file in images.items() for word in ("--variant", f"{name}={file}")]
    said = packshot("--tenant", tenant, "test", "create", item, *variants, "--json")
    assert said.code == 0, said.err
    return str(said.data["id"])


def test_tenants_are_made_once_and_listed(packshot: Commands) -> None:
    two = packshot
    for name in ("acme", "bolt"):
        assert two("tenants", "create", name).code == 0
    assert [one["name"] for one in two("tenants", "list", "--json").data] == ["acme", "bolt"]
    assert "is there already" in two("tenants", "create", "acme").error
    for name in ("Acme", "../acme", "a_b", "", "9acme", "a" * 41):
        assert "a small letter" in two("tenants", "create", name).error, name
    assert [one["name"] for one in two("tenants", "list", "--json").data] == ["acme", "bolt"]


def test_a_removed_tenant_is_served_no_longer_and_loses_nothing_but_keys(two: Commands) -> None:
    test = make_test(two, "acme", "mug")
    made = two("keys", "create", "--tenant", "acme", "--scope", "manage", "--json").data
    assert two("--tenant", "acme", "test", "start", test).code == 0
    assert "a test is running" in two("tenants", "remove", "acme").error
    assert [one["name"] for one in two("tenants", "list", "--json").data] == ["acme", "bolt"]
    snapshot = Path("tenants", "acme", "snapshot.json")  # commands are typed in the home folder
    snapshot.touch()
    gone = two("tenants", "remove", "acme", "--yes", "--json").data
    assert not snapshot.exists()  # which a server whose database is away would serve
    assert gone["keys_ended"] == [made["id"]]
    assert (Path(gone["kept"]) / "packshot.sqlite").exists()
    assert [one["name"] for one in two("tenants", "list", "--json").data] == ["bolt"]
    for words in (("--tenant", "acme", "test", "list"), ("tenants", "remove", "acme")):
        assert "no tenant 'acme'" in two(*words).error
    assert two("tenants", "create", "acme").code == 0
    assert [one["id"] for one in two("--tenant", "acme", "test", "list", "--json").data] == [test]
    (key,) = two("--tenant", "acme", "keys", "list", "--json").data
    assert key["revoked_s"] is not None
    said = two("tenants", "remove", "bolt")
    assert "removed, 0 keys ended" in said.out
    assert "runs open" not in said.err
    assert "runs open now" in two("tenants", "remove", "acme", "--yes").err


def test_a_name_that_nobody_has_is_refused_everywhere(two: Commands) -> None:
    for words in (("test", "list"), ("keys", "list"), ("db", "status"), ("batch", "status", "b1")):
        assert "no tenant 'nobody'" in two("--tenant", "nobody", *words).error
    two.set("PACKSHOT_TENANT", "../acme")
    assert "PACKSHOT_TENANT" in two("test", "list").error


def test_commands_see_the_tests_of_the_tenant_that_is_named_and_no_others(two: Commands) -> None:
    test = make_test(two, "acme", "mug")
    for words in (
        ("test", "status", test),
        ("test", "start", test),
        ("test", "stop", test),
        ("test", "promote", test, "--variant", "red", "--reason", "mine"),
        ("test", "results", test),
        ("test", "audit", test),
    ):
        assert two("--tenant", "acme", *words).err.count("no test") == 0, words
        said = two("--tenant", "bolt", *words)
        assert (said.code, "no test" in said.err) == (1, True), (words, said)
    assert "no test" in two("test", "status", test).error
    assert two("--tenant", "bolt", "test", "list", "--json").data == []
    assert two("test", "list", "--json").data == []
    two.set("PACKSHOT_TENANT", "acme")
    assert [one["id"] for one in two("test", "list", "--json").data] == [test]


def test_keys_are_their_tenants(two: Commands) -> None:
    made = two("keys", "create", "--tenant", "acme", "--scope", "manage", "--json").data
    assert made["secret"].startswith(f"packshot_acme.{made['id']}_")
    listed = {
        tenant: [key["id"] for key in two("keys", "list", "--tenant", tenant, "--json").data]
        for tenant in ("acme", "bolt")
    }
    assert listed == {"acme": [made["id"]], "bolt": []}
    assert two("keys", "list", "--json").data == []
    for words in (("revoke", made["id"]), ("rotate", made["id"])):
        assert "no key" in two("keys", *words, "--tenant", "bolt").error
        assert "no key" in two("keys", *words).error
    assert two("keys", "revoke", made["id"], "--tenant", "acme").code == 0
    assert two("keys", "rotate-images", "--tenant", "acme").code == 0
    acts = {
        tenant: [
            one["action"] for one in two("audit", "--kind", "key", "--kind", "image_key",
                                         "--tenant", tenant, "--json").data
        ]
        for tenant in ("acme", "bolt")
    }  # fmt: skip
    assert acts == {"acme": ["rotate", "revoke", "create"], "bolt": []}


def test_a_tenant_may_be_named_before_a_command_and_after_it(two: Commands) -> None:
    test = make_test(two, "acme", "mug")
    for words in (
        ("--tenant", "acme", "test", "list", "--json"),
        ("test", "--tenant", "acme", "list", "--json"),
        ("test", "list", "--json", "--tenant=acme"),
        ("--tenant", "bolt", "test", "list", "--json", "--tenant", "acme"),
    ):
        assert [one["id"] for one in two(*words).data] == [test], words
    assert "for all tenants" in two("worker", "--tenant", "acme").err
    assert two("test", "list", "--tenant").code == 2


def test_a_server_is_for_all_tenants_at_once(two: Commands) -> None:
    for words in (("serve",), ("worker",), ("scheduler",), ("tenants", "list")):
        said = two("--tenant", "acme", *words)
        assert (said.code, "for all tenants" in said.err) == (1, True), words


def test_an_installation_with_tenants_is_open_to_nobody_without_a_key(two: Commands) -> None:
    said = two("keys", "list").out
    assert two.shell().keys.any_in_force()
    assert "answers nobody" in said
    assert "answers nobody" in two("--tenant", "acme", "keys", "list").out


def test_all_databases_are_brought_up_and_copied_and_each_is_put_back(two: Commands) -> None:
    kept = make_test(two, "acme", "mug")
    assert set(two("db", "upgrade", "--json").data["tenants"]) == {"acme", "bolt"}
    made = two("db", "backup", "shop.sqlite", "--json").data
    assert made["tenants"]["acme"]["file"] == "shop.of-acme.sqlite"
    assert made["tenants"]["acme"]["assets"].endswith("tenants/acme/assets")
    make_test(two, "acme", "shoe")
    back = two("--tenant", "acme", "db", "restore", "shop.of-acme.sqlite", "--yes")
    assert back.code == 0, back.err
    tests = json.loads(two("--tenant", "acme", "test", "list", "--json").out)
    assert [test["id"] for test in tests] == [kept]
    assert [one["name"] for one in two("tenants", "list", "--json").data] == ["acme", "bolt"]


def test_a_damaged_database_is_named_and_keeps_nothing_from_the_other_tenants(
    two: Commands,
) -> None:
    home = Path(two("db", "path").out.strip()).parent
    damaged = home / "tenants" / "acme" / "packshot.sqlite"
    damaged.write_bytes(b"no database at all" * 1000)
    for words in (("upgrade",), ("backup", "shop.sqlite")):
        said = two("db", *words, "--json")
        assert said.code == 1
        assert set(said.data["tenants"]) == {"bolt"}, words
        assert "tenant acme: database" in said.error
        assert str(damaged) in said.error
        assert set(said.data["failed"]) == {"acme"}
    assert Path("shop.of-bolt.sqlite").exists()


def test_a_tenants_database_is_not_put_back_under_a_running_server(two: Commands) -> None:
    two("db", "backup", "shop.sqlite")
    two("tenants", "list")
    lead = leadership_of(two.shell().engine)
    assert lead.hold()
    try:
        said = two("--tenant", "acme", "db", "restore", "shop.of-acme.sqlite", "--yes")
    finally:
        lead.release()
    assert "stop that first" in said.error


def test_tenants_images_lie_apart(two: Commands) -> None:
    two("tenants", "list")
    home = two.shell().settings.root_dir
    photo = picture(home / "mug.png", "red").read_bytes()
    two("--tenant", "acme", "test", "list")
    digest = two.shell().store.put(photo).digest
    assert list((home / "tenants" / "acme" / "assets").rglob(f"{digest}*"))
    for words in (("--tenant", "bolt"), ()):
        two(*words, "test", "list")
        with pytest.raises(AssetNotFound):
            two.shell().store.record(digest)
