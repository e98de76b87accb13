"""The composition root: the one place where engines, database and settings meet.

Each module wires one part; `shell` puts together what every entry point may use, `server` and
`duties` what processes that stay up do with it. An entry point imports the part that it needs:
nothing is gathered here, because a command that checks an image should not load a server.
"""
