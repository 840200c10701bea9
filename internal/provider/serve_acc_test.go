package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestAccProvider_aliases(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_eu", rebillytest.Completed("x", rebillytest.Created))
	api.Add("org_us", rebillytest.Queued("x", rebillytest.Created))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {
  organization_id = "org_eu"
}

provider "rebilly" {
  alias           = "us"
  organization_id = "org_us"
}

data "rebilly_organization_export" "eu" {
  id = "x"
}

data "rebilly_organization_export" "us" {
  provider = rebilly.us
  id       = "x"
}

output "statuses" {
  value = "${data.rebilly_organization_export.eu.status}, ${data.rebilly_organization_export.us.status}"
}
`}, apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, `statuses = "completed, queued"`) {
		t.Error(printed)
	}
}

func TestAccExamples_checksFail(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusCompleted})
	api.Add("org_acme", rebillytest.Completed("old", rebillytest.Created))
	address, _ := overLoopback(t, api)
	variables := []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address, "TF_VAR_period=test"}
	printed := newCLI(t, demo(t), variables...).mustRun("apply", "-no-color", "-auto-approve")
	if !wrapped("Some completed exports are older than 7 days.").MatchString(printed) {
		t.Errorf("the check of the demo passed:\n%s", printed)
	}

	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(exportID, rebillytest.Created))
	read := example(t, "data-sources/rebilly_organization_export/data-source.tf")
	printed, err := newCLI(t, read, variables...).run("plan", "-no-color")
	if err == nil || !wrapped("Export "+exportID+" is queued, not completed.").MatchString(printed) {
		t.Errorf("the postcondition of the example passed: %v\n%s", err, printed)
	}
}

func TestAccExamples_newestCompletedExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("newest", rebillytest.Created.AddDate(0, 1, 0)))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("waiting", rebillytest.Created.AddDate(0, 2, 0)))
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "data-sources/rebilly_organization_exports/data-source.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, `newest_completed_export = "newest"`) {
		t.Error(printed)
	}
}

func TestAccOrganizationExportResource_removalIsAWarning(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	terraform.mustRun("import", "-no-color", "rebilly_organization_export.monthly", exportID)
	api.Remove(rebillytest.DefaultOrganization, exportID)
	printed := terraform.mustRun("plan", "-no-color")
	for _, want := range []string{
		"Warning: Export Removed from State",
		`Rebilly no longer has export "` + exportID + `", so it was removed from state.`,
		"Organization: default organization of the credential",
		"The next apply requests a new export of this organization.",
		"Plan: 1 to add, 0 to change, 0 to destroy.",
	} {
		if !wrapped(want).MatchString(printed) {
			t.Errorf("it did not print %q:\n%s", want, printed)
		}
	}
}

func TestAccOrganizationExportResource_failedExportIsInState(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "queued"}, rebillytest.Stage{Status: "failed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	if printed, err := terraform.run("apply", "-no-color", "-auto-approve"); err == nil {
		t.Errorf("it succeeded:\n%s", printed)
	}
	if state := terraform.state(); !strings.Contains(state, `"status":"failed"`) || !strings.Contains(state, `"status":"tainted"`) {
		t.Errorf("the state is %s", state)
	}
}
