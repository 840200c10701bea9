#!/bin/sh
# Applies the configuration for each of ORGANIZATIONS, with a state of its own. A
# failure for one does not stop the others.
cd "$(dirname "$0")" && . ./environment || exit 1
umask 077
terraform init -input=false -no-color || exit 1

failed=0
for organization in $ORGANIZATIONS; do
  # terraform workspace select would mix up two runs at once: it writes to the folder.
  TF_WORKSPACE="$organization" terraform apply -auto-approve -input=false -no-color \
    -var organization_id="$organization" || failed=1
done
exit "$failed"
