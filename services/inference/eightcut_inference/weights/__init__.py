"""Weights of networks: a folder of safetensors and manifests, and how they get there.

The service only reads it (`folder`). `pull` and `import` run in a process of their own (``python -m
eightcut_inference.weights``); only that one reaches the network, and only its converter, again a process of its own,
opens what somebody else has made.
"""
