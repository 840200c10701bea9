package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// The configuration that terraform query writes imports the exports by their
// identities, and changes nothing.
func TestAccQuery_generatedConfiguration(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add("org_eu", rebillytest.Completed(id, rebillytest.Created.AddDate(0, 0, day)))
	}
	api.Add("org_eu", rebillytest.Queued("e", rebillytest.Created))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address), "exports.tfquery.hcl": `
list "rebilly_organization_export" "test" {
  provider         = rebilly
  include_resource = true

  config {
    organization_id = "org_eu"
    filter          = "status:completed"
    sort            = ["-createdTime"]
  }
}
`})
	printed := terraform.mustRun("query", "-no-color", "-generate-config-out=generated.tf")
	for _, want := range []string{"id=d,organization_id=org_eu", "2026-03-17T09:26:53Z completed"} {
		if !strings.Contains(printed, want) {
			t.Errorf("it did not print %q:\n%s", want, printed)
		}
	}
	if printed := terraform.mustRun("plan", "-no-color"); !strings.Contains(printed, "Plan: 4 to import, 0 to add, 0 to change, 0 to destroy.") {
		t.Errorf("it printed\n%s", printed)
	}
}

// Terraform looks up the place of an error in the config block, which may be left out
// or have nulls.
func TestAccActions_withoutArguments(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "nothing" {
  type    = string
  default = null
}

action "rebilly_request_organization_export" "no_block" {}

action "rebilly_request_organization_export" "nulls" {
  config {
    organization_id     = var.nothing
    include_files       = null
    wait_for_completion = null
  }
}

action "rebilly_download_organization_export" "no_id" {
  config {
    id   = var.nothing
    path = "export.zip"
  }
}
`})
	for run, test := range []struct{ action, fails string }{
		{action: "rebilly_request_organization_export.no_block"},
		{action: "rebilly_request_organization_export.nulls"},
		{action: "rebilly_download_organization_export.no_id", fails: "Invalid Argument Value"},
		{action: "rebilly_request_organization_export.no_block", fails: "Permission Denied"},
		{action: "rebilly_request_organization_export.nulls", fails: "Permission Denied"},
	} {
		if run == 3 {
			mustHavePosted(t, api, 2)
			api.FailAlways(rebillytest.Problem(403, "Forbidden", ""))
		}
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-invoke=action."+test.action)
		if (err != nil) != (test.fails != "") || !wrapped(test.fails).MatchString(printed) || strings.Contains(printed, "CRASH") {
			t.Errorf("%s: got %v, want %q:\n%s", test.action, err, test.fails, printed)
		}
	}
}
