package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// several returns a fake API with the completed exports a to d, one per day, and
// the queued export e.
func several(t *testing.T) *rebillytest.API {
	t.Helper()
	api := rebillytest.NewFor(t)
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add("org_eu", rebillytest.Completed(id, rebillytest.Created.AddDate(0, 0, day)))
	}
	api.Add("org_eu", rebillytest.Queued("e", rebillytest.Created.AddDate(0, 0, 9)))

	return api
}

// The configuration that terraform query writes imports the exports by their
// identities, and changes nothing.
func TestAccQuery_generatedConfiguration(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, several(t))
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

// invokedActions are a request that a resource triggers, and a download.
func invokedActions(target string) string {
	return fmt.Sprintf(`
action "rebilly_request_organization_export" "test" {
  config {
  }
}

action "rebilly_download_organization_export" "test" {
  config {
    id   = %q
    path = %q
  }
}

resource "terraform_data" "test" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.rebilly_request_organization_export.test]
    }
  }
}
`, exportID, target)
}

func TestAccActions_run(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	api.ServeFiles(t)
	address, _ := overLoopback(t, api)
	target := filepath.Join(t.TempDir(), "exports", "export.zip")
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + invokedActions(target)})

	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, "Requested export org_exp_") {
		t.Errorf("it printed\n%s", printed)
	}
	mustHavePosted(t, api, 1)

	printed := terraform.mustRun("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_download_organization_export.test")
	if info, err := os.Stat(target); err != nil || !strings.Contains(printed, "Saved export "+exportID) || !strings.Contains(printed, strconv.FormatInt(info.Size(), 10)) {
		t.Errorf("got %v, and it printed\n%s", err, printed)
	}
	mustNotShow(t, "the output", printed, secrets...)
	mustNotShow(t, "the state", terraform.state(), secrets...)
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
