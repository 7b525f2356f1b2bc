#!/bin/sh
# Writes the broker's users and permissions from the environment, then starts the image's own entrypoint.
# RabbitMQ imports these definitions at every start, so a changed password takes effect with a restart.
#
#   admin   administrator of the broker, for people; no service uses it
#   linli   the services; may use everything except the queues of outside systems
#   org1    example of an outside system: may declare its own queues `sub.org1.*`, bind them to district.events for the
#           subjects of its topic permission, and publish nothing. RabbitMQ checks a binding only when it is made, so
#           `*.<verb>` is granted only for verbs that no other subject has (tests/contracts/test_subscribers.py)
set -eu

json() { printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }

umask 077
mkdir -p /etc/rabbitmq/conf.d /etc/rabbitmq/linli
cat >/etc/rabbitmq/linli/definitions.json <<DEFINITIONS
{
  "vhosts": [{"name": "/"}, {"name": "linli"}],
  "users": [
    {"name": "admin", "password": "$(json "$LINLI_AMQP_ADMIN_PASSWORD")", "tags": "administrator"},
    {"name": "linli", "password": "$(json "$LINLI_AMQP_PASSWORD")", "tags": ""},
    {"name": "org1", "password": "$(json "$LINLI_AMQP_ORG1_PASSWORD")", "tags": ""}
  ],
  "permissions": [
    {"user": "admin", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "admin", "vhost": "linli", "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "linli", "vhost": "linli", "configure": "^(?!sub\\\\.)", "write": "^(?!sub\\\\.)", "read": "^(?!sub\\\\.)"},
    {"user": "org1", "vhost": "linli", "configure": "^sub\\\\.org1\\\\.", "write": "^sub\\\\.org1\\\\.", "read": "^(sub\\\\.org1\\\\.|district\\\\.events$)"}
  ],
  "topic_permissions": [
    {"user": "org1", "vhost": "linli", "exchange": "district.events", "write": "^$", "read": "^(booking|case|club_event|community|grid|registration)\\\\.|^\\\\*\\\\.(accepted|cancelled|changed|closed|confirmed|declined|dispatched|promoted|published|reopened|reported|rescheduled|returned|settled|waitlisted)\\\\.(v[0-9]+|[*#])$"}
  ]
}
DEFINITIONS
echo 'load_definitions = /etc/rabbitmq/linli/definitions.json' >/etc/rabbitmq/conf.d/90-linli.conf
chmod 644 /etc/rabbitmq/conf.d/90-linli.conf
chown -R rabbitmq /etc/rabbitmq/linli
exec docker-entrypoint.sh rabbitmq-server
