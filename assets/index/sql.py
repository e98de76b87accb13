"""Records of assets in SQLite or PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Engine, Row, Table, select
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from assets.index.tables import ASSET, DERIVATION, METADATA, RENDITION
from assets.keys import check_digest
from assets.model import Asset, AssetKind, AssetRecord, Derivation, Rendition


def create_schema(engine: Engine) -> None:
    """Make the tables that are not there yet; those that are stay as they are."""
    METADATA.create_all(engine)


class SqlIndex:
    """An `Index` over an engine that the caller opened and closes. The schema must exist."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, asset: Asset, *, kind: AssetKind, created_s: float, derivation: Derivation | None
    ) -> None:
        """Record an asset once, and each of its derivations once; as `Index.add`."""
        with self._engine.begin() as connection:
            connection.execute(
                self._insert(ASSET)
                .values(
                    digest=asset.digest,
                    media_type=asset.media_type,
                    width_px=asset.width_px,
                    height_px=asset.height_px,
                    size_bytes=asset.size_bytes,
                    kind=kind,
                    created_s=created_s,
                )
                .on_conflict_do_nothing()
            )
            if derivation is None:
                return
            connection.execute(
                self._insert(DERIVATION)
                .values(
                    digest=asset.digest,
                    recipe_hash=derivation.recipe_hash,
                    source_digest=derivation.source_digest,
                    recipe=dict(derivation.recipe),
                    report=dict(derivation.report),
                    created_s=created_s,
                )
                .on_conflict_do_nothing()
            )

    def find(self, digest: str) -> AssetRecord | None:
        """The record of an asset, or None."""
        check_digest(digest)
        with self._engine.connect() as connection:
            row = connection.execute(select(ASSET).where(ASSET.c.digest == digest)).first()
            if row is None:
                return None
            derivations = connection.execute(
                select(DERIVATION)
                .where(DERIVATION.c.digest == digest)
                .order_by(DERIVATION.c.created_s, DERIVATION.c.recipe_hash)
            ).all()
        return AssetRecord(
            asset=_asset(row),
            kind=row.kind,
            created_s=row.created_s,
            derivations=tuple(_derivation(each) for each in derivations),
        )

    def find_output(self, recipe_hash: str) -> AssetRecord | None:
        """The newest asset that this recipe made, or None."""
        newest = (
            select(DERIVATION.c.digest)
            .where(DERIVATION.c.recipe_hash == recipe_hash)
            .order_by(DERIVATION.c.created_s.desc(), DERIVATION.c.digest)
            .limit(1)
        )
        with self._engine.connect() as connection:
            digest = connection.execute(newest).scalar_one_or_none()
        return None if digest is None else self.find(digest)

    def add_rendition(self, rendition: Rendition, *, width_px: int, created_s: float) -> None:
        """Remember a rendition; a later one takes the place of one whose bytes were lost."""
        asset = rendition.asset
        found = {
            "digest": asset.digest,
            "width_px": asset.width_px,
            "height_px": asset.height_px,
            "size_bytes": asset.size_bytes,
            "created_s": created_s,
        }
        with self._engine.begin() as connection:
            connection.execute(
                self._insert(RENDITION)
                .values(
                    original_digest=rendition.original_digest,
                    requested_width_px=width_px,
                    media_type=asset.media_type,
                    **found,
                )
                .on_conflict_do_update(index_elements=list(RENDITION.primary_key), set_=found)
            )

    def find_rendition(self, digest: str, *, width_px: int, media_type: str) -> Rendition | None:
        """The rendition of this width and media type, or None."""
        wanted = select(RENDITION).where(
            RENDITION.c.original_digest == check_digest(digest),
            RENDITION.c.requested_width_px == width_px,
            RENDITION.c.media_type == media_type,
        )
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else Rendition(original_digest=digest, asset=_asset(row))

    def _insert(self, table: Table) -> SqliteInsert | PostgresqlInsert:
        """An insert that can say what happens to an existing row, in this database's words."""
        if self._engine.dialect.name == "postgresql":
            return PostgresqlInsert(table)
        return SqliteInsert(table)


def _asset(row: Row[tuple[object, ...]]) -> Asset:
    return Asset(
        digest=row.digest,
        media_type=row.media_type,
        width_px=row.width_px,
        height_px=row.height_px,
        size_bytes=row.size_bytes,
    )


def _derivation(row: Row[tuple[object, ...]]) -> Derivation:
    return Derivation(
        source_digest=row.source_digest,
        recipe_hash=row.recipe_hash,
        recipe=row.recipe,
        report=row.report,
    )
