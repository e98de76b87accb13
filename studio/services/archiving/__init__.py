"""Raw events kept for good: Parquet files in the asset store, listed in the database."""
