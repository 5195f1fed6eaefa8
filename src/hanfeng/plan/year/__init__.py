"""The plan office's year: the ledger of tasks, the rounds, the bulletin, coordination, and the adjustment of targets."""
