package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestAccTwoOrganizationsByAliases(t *testing.T) {
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

func TestAccTheChecksOfExamplesFailWhereTheyShould(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	variables := []string{apiKeyVariable + "=" + rebillytest.SecretKey, baseURLVariable + "=" + address, "TF_VAR_period=test"}
	printed := newCLI(t, demo(t), variables...).mustRun("apply", "-no-color", "-auto-approve")
	if !wrapped("There are exports of more than 7 days.").MatchString(printed) {
		t.Errorf("the check of the demo passed:\n%s", printed)
	}

	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(exportID, rebillytest.Created))
	read := example(t, "data-sources/rebilly_organization_export/data-source.tf")
	printed, err := newCLI(t, read, variables...).run("plan", "-no-color")
	if err == nil || !wrapped("The export is not completed but queued.").MatchString(printed) {
		t.Errorf("the postcondition of the example passed: %v\n%s", err, printed)
	}
}

func TestAccTheNewestCompletedExportIsAOneLiner(t *testing.T) {
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

func TestAccAnExportThatIsGoneIsAWarningInTheLog(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address, "TF_LOG_PROVIDER=WARN", "TF_LOG_PATH=warn.log")
	terraform.mustRun("import", "-no-color", "rebilly_organization_export.monthly", exportID)
	api.Remove(rebillytest.DefaultOrganization, exportID)
	if printed := terraform.mustRun("plan", "-no-color"); !strings.Contains(printed, "Plan: 1 to add, 0 to change, 0 to destroy.") {
		t.Error(printed)
	}
	if log := terraform.file("warn.log"); !strings.Contains(log, "[WARN]") || !strings.Contains(log, "Removing an organization export from the state") {
		t.Errorf("the log has no warning: %s", log)
	}
}

func TestAccDestroyingForgetsTheExportAndSaysSo(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, example(t, "resources/rebilly_organization_export/resource.tf"),
		apiKeyVariable+"="+rebillytest.SecretKey, baseURLVariable+"="+address)
	terraform.mustRun("import", "-no-color", "rebilly_organization_export.monthly", exportID)
	printed := terraform.mustRun("destroy", "-no-color", "-auto-approve")
	for _, want := range []string{
		"Warning: Organization Export Kept by Rebilly",
		"Terraform forgets the export " + exportID + ", and Rebilly keeps it and its file until 2026-04-13T09:36:53Z.",
	} {
		if !wrapped(want).MatchString(printed) {
			t.Errorf("it did not print %q:\n%s", want, printed)
		}
	}
	for _, request := range api.Requests() {
		if request.Method != http.MethodGet {
			t.Errorf("it sent %s %s", request.Method, request.Path)
		}
	}
}

func TestAccAnExportThatFailsIsInTheStateAsItWasSeenLast(t *testing.T) {
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
