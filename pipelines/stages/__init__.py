"""Stages: each maps one frozen state to the next; a kind of image is a tuple of stages."""
