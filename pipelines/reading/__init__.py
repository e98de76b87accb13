"""Text on pictures: where it stands and what it says."""
