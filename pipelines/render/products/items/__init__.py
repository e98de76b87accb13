"""One module per sample product; each defines ``SAMPLE``."""
