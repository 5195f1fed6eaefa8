"""Flows: tables of states, moves, who may make them, why they are closed, and how long a state may last."""
