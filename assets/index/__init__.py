"""Places for records: adapters of `assets.ports.Index`."""
