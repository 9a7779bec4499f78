"""TheSaviours, the winners of the challenge, rebuilt from their published code."""

from __future__ import annotations
