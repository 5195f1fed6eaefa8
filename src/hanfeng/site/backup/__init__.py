"""Backups: a running site in one checksummed file, and back again.

The file is a gzip-compressed tar that any tar opens. First `about.json` (format, version, county, what the database holds),
then the members, last `manifest.json` with the size and SHA-256 of each. `database.sqlite3` or `database.dump`
(`pg_dump --format=custom`) is one consistent state; `home/` holds what belongs to that state in the folder of the site.
"""
