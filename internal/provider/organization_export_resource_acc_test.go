package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const resourceAddress = "rebilly_organization_export.test"

// requestExport is a resource that requests an export.
func requestExport(arguments string) string {
	return fmt.Sprintf(`
resource "rebilly_organization_export" "test" {
%s
}
`, arguments)
}

func expectRequested(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(resourceAddress, tfjsonpath.New(attribute), value)
}

// expectAction checks what the plan does with the resource.
func expectAction(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(resourceAddress, action)}}
}

// requested returns the bodies of the POST requests that api received.
func requested(api *rebillytest.API) []string {
	var bodies []string
	for _, request := range api.Requests() {
		if request.Method == http.MethodPost {
			bodies = append(bodies, request.Body)
		}
	}

	return bodies
}

// expectRequests fails the test at its end unless api has received POST requests
// with the given bodies.
func expectRequests(t *testing.T, api *rebillytest.API, want ...string) {
	t.Helper()
	t.Cleanup(func() {
		if got := requested(api); !t.Skipped() && !slices.Equal(got, want) {
			t.Errorf("the POST requests were %q, want %q", got, want)
		}
	})
}

const (
	withFiles    = `{"includeFiles":true}`
	withoutFiles = `{"includeFiles":false}`
)

// Every operation on one export, and on those that replace it.
func TestAccOrganizationExportResource_lifeCycle(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 10}, rebillytest.Stage{Status: "completed"})
	expectRequests(t, api, withFiles, withFiles, withoutFiles, withoutFiles)
	address, opts := overTLS(t, api)
	step := func(arguments string, action plancheck.ResourceActionType, checks ...statecheck.StateCheck) resource.TestStep {
		return resource.TestStep{
			Config:            providerBlock(address) + requestExport(arguments),
			ConfigPlanChecks:  expectAction(action),
			ConfigStateChecks: checks,
		}
	}
	var id string
	completed := expectRequested("status", knownvalue.StringExact("completed"))
	updated := step("include_files = true\n timeouts {\n create = \"1h\"\n }", plancheck.ResourceActionUpdate,
		completed,
		expectRequested("wait_for_completion", knownvalue.Bool(true)),
		expectRequested("file_id", knownvalue.NotNull()),
		expectRequested("retention_time", knownvalue.NotNull()),
		expectRequested("resources", knownvalue.ListSizeExact(4)),
		expectRequested("timeouts", knownvalue.ObjectPartial(map[string]knownvalue.Check{"create": knownvalue.StringExact("1h")})),
	)
	replaced := step("", plancheck.ResourceActionReplace, completed, expectRequested("include_files", knownvalue.Bool(false)))
	replaced.Check = func(state *terraform.State) error {
		id = state.RootModule().Resources[resourceAddress].Primary.ID

		return nil
	}
	expired := step("", plancheck.ResourceActionNoop, expectRequested("status", knownvalue.StringExact("expired")))
	expired.PreConfig = func() {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created).With("status", "expired"))
	}
	removed := step("", plancheck.ResourceActionCreate)
	removed.PreConfig = func() {
		anHourLater(api)
		api.Remove(rebillytest.DefaultOrganization, id)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			step("include_files = true\n wait_for_completion = false", plancheck.ResourceActionCreate,
				expectRequested("id", knownvalue.StringRegexp(regexp.MustCompile("^org_exp_"))),
				expectRequested("status", knownvalue.StringExact("queued")),
				expectRequested("include_files", knownvalue.Bool(true)),
				expectRequested("file_id", knownvalue.Null()),
			),
			updated,
			step("include_files = true\n triggers = { month = \"2026-04\" }", plancheck.ResourceActionReplace, completed),
			replaced,
			expired,
			removed,
		},
	})
}

// failingReads responds to the given read of an export, counted from one, and to
// the requests after it with faults.
func failingReads(api *rebillytest.API, read int32, faults ...rebillytest.Fault) http.Handler {
	var reads atomic.Int32

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && reads.Add(1) == read {
			api.Fail(faults...)
		}
		api.ServeHTTP(w, r)
	})
}

// An imported export adopts its arguments, and is replaced like any other.
func TestAccOrganizationExportResource_import(t *testing.T) {
	t.Parallel()
	const block = `
import {
  to = rebilly_organization_export.test
  id = "` + exportID + `"
}
`
	skipUnlessUnderstood(t, block)
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, api)
	step := func(arguments string, action plancheck.ResourceActionType, includeFiles knownvalue.Check) resource.TestStep {
		return resource.TestStep{
			Config:            providerBlock(address) + requestExport(arguments),
			ConfigPlanChecks:  expectAction(action),
			ConfigStateChecks: []statecheck.StateCheck{expectRequested("include_files", includeFiles)},
		}
	}
	imported := step("", plancheck.ResourceActionNoop, knownvalue.Null())
	imported.Config += block
	imported.ConfigStateChecks = append(imported.ConfigStateChecks,
		expectRequested("id", knownvalue.StringExact(exportID)), expectRequested("status", knownvalue.StringExact("completed")))
	const adopted = "include_files = true\n triggers = { month = \"2026-03\" }"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			imported,
			step(adopted, plancheck.ResourceActionUpdate, knownvalue.Bool(true)),
			step(adopted, plancheck.ResourceActionNoop, knownvalue.Bool(true)),
			step("triggers = { month = \"2026-03\" }", plancheck.ResourceActionReplace, knownvalue.Bool(false)),
			{
				ResourceName:            resourceAddress,
				ImportState:             true,
				ImportStateVerify:       true,
				ImportStateVerifyIgnore: []string{"include_files", "triggers"},
			},
			{
				ResourceName:  resourceAddress,
				ImportState:   true,
				ImportStateId: "a/b/c",
				ExpectError:   wrapped("Invalid Import ID"),
			},
		},
	})
}

func TestAccOrganizationExportResource_serverClockRotates(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	configuration := requestExport("rotate_after = \"720h\"\n lifecycle {\n create_before_destroy = true\n }")
	cli := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration})
	// The clock of this machine is months ahead.
	now := time.Now().AddDate(0, -6, 0)
	for _, run := range []struct {
		age     time.Duration
		exports int
	}{{0, 1}, {719 * time.Hour, 1}, {720 * time.Hour, 2}} {
		api.SetClock(func() time.Time { return now.Add(run.age) })
		printed := cli.mustRun("apply", "-no-color", "-auto-approve")
		mustHavePosted(t, api, run.exports)
		if warned := strings.Contains(printed, "Export Replaced for Rotation"); warned != (run.exports == 2) {
			t.Errorf("after %s, it printed\n%s", run.age, printed)
		}
	}
	cli.mustRun("plan", "-no-color", "-detailed-exitcode")
}

// Terraform refuses a plan or a state that differs from the configuration.
func TestAccOrganizationExportResource_emptyIsNull(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	cli := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "triggers" {
  type = map(string)
}

variable "statuses" {
  type = set(string)
}
` + requestExport("triggers = var.triggers\n replace_on_status = var.statuses")})
	for _, value := range [][]string{{"{}", "[]"}, {"null", "null"}, {"{}", "[]"}} {
		cli.mustRun("apply", "-no-color", "-auto-approve", "-var=triggers="+value[0], "-var=statuses="+value[1])
	}
	mustHavePosted(t, api, 1)
}

// A key that the same apply creates works for a new export.
func TestAccOrganizationExportResource_keyOfTheSameApply(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	cli := newCLI(t, map[string]string{"main.tf": strings.Replace(providerBlock(address), `"`+rebillytest.SecretKey+`"`, "terraform_data.key.output", 1) + `
resource "terraform_data" "key" {
  input = "` + rebillytest.SecretKey + `"
}
` + requestExport("")})
	cli.mustRun("apply", "-no-color", "-auto-approve")
	cli.mustRun("plan", "-no-color", "-detailed-exitcode")
	mustHavePosted(t, api, 1)
}
