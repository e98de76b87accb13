"""Image arithmetic on numpy arrays: no model, no network, no storage.

Conventions: sRGB-encoded pictures are uint8 (H, W, 3); linear light and alpha are float32 in
[0, 1]; alpha is straight unless a name says ``premultiplied``; x grows right, y grows down.
"""
