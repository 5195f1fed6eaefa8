"""From observation to warning: rules raise alerts, alerts are handled in incidents, warnings are signed and leave as CAP."""
