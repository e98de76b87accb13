"""Print the test vectors: ``python -m abtest.vectors > abtest/vectors/assignment.json``."""

import sys

from abtest.vectors import vectors
from abtest.vectors.form import written

sys.stdout.write(written(vectors()))
