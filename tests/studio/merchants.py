"""An installation with two tenants, each with something of everything, behind a real server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from pipelines import BUILT_IN
from studio.api.services import Services
from studio.bootstrap.databases import METADATA
from studio.bootstrap.server import api_services
from studio.bootstrap.shell import Shell, open_shell
from studio.db.engine import reading
from studio.settings import Settings
from tests.studio.serving import photo, running, upload


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """A tenant, and the ids and names of what they have."""

    name: str
    shell: Shell
    secret: str
    public: str
    known: dict[str, str]

    @property
    def marks(self) -> set[str]:
        """What nobody else may ever be shown."""
        own = {"digest", "test", "batch", "webhook", "name", "key", "variant", "unit", "hook_url"}
        return {self.known[name] for name in own} | {f"/of/{self.name}/"}

    def state(self) -> dict[str, Any]:
        """All rows of the database, and all files but those that a server writes by itself."""
        found: dict[str, Any] = {}
        with reading(self.shell.engine) as connection:
            for table in (table for part in METADATA for table in part.sorted_tables):
                rows = connection.execute(select(table)).all()
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
        home = self.shell.settings.home_dir
        found["files"] = sorted(
            (str(file.relative_to(home)), file.stat().st_size)
            for folder in ("assets", "templates", "persons", "brands")
            for file in (home / folder).rglob("*")
            if file.is_file()
        )
        return found


@dataclass(frozen=True, kw_only=True)
class Mall:
    """A running server with its tenants."""

    url: str
    services: Services
    shell: Shell
    root_secret: str
    alpha: Merchant
    beta: Merchant

    def client(self, secret: str | None) -> httpx.Client:
        """A client that bears a key, or none."""
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@contextmanager
def mall(folder: Path, *, url: str = "") -> Iterator[Mall]:
    """Serve two tenants, alpha and beta. Nothing but requests changes what they have."""
    settings = Settings(
        home=folder, database_url=url, workers=1, webhook_private_hosts=True, stream_url=""
    )
    shell = open_shell(settings)
    for name in ("alpha", "beta"):
        shell.tenants.create(name)
        _own_template(settings.of_tenant(name).home_dir / "templates" / f"{name}-scene")
    made = shell.keys.create(name="root", scopes=["decide", "events", "manage"])
    services = replace(api_services(shell), executor=None, scheduler=None)
    with running(services) as address:
        alpha, beta = (
            _stocked(address, open_shell(settings.of_tenant(name), beside=shell), seed=seed)
            for seed, name in enumerate(("alpha", "beta"))
        )
        yield Mall(
            url=address,
            services=services,
            shell=shell,
            root_secret=made.secret,
            alpha=alpha,
            beta=beta,
        )
    for each in (alpha.shell, beta.shell, shell):
        each.engine.dispose()


def _stocked(address: str, shell: Shell, *, seed: int) -> Merchant:
    """Give a tenant something of everything, by their own key."""
    name = shell.settings.tenant
    secret = shell.keys.create(name=f"{name} all", scopes=["decide", "events", "manage"]).secret
    public = shell.keys.create(name=f"{name} page", scopes=["public"]).secret
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        digest = upload(client, photo(seed=seed))
        item, unit, hook = f"{name}-mug", f"{name}-shopper", f"http://127.0.0.1:9/{name}-hook"
        variants = [{"name": f"{name}-{one}", "image": digest} for one in ("one", "two")]
        test = _sent(client, "/v1/tests", {"item": item, "variants": variants})["id"]
        _sent(client, f"/v1/tests/{test}/start")
        webhook = _sent(client, "/v1/webhooks", {"url": hook})["id"]
        recipe = {"kind": "white", "source": digest}
        batch = _sent(client, "/v1/batches", {"recipes": [recipe]})["id"]
        decided = _sent(client, "/v1/decide", {"unit": unit, "items": [item]})["decisions"][0]
        event = {
            "id": f"{name}-event",
            "type": "impression",
            "unit": unit,
            "item": item,
            "test": test,
            "variant": decided["variant"],
            "ts": time.time(),
        }
        assert _sent(client, "/v1/events", {"events": [event]})["accepted"] == 1
        bot = {"unit": f"{name}-bot", "excluded": True, "reason": "a bot"}
        _sent(client, f"/v1/tests/{test}/traffic", bot)
    shell.events.counter.settle()
    known = {
        "digest": digest,
        "test": test,
        "batch": batch,
        "webhook": webhook,
        "name": f"{name}-scene",
        "key": item,
        "variant": str(decided["variant"]),
        "unit": unit,
        "hook_url": hook,
        "image": str(decided["image"]),
    }
    return Merchant(name=name, shell=shell, secret=secret, public=public, known=known)


def _own_template(folder: Path) -> None:
    shutil.copytree(BUILT_IN / "bathroom", folder)
    (told,) = folder.glob("*.toml")
    told.write_text(told.read_text().replace('name = "bathroom"', f'name = "{folder.name}"'))


def _sent(client: httpx.Client, path: str, body: Any = None) -> Any:
    answer = client.post(path, json=body)
    assert answer.is_success, (path, answer.text)
    return answer.json()
