"""From a photo to a cutout: models find the product, arithmetic frees its edge."""
