"""Who may ask: keys, what signs the addresses of images, and tenants."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Float,
    Integer,
    String,
    Table,
)

from studio.db.tables.metadata import METADATA

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("former_sha256", String(64)),
    Column("former_until_s", Float(53)),
    Column("scopes", JSON, nullable=False),
    Column("per_s", Float(53)),
    Column("created_s", Float(53), nullable=False),
    Column("revoked_s", Float(53)),
)
"""Secrets are kept as hashes. A rotated key's former secret opens until `former_until_s`."""

IMAGE_KEY = Table(
    "image_key",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("secret", String(64), nullable=False),
    Column("made_s", Float(53), nullable=False),
    Column("from_s", Float(53), nullable=False),
    Column("until_s", Float(53)),
)
"""What signs images' addresses. The newest whose `from_s` has come signs, and each one opens what
it has signed up to `until_s`: servers of all machines must agree, so that it is kept here."""

TENANT = Table(
    "tenant",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("created_s", Float(53), nullable=False),
)
"""Who has a database, or a schema, of their own beside this one; in those it is empty."""
