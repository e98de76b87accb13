"""One module per scene template, named as it is (``_`` for ``-``), with the value ``PLATE``."""
