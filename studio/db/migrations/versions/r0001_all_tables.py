"""All tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "asset",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "asset_derivation",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recipe_hash", sa.String(length=128), nullable=False),
        sa.Column("source_digest", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["asset.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["source_digest"],
            ["asset.digest"],
        ),
        sa.PrimaryKeyConstraint("digest", "recipe_hash"),
    )
    with op.batch_alter_table("asset_derivation", schema=None) as batch_op:
        batch_op.create_index("asset_derivation_by_recipe", ["recipe_hash"], unique=False)

    op.create_table(
        "asset_rendition",
        sa.Column("original_digest", sa.String(length=64), nullable=False),
        sa.Column("requested_width_px", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["original_digest"],
            ["asset.digest"],
        ),
        sa.PrimaryKeyConstraint("original_digest", "requested_width_px", "media_type"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("queued_s", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("not_before_s", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.String(length=200), nullable=True),
        sa.Column("lease_until_s", sa.Double(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("started_s", sa.Double(), nullable=True),
        sa.Column("finished_s", sa.Double(), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("failure_kind", sa.String(length=200), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("job_next", ["state", "queued_s", "position"], unique=False)

    op.create_table(
        "job_batch",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.Column("cancelled_s", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "job_batch_row",
        sa.Column("batch_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.String(length=128), nullable=True),
        sa.Column("failure_kind", sa.String(length=200), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["job_batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["job.id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "number"),
    )
    with op.batch_alter_table("job_batch_row", schema=None) as batch_op:
        batch_op.create_index("job_batch_row_by_job", ["job_id"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("former_sha256", sa.String(length=64), nullable=True),
        sa.Column("former_until_s", sa.Float(precision=53), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("per_s", sa.Float(precision=53), nullable=True),
        sa.Column("created_s", sa.Float(precision=53), nullable=False),
        sa.Column("revoked_s", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "archive_file",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("written_s", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("archive_file", schema=None) as batch_op:
        batch_op.create_index("archive_file_by_number", ["first"], unique=False)

    op.create_table(
        "archive_left",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("since_s", sa.Float(precision=53), nullable=False),
        sa.Column("removing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.Float(precision=53), nullable=False),
        sa.Column("who", sa.String(length=256), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("audit_by_subject", ["kind", "subject"], unique=False)

    op.create_table(
        "event_chunk",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("received_s", sa.Float(precision=53), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "number"),
        postgresql_partition_by="RANGE (day)",
    )
    with op.batch_alter_table("event_chunk", schema=None) as batch_op:
        batch_op.create_index("event_chunk_by_number", ["number"], unique=False)

    op.create_table(
        "event_id",
        sa.Column(
            "digest",
            sa.LargeBinary(length=16).with_variant(sa.Uuid(as_uuid=False), "postgresql"),
            nullable=False,
        ),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_reader",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "event_waiting",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("received_s", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "excluded_day",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=256), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("test_id", "unit", "day"),
    )
    with op.batch_alter_table("excluded_day", schema=None) as batch_op:
        batch_op.create_index("excluded_day_by_day", ["day"], unique=False)

    op.create_table(
        "excluded_unit",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=256), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=256), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("test_id", "unit"),
    )
    op.create_table(
        "exposure",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=256), nullable=False),
        sa.Column("history", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("test_id", "unit"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "image_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("made_s", sa.Float(precision=53), nullable=False),
        sa.Column("from_s", sa.Float(precision=53), nullable=False),
        sa.Column("until_s", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "item",
        sa.Column("item", sa.String(length=256), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_table(
        "layer",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("at_s", sa.Float(precision=53), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("notice_by_time", ["at_s"], unique=False)

    op.create_table(
        "test_count",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("conversions", sa.BigInteger(), nullable=False),
        sa.Column("value_micros", sa.BigInteger(), nullable=False),
        sa.Column("value_squares", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("test_id", "segment", "variant", "period", "day"),
    )
    op.create_table(
        "test_delay",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("bin", sa.Integer(), nullable=False),
        sa.Column("conversions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("test_id", "variant", "day", "bin"),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("created_s", sa.Float(precision=53), nullable=False),
        sa.Column("ended_s", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "layer_slice",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("layer", sa.String(length=64), nullable=False),
        sa.Column("ranges", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer"],
            ["layer.name"],
        ),
        sa.PrimaryKeyConstraint("test_id"),
    )
    with op.batch_alter_table("layer_slice", schema=None) as batch_op:
        batch_op.create_index("layer_slice_by_layer", ["layer"], unique=False)

    op.create_table(
        "notice_delivery",
        sa.Column("notice_id", sa.String(length=64), nullable=False),
        sa.Column("webhook_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before_s", sa.Float(precision=53), nullable=False),
        sa.Column("changed_s", sa.Float(precision=53), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhook.id"],
        ),
        sa.PrimaryKeyConstraint("notice_id", "webhook_id"),
    )
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.create_index("notice_delivery_by_webhook", ["webhook_id"], unique=False)
        batch_op.create_index("notice_delivery_next", ["state", "not_before_s"], unique=False)

    op.create_table(
        "tenant",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_s", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "test",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("control", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("created_s", sa.Float(precision=53), nullable=False),
        sa.Column("started_s", sa.Float(precision=53), nullable=True),
        sa.Column("ended_s", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.item"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("test", schema=None) as batch_op:
        batch_op.create_index("test_by_item", ["item"], unique=False)
        batch_op.create_index("test_by_state", ["state"], unique=False)

    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=True),
        sa.Column("variant", sa.String(length=64), nullable=False),
        sa.Column("by_verdict", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=256), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Float(precision=53), nullable=False),
        sa.Column("undone_s", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["test.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("promotion", schema=None) as batch_op:
        batch_op.create_index("promotion_by_test", ["test_id"], unique=False)

    op.create_table(
        "test_period",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_s", sa.Float(precision=53), nullable=False),
        sa.Column("ended_s", sa.Float(precision=53), nullable=True),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("segment_weights", sa.JSON(), nullable=False),
        sa.Column("after_promotion", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["test.id"],
        ),
        sa.PrimaryKeyConstraint("test_id", "number"),
    )
    op.create_table(
        "test_segment",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["test.id"],
        ),
        sa.PrimaryKeyConstraint("test_id", "position"),
    )
    op.create_table(
        "test_variant",
        sa.Column("test_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("dropped_s", sa.Float(precision=53), nullable=True),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["test.id"],
        ),
        sa.PrimaryKeyConstraint("test_id", "position"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("test_variant")
    op.drop_table("test_segment")
    op.drop_table("test_period")
    with op.batch_alter_table("promotion", schema=None) as batch_op:
        batch_op.drop_index("promotion_by_test")

    op.drop_table("promotion")
    with op.batch_alter_table("test", schema=None) as batch_op:
        batch_op.drop_index("test_by_state")
        batch_op.drop_index("test_by_item")

    op.drop_table("tenant")
    op.drop_table("test")
    with op.batch_alter_table("notice_delivery", schema=None) as batch_op:
        batch_op.drop_index("notice_delivery_next")
        batch_op.drop_index("notice_delivery_by_webhook")

    op.drop_table("notice_delivery")
    with op.batch_alter_table("layer_slice", schema=None) as batch_op:
        batch_op.drop_index("layer_slice_by_layer")

    op.drop_table("layer_slice")
    op.drop_table("webhook")
    op.drop_table("test_delay")
    op.drop_table("test_count")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("notice_by_time")

    op.drop_table("notice")
    op.drop_table("layer")
    op.drop_table("item")
    op.drop_table("image_key")
    op.drop_table("feed_version")
    op.drop_table("exposure")
    op.drop_table("excluded_unit")
    with op.batch_alter_table("excluded_day", schema=None) as batch_op:
        batch_op.drop_index("excluded_day_by_day")

    op.drop_table("excluded_day")
    op.drop_table("event_waiting")
    op.drop_table("event_reader")
    op.drop_table("event_id")
    with op.batch_alter_table("event_chunk", schema=None) as batch_op:
        batch_op.drop_index("event_chunk_by_number")

    op.drop_table("event_chunk")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("audit_by_subject")

    op.drop_table("audit")
    op.drop_table("archive_left")
    with op.batch_alter_table("archive_file", schema=None) as batch_op:
        batch_op.drop_index("archive_file_by_number")

    op.drop_table("archive_file")
    op.drop_table("api_key")
    with op.batch_alter_table("job_batch_row", schema=None) as batch_op:
        batch_op.drop_index("job_batch_row_by_job")

    op.drop_table("job_batch_row")
    op.drop_table("job_batch")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("job_next")

    op.drop_table("job")
    op.drop_table("asset_rendition")
    with op.batch_alter_table("asset_derivation", schema=None) as batch_op:
        batch_op.drop_index("asset_derivation_by_recipe")

    op.drop_table("asset_derivation")
    op.drop_table("asset")
