"""What commands draw: a canvas of lines and words, and the pictures that are made on it."""
