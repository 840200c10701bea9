package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const dependent = `
resource "terraform_data" "dependent" {
  input            = rebilly_organization_export.test.status
  triggers_replace = [rebilly_organization_export.test.file_id, rebilly_organization_export.test.resources]
}
`

// A change of a timeout replaces nothing that depends on the export.
func TestAccPlan_dependentResourceIsKept(t *testing.T) {
	t.Parallel()
	skipUnlessUnderstood(t, dependent)
	for name, arguments := range map[string]string{
		"completed": "",
		// A failed export has no file and no retention time.
		"failed": "wait_for_completion = false",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.Stage{Status: name})
			expectRequests(t, api, withoutFiles)
			address, opts := overTLS(t, api)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps: []resource.TestStep{
					{Config: providerBlock(address) + requestExport(arguments) + dependent},
					{
						Config: providerBlock(address) + requestExport(arguments+"\n timeouts {\n create = \"2h\"\n }") + dependent,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(resourceAddress, plancheck.ResourceActionUpdate),
							plancheck.ExpectResourceAction("terraform_data.dependent", plancheck.ResourceActionNoop),
						}},
					},
				},
			})
		})
	}
}

// What the warning of a creation that timed out says.
func TestAccPlan_exportInProgressIsWaitedFor(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	// The refresh and the first read of the update find it queued.
	api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 2}, rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestExport("timeouts {\n create = \"1s\"\n }")})
	printed := terraform.mustRun("apply", "-no-color", "-auto-approve")
	if !wrapped("is in state. The next apply waits for it.").MatchString(printed) {
		t.Errorf("it printed\n%s", printed)
	}
	printed = terraform.mustRun("apply", "-no-color", "-auto-approve")
	if !strings.Contains(printed, `~ status              = "queued" -> (known after apply)`) || !strings.Contains(printed, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("it did not wait for the export:\n%s", printed)
	}
	if state := terraform.state(); !strings.Contains(state, `"status":"completed"`) || strings.Contains(state, "tainted") {
		t.Errorf("the state is %s", state)
	}
	if got := len(requested(api)); got != 1 {
		t.Errorf("%d exports were requested", got)
	}
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
}

// A plan that does not know whether to wait leaves the progress unknown. The
// apply waits, or keeps what is in state.
func TestAccPlan_waitKnownOnlyAfterApply(t *testing.T) {
	t.Parallel()
	for _, wait := range []string{"true", "false"} {
		t.Run(wait, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			// Reads of the first refresh and of the update find it queued.
			api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 2}, rebillytest.Stage{Status: "completed"})
			address, _ := overLoopback(t, api)
			terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "wait" {
  type    = bool
  default = false
}

variable "run" {
  default = 1
}

resource "terraform_data" "wait" {
  input = { value = var.wait, run = var.run }
}
` + requestExport("wait_for_completion = terraform_data.wait.output.value")})
			apply := []string{"apply", "-no-color", "-auto-approve"}
			terraform.mustRun(apply...)
			printed := terraform.mustRun(append(apply, "-var=wait="+wait, "-var=run=2")...)
			if !strings.Contains(printed, `~ status              = "queued" -> (known after apply)`) {
				t.Errorf("the plan knows the status:\n%s", printed)
			}
			want := map[string]string{"true": `"status":"completed"`, "false": `"status":"queued"`}[wait]
			if state := terraform.state(); !strings.Contains(state, want) {
				t.Errorf("the state is %s", state)
			}
		})
	}
}
