"""A thin way to write Blender's shader graphs as expressions."""

from __future__ import annotations

from math import radians
from typing import Any

import bpy

Socket = Any
"""An output of a shader node, or a plain value where a node input takes one."""


class Graph:
    """A material under construction: adds nodes, wires whatever is passed as an input."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.tree = self.material.node_tree
        self.tree.nodes.clear()
        self._output = self.tree.nodes.new("ShaderNodeOutputMaterial")

    def node(
        self, kind: str, inputs: dict[str | int, Socket] | None = None, **options: Any
    ) -> bpy.types.Node:
        """Add a ``ShaderNode<kind>``; ``inputs`` by name or index, ``options`` are its fields."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for field, value in options.items():
            setattr(node, field, value)
        for key, value in (inputs or {}).items():
            self._feed(node.inputs[key], value)
        return node

    def _feed(self, socket: Any, value: Socket) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
            return
        if socket.type == "RGBA" and len(value) == 3:
            value = (*value, 1.0)
        socket.default_value = value

    def place(
        self,
        *,
        scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
        turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
        shift: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Socket:
        """Object coordinates in metres, scaled, turned and shifted."""
        coordinates = self.node("TexCoord").outputs["Object"]
        turn = tuple(radians(angle) for angle in turn_deg)
        mapping = self.node(
            "Mapping",
            {"Vector": coordinates, "Scale": scale, "Rotation": turn, "Location": shift},
        )
        return mapping.outputs["Vector"]

    def noise(
        self,
        vector: Socket,
        scale: float,
        *,
        detail: float = 6.0,
        rough: float = 0.55,
        distortion: float = 0.0,
    ) -> Socket:
        """Fractal noise, range about [0.2, 0.8]; ``scale`` in features per metre."""
        node = self.node(
            "TexNoise",
            {
                "Vector": vector,
                "Scale": scale,
                "Detail": detail,
                "Roughness": rough,
                "Distortion": distortion,
            },
        )
        return node.outputs[0]

    def math(self, operation: str, a: Socket, b: Socket = 0.0) -> Socket:
        """One arithmetic step of Blender's math node."""
        return self.node("Math", {0: a, 1: b}, operation=operation).outputs[0]

    def remap(
        self, value: Socket, low: float, high: float, to_low: float = 0.0, to_high: float = 1.0
    ) -> Socket:
        """Linear map of [low, high] to [to_low, to_high], clamped."""
        node = self.node("MapRange", {0: value, 1: low, 2: high, 3: to_low, 4: to_high})
        return node.outputs[0]

    def ramp(self, value: Socket, stops: list[tuple[float, tuple[float, ...]]]) -> Socket:
        """Colour by value: at least two (position, colour) stops in rising order."""
        node = self.node("ValToRGB", {"Fac": value})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(1.0)
        for element, (position, color) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*color, 1.0)
        return node.outputs["Color"]

    def mix(self, share: Socket, a: Socket, b: Socket, *, blend: str = "MIX") -> Socket:
        """Colour between ``a`` (share 0) and ``b`` (share 1)."""
        node = self.node("Mix", {0: share, 6: a, 7: b}, data_type="RGBA", blend_type=blend)
        return node.outputs[2]

    def bump(self, height: Socket, depth_m: float, *, under: Socket | None = None) -> Socket:
        """A normal that pretends relief of ``depth_m``; ``under`` is a coarser bump below it."""
        inputs: dict[str | int, Socket] = {"Height": height, "Distance": depth_m, "Strength": 1.0}
        if under is not None:
            inputs["Normal"] = under
        return self.node("Bump", inputs).outputs["Normal"]

    def principled(self, **inputs: Socket) -> bpy.types.Node:
        """The surface's shader; ``Base_Color`` stands for the input "Base Color"."""
        named: dict[str | int, Socket] = {k.replace("_", " "): v for k, v in inputs.items()}
        return self.node("BsdfPrincipled", named)

    def finish(self, shader: bpy.types.Node, *, displacement: Socket | None = None) -> Any:
        """Wire the shader to the output and hand over the material."""
        self.tree.links.new(shader.outputs[0], self._output.inputs["Surface"])
        if displacement is not None:
            self.tree.links.new(displacement, self._output.inputs["Displacement"])
            self.material.displacement_method = "BOTH"
        return self.material
