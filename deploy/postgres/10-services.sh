#!/bin/bash
# The image runs this script once, on an empty data folder. It creates a role and a database per service. A role can connect to its
# own database only. Passwords come from LINLI_DB_PASSWORD_<SERVICE>. It can be repeated: what exists stays, and a role gets the
# password of its variable. To add a service later, add it to the list below and run it again.
set -euo pipefail

for service in booking cases events notify gateway; do
    variable="LINLI_DB_PASSWORD_${service^^}"
    psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
        -v service="$service" -v password="${!variable:?$variable is not set}" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''', :'service', :'service')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
