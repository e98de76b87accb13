"""Places for bytes: adapters of `assets.ports.BlobStore`."""
