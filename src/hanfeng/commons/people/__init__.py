"""People: who they are, to which body they belong, and the account they sign in with."""
