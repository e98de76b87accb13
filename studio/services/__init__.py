"""Use cases: what a designer, a merchant and the feed can ask for."""
