"""Engines that run trained networks: PyTorch, OpenVINO, int8 with a second look in float32."""
