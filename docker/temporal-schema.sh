#!/bin/sh
# Makes Temporal's two databases and brings their schema to what this version of the tools ships. Safe to run again.
# Needs SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD; the role must be allowed to create databases.
set -eu

bring_up_to_date() {
  echo "Database $1: schema $2"
  temporal-sql-tool --database "$1" create-database
  # Begins a new database's list of versions; it never sets an old one back.
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "$2"
}

bring_up_to_date temporal postgresql/v12/temporal
bring_up_to_date temporal_visibility postgresql/v12/visibility
