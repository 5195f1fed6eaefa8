"""The portal: public pages show approved snapshots only, never the registers themselves."""
