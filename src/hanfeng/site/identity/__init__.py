"""Who is at the door: sign-in, second factor, sessions, single sign-on, and the three administrators."""
