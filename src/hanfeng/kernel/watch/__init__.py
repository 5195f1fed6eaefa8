"""The log that is only added to: who read what is personal, what went out, who signed in, who was given what."""
