"""The papers of a plan: reports in official form with their editions, comments and signatures."""
