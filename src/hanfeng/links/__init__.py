"""Where two packs meet: one short file a meeting, each with its `link`."""
