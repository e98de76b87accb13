"""The sample products: each modelled in code, photographed in a room and cut out exactly."""
