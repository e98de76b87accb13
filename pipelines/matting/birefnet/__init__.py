"""BiRefNet in plain torch, for weights in their published form."""
