package provider

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// A plan that does not know whether to wait leaves the progress unknown. The
// apply waits, or keeps what is in state.
func TestAccPlan_waitKnownOnlyAfterApply(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	// Two refreshes and the first read of the update that waits find it queued.
	api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 3}, rebillytest.Stage{Status: "completed"})
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
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	for _, run := range []struct{ arguments, status string }{
		{"-var=run=2", `"status":"queued"`},
		{"-var=wait=true", `"status":"completed"`},
	} {
		printed := terraform.mustRun("apply", "-no-color", "-auto-approve", run.arguments)
		if !strings.Contains(printed, `~ status              = "queued" -> (known after apply)`) {
			t.Errorf("the plan knows the status:\n%s", printed)
		}
		if state := terraform.state(); !strings.Contains(state, run.status) {
			t.Errorf("the state is %s", state)
		}
	}
}
