"""HTTP delivery."""
