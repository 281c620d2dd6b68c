#!/bin/sh
# Runs once, when the postgres image sets up an empty volume: the gateway's role owns its database and is no superuser.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username postgres <<'SQL'
create role passerelle login nosuperuser nobypassrls password :'password';
create database passerelle owner passerelle;
SQL
