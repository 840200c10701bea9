package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// An imported export is adopted without a new one, and is replaced like any
// other.
func TestAccImport_isAdoptedAndReplaced(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	api.Add("org_one", rebillytest.Completed("x", rebillytest.Created))
	expectRequests(t, api, withoutFiles)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "month" {
  default = "2026-03"
}
` + requestExport("organization_id = \"org_one\"\n triggers = { month = var.month }")})
	terraform.mustRun("import", "-no-color", resourceAddress, "org_one/x")

	for _, step := range []struct{ month, want string }{
		{"2026-03", "0 added, 1 changed, 0 destroyed"},
		{"2026-03", "0 added, 0 changed, 0 destroyed"},
		{"2026-04", "1 added, 0 changed, 1 destroyed"},
		{"2026-04", "0 added, 0 changed, 0 destroyed"},
	} {
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-var=month="+step.month)
		if err != nil || !strings.Contains(printed, step.want) {
			t.Fatalf("%s: got %v, want %s:\n%s", step.month, err, step.want, printed)
		}
	}
	if state := terraform.state(); strings.Contains(state, `"id":"x"`) || !strings.Contains(state, `"include_files":false`) {
		t.Errorf("the state is %s", state)
	}
}

func TestAccImport_refusesABadID(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	for _, id := range []string{"a/b/c", "x/", "bad id!", ""} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestExport("")})
			printed, err := terraform.run("import", "-no-color", resourceAddress, id)
			if err == nil || !strings.Contains(printed, "Error: Invalid Import ID") || !wrapped("Import by ID or ORGANIZATION_ID/ID.").MatchString(printed) || strings.Contains(strings.ToLower(printed), "report") {
				t.Errorf("got %v:\n%s", err, printed)
			}
		})
	}
	t.Cleanup(func() {
		if sent := len(api.Requests()); sent > 0 {
			t.Errorf("%d requests were sent", sent)
		}
	})
}
