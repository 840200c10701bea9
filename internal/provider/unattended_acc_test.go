package provider

import (
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

func TestAccUnattended_serverClockRotates(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	configuration := requestExport("rotate_after = \"720h\"\n lifecycle {\n create_before_destroy = true\n }")
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration})
	// The clock of this machine is months ahead.
	now := time.Now().AddDate(0, -6, 0)
	for _, run := range []struct {
		age     time.Duration
		exports int
	}{{0, 1}, {719 * time.Hour, 1}, {720 * time.Hour, 2}} {
		api.SetClock(func() time.Time { return now.Add(run.age) })
		printed := terraform.mustRun("apply", "-no-color", "-auto-approve")
		mustHavePosted(t, api, run.exports)
		if warned := strings.Contains(printed, "Export Replaced for Rotation"); warned != (run.exports == 2) {
			t.Errorf("after %s, it printed\n%s", run.age, printed)
		}
	}
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
}

// Terraform refuses a plan or a state that differs from the configuration.
func TestAccUnattended_emptyIsNull(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
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

// A key that the same apply creates works for a new export.
func TestAccUnattended_keyOfTheSameApply(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": strings.Replace(providerBlock(address), `"`+rebillytest.SecretKey+`"`, "terraform_data.key.output", 1) + `
resource "terraform_data" "key" {
  input = "` + rebillytest.SecretKey + `"
}
` + requestExport("")})
	terraform.mustRun("apply", "-no-color", "-auto-approve")
	terraform.mustRun("plan", "-no-color", "-detailed-exitcode")
	mustHavePosted(t, api, 1)
}
