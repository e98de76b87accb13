"""Small varied sets by the thousand, each with its depth, normals, light layers and description."""
