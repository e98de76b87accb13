"""Makes the product's own pictures with Blender's Python module; never imported at run time.

``python -m pipelines.render --help`` is the only entry. Blender is a development-time tool: what
ships is the images and records that these scripts wrote.
"""
