"""Places English sentences of like meaning near each other, with plain arithmetic and no GPU."""

from pipelines.sentence.minilm import MiniLm
from pipelines.sentence.tensors import TensorsUnreadable, read_tensors
from pipelines.sentence.wordpiece import WordPiece

__all__ = ["MiniLm", "TensorsUnreadable", "WordPiece", "read_tensors"]
