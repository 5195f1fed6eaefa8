"""Devices in the field that speak HJ 212: who they are, what they send, what they are told, and the gateway between."""
