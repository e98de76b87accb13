"""Settings: read once at start from ``PACKSHOT_*`` variables or ``packshot.toml``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_MOST_WORKERS_UNASKED = 4
"""Each holds a photo and its cutout, some hundred MB at 2,000 px: more are for who asks."""


TENANT_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
"""It stands in keys, addresses of images, names of folders and of schemas."""


class SettingsInvalid(Exception):
    """A variable or a line of ``packshot.toml`` cannot be used."""


class Settings(BaseSettings):
    """What an installation can choose; every field has a default that needs no set-up."""

    model_config = SettingsConfigDict(
        env_prefix="PACKSHOT_", toml_file="packshot.toml", frozen=True, extra="forbid"
    )

    home: Path = Field(
        default=Path("~/.packshot"),
        description="The one folder of the embedded database, assets, models and logs.",
    )
    tenant: str = Field(
        default="",
        pattern=f"^({TENANT_NAME})?$",
        description="Whose tests, images and keys commands are about, where several merchants "
        "share an installation (`packshot tenants`); empty: the installation's own.",
    )
    database_url: str = Field(
        default="",
        description="An SQLAlchemy URL, such as postgresql+psycopg://user@host/db; "
        "empty: SQLite in the home folder.",
    )
    assets_url: str = Field(
        default="",
        description="Bucket of S3, or of what speaks its language, that holds images and archived "
        "events, for servers on several machines: s3://bucket/prefix, with ?endpoint=https://host "
        "for others than Amazon's; keys of access as AWS's own tools find them. Empty: 'assets' in "
        "the home folder.",
    )
    models_dir: Path | None = Field(
        default=None, description="Folder of pulled weights; empty: 'models' in the home folder."
    )
    c2pa_cert: Path | None = Field(
        default=None,
        description="PEM file of the certificate chain that signs content credentials, signer "
        "first; empty: one made for this installation, in the home folder.",
    )
    c2pa_key: Path | None = Field(
        default=None, description="PEM file of that certificate's private key (EC P-256, PKCS 8)."
    )
    blender_python: Path | None = Field(
        default=None,
        description="Python interpreter with Blender's module (bpy), to render .glb and .gltf "
        "models; empty: this one, where it has the module.",
    )
    clothes_parser: Path | None = Field(
        default=None,
        description="Your own network that tells garments from their wearer, for swaps: the "
        "folder of a SegFormer (config.json, model.safetensors), or an ONNX file of SCHP (LIP or "
        "ATR); empty: colours and the pose tell.",
    )
    presets: Path | None = Field(
        default=None,
        description="File of your own marketplace presets; empty: 'presets.toml' in the home "
        "folder.",
    )
    workers: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Images made at the same time; 0: one per core, four at most.",
    )
    noncommercial: bool = Field(
        default=False,
        description="Say true if nothing that is made here is for commerce: then models may be "
        "used whose licence forbids it.",
    )
    vram_budget_gb: float = Field(
        default=0.0,
        ge=0,
        le=10_000,
        description="What large models may hold of the graphics card's memory together, in GB "
        "(of this computer's, where there is no card); 0: nine tenths of it.",
    )
    lossy: bool = Field(
        default=False,
        description="Say true to paint faster, or with less memory, at the price of pictures that "
        "are not quite the model's own; `packshot models list` says which models can.",
    )
    paint_batch: int = Field(
        default=8,
        ge=1,
        le=32,
        description="Pictures that a graphics card paints at once, where its memory allows; 1 "
        "makes each picture independent of the others to the last bit.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="Where models run: auto takes an NVIDIA GPU where one works, else the "
        "processor, and says which; cuda is refused where there is none, never replaced.",
    )
    stream_url: str = Field(
        default="",
        description="A Valkey (or Redis) that carries events from many servers to few counters, "
        "such as redis://host:6379; it must write to disk (appendonly yes, appendfsync always). "
        "Empty: servers write to the database themselves.",
    )
    images: Literal["public", "signed"] = Field(
        default="public",
        description="Who may fetch the images of the store: public, whoever knows an image's "
        "address, for good; signed, whoever was given its address in the last 24 to 36 hours, or "
        "has a key of scope manage.",
    )
    webhook_private_hosts: bool = Field(
        default=False,
        description="Say true to let webhooks reach this machine and private networks, and to "
        "allow plain http for them.",
    )
    cors_origins: str = Field(
        default="",
        description="Sites whose pages may ask for decisions and send events, as "
        "https://shop.example, with commas between; * for all; empty: the server's own pages.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then variables, then the file in the working folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def root_dir(self) -> Path:
        """The installation's folder, with ``~`` expanded."""
        return self.home.expanduser().resolve()

    @property
    def home_dir(self) -> Path:
        """The home folder: a tenant's own lies within the installation's."""
        return self.root_dir / "tenants" / self.tenant if self.tenant else self.root_dir

    def of_tenant(self, name: str) -> Settings:
        """The same installation's settings for one tenant; empty: for the installation itself."""
        return self.model_copy(update={"tenant": name})

    @property
    def cors_sites(self) -> tuple[str, ...]:
        """The sites of `cors_origins`, as browsers name them."""
        sites = (site.strip().rstrip("/") for site in self.cors_origins.split(","))
        return tuple(site for site in sites if site)

    @property
    def worker_count(self) -> int:
        """Images made at the same time: while one is decoded or encoded, another is matted."""
        return self.workers or min(_MOST_WORKERS_UNASKED, os.cpu_count() or 1)

    @property
    def url(self) -> str:
        """The database to use: a tenant's own file, or a `schema_name` of the same server."""
        own = self.tenant and self.database_url.startswith("sqlite")
        embedded = f"sqlite:///{self.home_dir / 'packshot.sqlite'}"
        return embedded if own else self.database_url or embedded

    @property
    def schema_name(self) -> str | None:
        """Where a tenant's tables are, in a database that has schemas; None: in its first one."""
        has_schemas = self.database_url and not self.database_url.startswith("sqlite")
        named = f"packshot_{self.tenant.replace('-', '_')}"
        return named if self.tenant and has_schemas else None

    @property
    def presets_file(self) -> Path:
        """Where the user's own presets are; it need not be there."""
        return (self.presets or self.home_dir / "presets.toml").expanduser()

    @property
    def weights_dir(self) -> Path:
        """Where pulled weights lie."""
        return (self.models_dir or self.root_dir / "models").expanduser()


def read_settings(**overrides: object) -> Settings:
    """Read the settings; overrides that are None count as not given.

    Raises
    ------
    SettingsInvalid : names the variable and what it may be
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as fault:
        problems = "; ".join(
            f"PACKSHOT_{'_'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
            for one in fault.errors()
        )
        raise SettingsInvalid(f"settings: {problems}") from fault
    except ValueError as fault:
        raise SettingsInvalid(f"packshot.toml: {fault}") from fault
