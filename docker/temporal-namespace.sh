#!/bin/sh
# Makes the namespace TEMPORAL_NAMESPACE at TEMPORAL_ADDRESS, which keeps what has ended for NAMESPACE_RETENTION.
# An existing one is left as it is. Ends when the server serves the namespace, or fails after about two minutes.
set -eu

attempts=0
try_again() {
  attempts=$((attempts + 1))
  if [ "$attempts" -ge 60 ]; then
    echo "$1" >&2
    exit 1
  fi
  sleep 2
}

until temporal operator cluster health >/dev/null 2>&1; do
  try_again "Temporal at $TEMPORAL_ADDRESS is not healthy"
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  echo "Namespace $TEMPORAL_NAMESPACE is there already"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$NAMESPACE_RETENTION"
fi

# The server's services learn of a new namespace some seconds later.
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  try_again "Temporal at $TEMPORAL_ADDRESS does not serve the namespace $TEMPORAL_NAMESPACE"
done
