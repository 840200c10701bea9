package provider

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// Without an organization_id, the replacement would belong to the credential's
// default organization.
func TestAccOrganization_replacementNeedsOne(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "month" {
  default = "2026-03"
}
` + requestExport("triggers = { month = var.month }\n wait_for_completion = false")})
	environment := terraform.env
	terraform.env = append(slices.Clone(environment), organizationIDVariable+"=org_one")
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	terraform.env = environment
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")

	for _, argument := range []string{"-var=month=2026-04", "-replace=" + resourceAddress} {
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", argument)
		if err == nil || !wrapped("Organization Not Set").MatchString(printed) || !strings.Contains(printed, "org_one") {
			t.Errorf("got %v:\n%s", err, printed)
		}
	}
	mustHavePosted(t, api, 1)
	if state := terraform.state(); !strings.Contains(state, `"organization_id":"org_one"`) {
		t.Errorf("the state is %s", state)
	}

	// Terraform plans the replacement of a tainted export without its state, so only
	// the plan can show that the organization changes.
	terraform.mustRun("taint", "-no-color", resourceAddress)
	if printed := terraform.mustRun("plan", "-no-color"); !regexp.MustCompile(`- organization_id\s+= "org_one" -> null`).MatchString(printed) {
		t.Errorf("it printed\n%s", printed)
	}
}
