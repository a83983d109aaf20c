"""Scenes that move, made from photographs: frames with their flows, and what is hidden, are known exactly.

fields  Motion whose inverse is known: where every point of a layer goes, and where what is seen at a pixel came from.
layers  Layers of a scene: textures cut from photographs, each with a motion, and the scene drawn at a time.
scenes  Whole scenes: layers, light, overlays and noise drawn at random, as frames with both flows.
shapes  Outlines of foreground objects, and overlays that stand still, drawn with Pillow.
"""
