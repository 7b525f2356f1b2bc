#!/bin/bash
# The image runs this script once, on an empty data folder. It creates a role and a database per service. A role can connect to its
# own database only. Passwords come from LINLI_DB_PASSWORD_<SERVICE>. To add a service later, run these statements by hand.
set -euo pipefail

for service in booking cases events notify gateway; do
    variable="LINLI_DB_PASSWORD_${service^^}"
    psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
        -v service="$service" -v password="${!variable:?$variable is not set}" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
