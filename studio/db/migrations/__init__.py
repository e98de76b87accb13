"""Steps from one schema of the database to the next, run by Alembic.

A new step is drafted from the difference between the newest one and the tables of the code:
``python -m studio.cli.draft_migration "what it is for"``, then read, and `HEAD` moved to it.
"""

from typing import Final

HEAD: Final = "0001"
"""The newest step: what the tables of the code are. A test holds the two together."""
