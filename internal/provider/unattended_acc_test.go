package provider

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const requestConfiguration = "resource \"rebilly_organization_export\" \"test\" {\n}\n"

// withoutCredential is providerBlock for a provider with its credential in the
// environment.
func withoutCredential(address string) string {
	return strings.Replace(providerBlock(address), "api_key", "#", 1)
}

// mustHavePosted fails the test unless so many exports were requested.
func mustHavePosted(t *testing.T, api *rebillytest.API, want int) {
	t.Helper()
	if got := len(requested(api)); got != want {
		t.Errorf("%d exports were requested, want %d", got, want)
	}
}

func TestAccUnattended_foreignCredentialKeepsTheExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": withoutCredential(address) + requestConfiguration})
	environment := terraform.env
	as := func(credential string) {
		terraform.env = append(slices.Clone(environment), credential)
	}
	as(apiKeyVariable + "=" + rebillytest.SecretKey)
	terraform.mustRun("apply", "-no-color", "-auto-approve")

	as(jwtVariable + "=" + rebillytest.JWT)
	api.Fail(rebillytest.Problem(404, "Not Found", ""))
	printed, err := terraform.run("apply", "-no-color", "-auto-approve")
	if err == nil || !wrapped("Export Not Found with This Credential").MatchString(printed) {
		t.Errorf("got %v:\n%s", err, printed)
	}
	as(apiKeyVariable + "=" + rebillytest.SecretKey)
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
	mustHavePosted(t, api, 1)
}

func TestAccUnattended_serverClockRotates(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	// The clock of this machine is months ahead.
	now := time.Now().AddDate(0, -6, 0)
	api.SetClock(func() time.Time { return now })
	address, _ := overLoopback(t, api)
	configuration := requestExport("rotate_after = \"720h\"\n lifecycle {\n create_before_destroy = true\n }")
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration})
	for _, age := range []time.Duration{0, time.Hour, 719 * time.Hour} {
		day := now.Add(age)
		api.SetClock(func() time.Time { return day })
		terraform.mustRun("apply", "-no-color", "-auto-approve")
	}
	mustHavePosted(t, api, 1)
	api.SetClock(func() time.Time { return now.Add(720 * time.Hour) })
	if printed := terraform.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(printed, "Export Replaced for Rotation") {
		t.Errorf("it printed\n%s", printed)
	}
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
	mustHavePosted(t, api, 2)
}

func TestAccUnattended_emptyIsNull(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "triggers" {
  type = map(string)
}

variable "statuses" {
  type = set(string)
}
` + requestExport("triggers = var.triggers\n replace_on_status = var.statuses")})
	for _, value := range [][]string{{"{}", "[]"}, {"null", "null"}, {"{}", "[]"}} {
		terraform.mustRun("apply", "-no-color", "-auto-approve", "-var=triggers="+value[0], "-var=statuses="+value[1])
	}
	mustHavePosted(t, api, 1)
}

// A key that the same apply creates works for a new export, and an object that is
// not there needs none.
func TestAccUnattended_credentialIsNeededByOperationsAlone(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": withoutCredential(address) + requestExport("count = 0")})
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")

	terraform = newCLI(t, map[string]string{"main.tf": strings.Replace(providerBlock(address), `"`+rebillytest.SecretKey+`"`, "terraform_data.key.output", 1) + `
resource "terraform_data" "key" {
  input = "` + rebillytest.SecretKey + `"
}
` + requestExport("")})
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
	mustHavePosted(t, api, 1)
}

func TestAccUnattended_actions(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
action "rebilly_request_organization_export" "now" {}

action "rebilly_request_organization_export" "empty" {
  config {}
}

action "rebilly_request_organization_export" "nulls" {
  config {
    organization_id     = null
    include_files       = null
    wait_for_completion = null
  }
}

variable "nothing" {
  type    = string
  default = null
}

action "rebilly_download_organization_export" "null_id" {
  config {
    id   = var.nothing
    path = "export.zip"
  }
}

action "rebilly_download_organization_export" "null_path" {
  config {
    id   = "x"
    path = var.nothing
  }
}

action "rebilly_request_organization_export" "acme" {
  config {
    organization_id = "org_acme"
  }
}
`}, organizationIDVariable+"=org_one")
	terraform.mustRun("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_request_organization_export.now")
	printed := terraform.mustRun("plan", "-no-color", "-out=plan", "-invoke=action.rebilly_request_organization_export.empty")
	if !wrapped("Organization: org_one (from the environment variable REBILLY_ORGANIZATION_ID)").MatchString(printed) {
		t.Errorf("it printed\n%s", printed)
	}
	if printed := terraform.mustRun("plan", "-no-color", "-invoke=action.rebilly_request_organization_export.acme"); strings.Contains(printed, "Organization Not in the Plan") {
		t.Errorf("it printed\n%s", printed)
	}
	terraform.mustRun("apply", "-no-color", "plan")
	terraform.mustRun("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_request_organization_export.nulls")
	mustHavePosted(t, api, 3)
	for _, name := range []string{"id", "path"} {
		printed, err := terraform.run("plan", "-no-color", "-invoke=action.rebilly_download_organization_export.null_"+name)
		if err == nil || !wrapped("The value of "+name+" is invalid: it is required and is null").MatchString(printed) {
			t.Errorf("got %v:\n%s", err, printed)
		}
	}

	// Terraform places an error of an action without a block, too.
	api.FailAlways(rebillytest.Problem(403, "Forbidden", ""))
	for _, name := range []string{"now", "empty"} {
		printed, err := terraform.run("apply", "-no-color", "-auto-approve", "-invoke=action.rebilly_request_organization_export."+name)
		if err == nil || !wrapped("Permission Denied").MatchString(printed) || strings.Contains(printed, "CRASH") {
			t.Errorf("got %v:\n%s", err, printed)
		}
	}
}
