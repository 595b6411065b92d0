"""Decide whether the challenger replaces the champion."""
