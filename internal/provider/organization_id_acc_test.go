package provider

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// forEachOrganization uses every object for two organizations, with one
// provider block that has another one.
const forEachOrganization = `
locals {
  organizations = toset(["org_one", "org_two"])
}

resource "rebilly_organization_export" "each" {
  for_each        = local.organizations
  organization_id = each.key

  wait_for_completion = false
}

data "rebilly_organization_export" "each" {
  for_each        = local.organizations
  organization_id = each.key
  id              = "x"
}

data "rebilly_organization_exports" "each" {
  for_each        = local.organizations
  organization_id = each.key
  filter          = "id:x"
}

output "organizations" {
  value = {
    for organization in local.organizations : organization => [
      rebilly_organization_export.each[organization].organization_id,
      data.rebilly_organization_export.each[organization].organization_id,
      data.rebilly_organization_exports.each[organization].organization_id,
    ]
  }
}

output "totals" {
  value = { for organization, found in data.rebilly_organization_exports.each : organization => found.total }
}
`

func TestAccOrganization_forEach(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for _, organization := range []string{"org_one", "org_two"} {
		api.Add(organization, rebillytest.Completed("x", rebillytest.Created))
	}
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + forEachOrganization}, organizationIDVariable+"=org_default")

	// The plan names the organization of each export before it is requested.
	plan := terraform.mustRun("plan", "-no-color", "-out=one.tfplan")
	for _, organization := range []string{"org_one", "org_two"} {
		if strings.Count(plan, `+ organization_id     = "`+organization+`"`) != 1 {
			t.Errorf("the plan does not show %s:\n%s", organization, plan)
		}
	}
	terraform.mustRun("apply", "-no-color", "one.tfplan")

	want := map[string]map[string][]string{"organizations": {
		"org_one": {"org_one", "org_one", "org_one"},
		"org_two": {"org_two", "org_two", "org_two"},
	}}
	got := map[string][]string{}
	if err := json.Unmarshal([]byte(terraform.mustRun("output", "-json", "organizations")), &got); err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(want["organizations"], got); difference != "" {
		t.Errorf("the organizations differ (-want +got):\n%s", difference)
	}
	posted := slices.DeleteFunc(sentSince(api, 0), func(line string) bool { return !strings.HasPrefix(line, "POST ") })
	slices.Sort(posted)
	if want := []string{"POST " + exportsPath("org_one"), "POST " + exportsPath("org_two")}; !slices.Equal(posted, want) {
		t.Errorf("requested were %q, want %q", posted, want)
	}
	for _, line := range sentSince(api, 0) {
		if !strings.Contains(line, "/organizations/org_one/") && !strings.Contains(line, "/organizations/org_two/") {
			t.Errorf("this request is for another organization: %s", line)
		}
	}
	if printed := terraform.mustRun("plan", "-no-color", "-detailed-exitcode"); !strings.Contains(printed, "No changes") {
		t.Errorf("there are changes:\n%s", printed)
	}
}

func TestAccOrganization_forEachEphemeralResource(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	configuration := `
ephemeral "rebilly_organization_export" "each" {
  for_each        = toset(["org_one", "org_two"])
  organization_id = each.key
  id              = "x"

  lifecycle {
    postcondition {
      condition     = self.organization_id == each.key
      error_message = "The export belongs to another organization."
    }
  }
}
`
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration})
	for _, organization := range []string{"org_one", "org_two"} {
		api.Add(organization, rebillytest.Completed("x", rebillytest.Created))
	}
	terraform.mustRun("plan", "-no-color")
	lines := sentSince(api, 0)
	slices.Sort(lines)
	if want := []string{"GET " + exportsPath("org_one", "x"), "GET " + exportsPath("org_two", "x")}; !slices.Equal(lines, want) {
		t.Errorf("the requests are %q, want %q", lines, want)
	}
}

// Another organization becomes the provider's default between two runs.
func TestAccOrganization_planShowsTheChange(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestExport("wait_for_completion = false")})
	environment := terraform.env
	in := func(organization string) cli {
		terraform.env = append(slices.Clone(environment), organizationIDVariable+"="+organization)

		return terraform
	}
	in("org_one").mustRun("apply", "-no-color", "-auto-approve")
	plan := in("org_two").mustRun("plan", "-no-color")
	for _, want := range []string{
		`~ organization_id     = "org_one" -> "org_two" # forces replacement`, "1 to add, 0 to change, 1 to destroy",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("the plan does not show %s:\n%s", want, plan)
		}
	}
	if strings.Contains(plan, "Export Removed from State") || len(requested(api)) != 1 {
		t.Errorf("the export was not found in its organization:\n%s", plan)
	}
}

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
	apply := func(organization string, want string) {
		t.Helper()
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-var=organization="+organization)
		if err != nil || !strings.Contains(printed, want) {
			t.Fatalf("%s: got %v, want %s:\n%s", organization, err, want, printed)
		}
	}
	apply("org_one", "2 added, 0 changed, 0 destroyed")
	printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-var=organization=org_two")
	if err == nil || !wrapped(`organization_id changed from "org_one" to "org_two" while applying`).MatchString(printed) || len(requested(api)) != 1 {
		t.Errorf("got %v:\n%s", err, printed)
	}
	apply("org_two", "1 added, 0 changed, 1 destroyed")
	posted := slices.DeleteFunc(sentSince(api, 0), func(line string) bool { return !strings.HasPrefix(line, "POST ") })
	if want := []string{"POST " + exportsPath("org_one"), "POST " + exportsPath("org_two")}; !slices.Equal(posted, want) {
		t.Errorf("requested were %q, want %q", posted, want)
	}
}

// Without an organization_id, the replacement would belong to the credential's
// default organization.
// Terraform plans the replacement of a tainted export without its state, so only the
// plan can show that the organization changes.
func TestAccOrganization_planShowsTheChangeOfATaintedExport(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, rebillytest.NewFor(t))
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestExport("wait_for_completion = false")})
	environment := terraform.env
	terraform.env = append(slices.Clone(environment), organizationIDVariable+"=org_one")
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	terraform.env = environment
	terraform.mustRun("taint", "-no-color", resourceAddress)
	if printed := terraform.mustRun("plan", "-no-color"); !regexp.MustCompile(`- organization_id\s+= "org_one" -> null`).MatchString(printed) {
		t.Errorf("it printed\n%s", printed)
	}
}

func TestAccOrganization_replacementNeedsOne(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{
		"change":   {"-var=month=2026-04"},
		"-replace": {"-replace=" + resourceAddress},
	} {
		t.Run(name, func(t *testing.T) {
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

			printed, err := terraform.run(append([]string{"apply", "-no-color", "-auto-approve"}, arguments...)...)
			if err == nil || !wrapped("Set organization_id").MatchString(printed) || !strings.Contains(printed, "org_one") {
				t.Errorf("got %v:\n%s", err, printed)
			}
			if got := len(requested(api)); got != 1 {
				t.Errorf("%d exports were requested", got)
			}
			if state := terraform.state(); !strings.Contains(state, `"organization_id":"org_one"`) {
				t.Errorf("the state is %s", state)
			}
		})
	}
}
