#!/bin/sh
# Applies the configuration for each of ORGANIZATIONS. The workspace of that name has
# its state. A failure for one does not stop the others.
cd "$(dirname "$0")" && . ./environment || exit 1
set -- $ORGANIZATIONS
[ $# -gt 0 ] || { echo "ORGANIZATIONS is empty: see the file environment"; exit 1; }
umask 077
terraform init -input=false -no-color || exit 1

failed=
for organization; do
  echo "== $organization"
  # terraform workspace select would mix up two runs of the same folder: it writes there.
  TF_WORKSPACE="$organization" terraform apply -auto-approve -input=false -no-color \
    -lock-timeout=3h -var organization_id="$organization" || failed="$failed $organization"
done
[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
