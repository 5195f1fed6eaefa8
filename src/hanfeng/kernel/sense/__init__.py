"""Devices in, judgement out: things, datastreams and observations in the words of OGC SensorThings 1.1, and their one writer."""
