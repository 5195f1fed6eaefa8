"""R&D platforms and service institutions: what they are, which rank they hold and until when, how their yearly review went."""
