package provider

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// What a plan does not know yet, the apply knows. The plan after it shows the
// replacement.
func TestAccOrganization_knownOnlyAfterApply(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "organization" {
  default = null
}

resource "terraform_data" "organization" {
  input = var.organization
}
` + requestExport("organization_id = terraform_data.organization.output\n wait_for_completion = false")})
	for _, run := range []struct {
		organization, want string
		fails              bool
	}{
		{organization: "org_one", want: "2 added, 0 changed, 0 destroyed"},
		{organization: "org_two", want: "New Export Not in the Plan", fails: true},
		{organization: "org_two", want: "1 added, 0 changed, 1 destroyed"},
	} {
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-var=organization="+run.organization)
		if (err != nil) != run.fails || !wrapped(run.want).MatchString(printed) {
			t.Fatalf("%s: got %v, want %s:\n%s", run.organization, err, run.want, printed)
		}
	}
	posted := slices.DeleteFunc(sentSince(api, 0), func(line string) bool { return !strings.HasPrefix(line, "POST ") })
	if want := []string{"POST " + exportsPath("org_one"), "POST " + exportsPath("org_two")}; !slices.Equal(posted, want) {
		t.Errorf("requested were %q, want %q", posted, want)
	}
}

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
