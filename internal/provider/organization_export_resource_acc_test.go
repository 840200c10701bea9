package provider

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

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

func TestAccOrganizationExportResource_waits(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, api)
	config := providerBlock(address) + requestExport("")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config:           config,
				ConfigPlanChecks: expectAction(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("id", knownvalue.StringRegexp(regexp.MustCompile("^org_exp_"))),
					expectRequested("status", knownvalue.StringExact("completed")),
					expectRequested("include_files", knownvalue.Bool(false)),
					expectRequested("wait_for_completion", knownvalue.Bool(true)),
					expectRequested("file_id", knownvalue.NotNull()),
					expectRequested("retention_time", knownvalue.NotNull()),
					expectRequested("resources", knownvalue.ListSizeExact(4)),
				},
			},
			{Config: config, ConfigPlanChecks: expectAction(plancheck.ResourceActionNoop)},
		},
	})
}

func TestAccOrganizationExportResource_waitsLater(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 10}, rebillytest.Stage{Status: "completed"})
	expectRequests(t, api, withFiles)
	address, opts := overTLS(t, api)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config: providerBlock(address) + requestExport("include_files = true\n wait_for_completion = false"),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("status", knownvalue.StringExact("queued")),
					expectRequested("include_files", knownvalue.Bool(true)),
					expectRequested("file_id", knownvalue.Null()),
				},
			},
			{
				// The same export: waiting for it is an update.
				Config:           providerBlock(address) + requestExport("include_files = true\n timeouts {\n create = \"1h\"\n }"),
				ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("wait_for_completion", knownvalue.Bool(true)),
					expectRequested("status", knownvalue.StringExact("completed")),
					expectRequested("file_id", knownvalue.NotNull()),
					statecheck.ExpectKnownValue(resourceAddress, tfjsonpath.New("timeouts").AtMapKey("create"), knownvalue.StringExact("1h")),
				},
			},
		},
	})
}

func TestAccOrganizationExportResource_replaces(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles, withoutFiles, withoutFiles, withFiles)
	address, opts := overTLS(t, api)
	different := statecheck.CompareValue(differentValues{})
	step := func(arguments string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:            providerBlock(address) + requestExport(arguments),
			ConfigPlanChecks:  expectAction(action),
			ConfigStateChecks: []statecheck.StateCheck{different.AddStateValue(resourceAddress, tfjsonpath.New("id"))},
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			step("", plancheck.ResourceActionCreate),
			step("triggers = { month = \"2026-03\" }", plancheck.ResourceActionReplace),
			step("triggers = { month = \"2026-04\" }", plancheck.ResourceActionReplace),
			step("triggers = { month = \"2026-04\" }\n include_files = true", plancheck.ResourceActionReplace),
		},
	})
}

// differentValues reports an error unless all values are different.
type differentValues struct{}

func (differentValues) CompareValues(values ...any) error {
	seen := map[any]bool{}
	for _, value := range values {
		if seen[value] {
			return fmt.Errorf("%v is there twice", value)
		}
		seen[value] = true
	}

	return nil
}

func TestAccOrganizationExportResource_isTaintedAndReplaced(t *testing.T) {
	t.Parallel()
	queued := rebillytest.Stage{Status: "queued", Reads: 1}
	for end, summary := range map[string]string{"failed": "Export Failed", "expired": "Export Expired"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(queued, rebillytest.Stage{Status: end})
			expectRequests(t, api, withoutFiles, withoutFiles)
			address, opts := overTLS(t, api)
			config := providerBlock(address) + requestExport("")
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps: []resource.TestStep{
					{Config: config, ExpectError: wrapped(summary)},
					{
						PreConfig: func() {
							api.SetLifeCycle(queued, rebillytest.Stage{Status: "completed"})
						},
						Config:            config,
						ConfigPlanChecks:  expectAction(plancheck.ResourceActionReplace),
						ConfigStateChecks: []statecheck.StateCheck{expectRequested("status", knownvalue.StringExact("completed"))},
					},
				},
			})
		})
	}
}

// An export that is not completed in time is waited for again, and not requested
// again. What depends on it is not applied before.
func TestAccOrganizationExportResource_isWaitedForAgain(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "processing", Reads: 1000}, rebillytest.Stage{Status: "completed"})
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, api)
	config := providerBlock(address) + requestExport(`
  timeouts {
    create = "1s"
    update = "1s"
  }
  lifecycle {
    postcondition {
      condition     = contains(["completed", "expired"], self.status)
      error_message = "The export is not completed yet."
    }
  }`) + `
resource "terraform_data" "dependent" {
  input = rebilly_organization_export.test.status
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_4_0)},
		Steps: []resource.TestStep{
			{Config: config, ExpectError: wrapped("The export is not completed yet.")},
			{Config: config, ExpectError: wrapped("Timed Out Waiting for Export")},
			{
				PreConfig: func() {
					requests := api.Requests()
					id := path.Base(requests[len(requests)-1].Path)
					api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created))
				},
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("status", knownvalue.StringExact("completed")),
					statecheck.ExpectKnownValue("terraform_data.dependent", tfjsonpath.New("output"), knownvalue.StringExact("completed")),
				},
			},
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

func TestAccOrganizationExportResource_waitOutlastsARateLimit(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, failingReads(api, 2, rebillytest.RateLimited(time.Now().Add(time.Second))))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config:            providerBlock(address) + requestExport(""),
			ConfigStateChecks: []statecheck.StateCheck{expectRequested("status", knownvalue.StringExact("completed"))},
		}},
	})
}

func TestAccOrganizationExportResource_failedRequestIsSentOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault rebillytest.Fault
		want  string
	}{
		"refused":     {rebillytest.Problem(422, "Validation Failed", "No."), "Correct the configuration as the facts above say."},
		"forbidden":   {rebillytest.Problem(403, "Forbidden", "No."), "the permission PostOrganizationExport in Rebilly"},
		"unavailable": {rebillytest.Problem(503, "Busy", ""), "Rebilly may have received the request, and nothing is in state."},
		"cut off":     {rebillytest.Cut(), "import it: terraform import rebilly_organization_export.NAME ID."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			expectRequests(t, api, withoutFiles)
			address, opts := overTLS(t, api)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps:                    []resource.TestStep{{Config: providerBlock(address) + requestExport(""), ExpectError: wrapped(test.want)}},
			})
		})
	}
}

func TestAccOrganizationExportResource_isRequestedAgainIfNotFound(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles, withoutFiles)
	address, opts := overTLS(t, api)
	config := providerBlock(address) + requestExport("")
	id := ""
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config: config,
				Check: func(state *terraform.State) error {
					id = state.RootModule().Resources[resourceAddress].Primary.ID

					return nil
				},
			},
			{
				PreConfig: func() {
					api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(id, rebillytest.Created).With("status", "expired"))
				},
				Config:            config,
				ConfigPlanChecks:  expectAction(plancheck.ResourceActionNoop),
				ConfigStateChecks: []statecheck.StateCheck{expectRequested("status", knownvalue.StringExact("expired"))},
			},
			{
				PreConfig:        func() { anHourLater(api); api.Remove(rebillytest.DefaultOrganization, id) },
				Config:           config,
				ConfigPlanChecks: expectAction(plancheck.ResourceActionCreate),
			},
		},
	})
}

// importExport imports the export exportID as the resource of requestExport.
const importExport = `
import {
  to = rebilly_organization_export.test
  id = "` + exportID + `"
}
`

func TestAccOrganizationExportResource_import(t *testing.T) {
	t.Parallel()
	skipUnlessUnderstood(t, importExport)
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, api)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config:           providerBlock(address) + requestExport("") + importExport,
				ConfigPlanChecks: expectAction(plancheck.ResourceActionNoop),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("id", knownvalue.StringExact(exportID)),
					expectRequested("status", knownvalue.StringExact("completed")),
					expectRequested("include_files", knownvalue.Null()),
				},
			},
			{
				Config:            providerBlock(address) + requestExport("triggers = { month = \"2026-03\" }"),
				ConfigPlanChecks:  expectAction(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{expectRequested("id", knownvalue.StringExact(exportID))},
			},
			{
				Config:           providerBlock(address) + requestExport("triggers = { month = \"2026-04\" }"),
				ConfigPlanChecks: expectAction(plancheck.ResourceActionReplace),
			},
			{
				Config:                  providerBlock(address) + requestExport("triggers = { month = \"2026-04\" }"),
				ResourceName:            resourceAddress,
				ImportState:             true,
				ImportStateVerify:       true,
				ImportStateVerifyIgnore: []string{"include_files", "triggers"},
			},
			{
				Config:        providerBlock(address) + requestExport(""),
				ResourceName:  resourceAddress,
				ImportState:   true,
				ImportStateId: "a/b/c",
				ExpectError:   wrapped(`The id to import is invalid: the ID "b/c" has a character`),
			},
			{
				Config:        providerBlock(address) + requestExport(""),
				ResourceName:  resourceAddress,
				ImportState:   true,
				ImportStateId: "gone",
				ExpectError:   wrapped(`Could not read export "gone": Rebilly returned 404 Not Found.`),
			},
		},
	})
}

func TestAccOrganizationExportResource_importAdoptsIncludeFiles(t *testing.T) {
	t.Parallel()
	skipUnlessUnderstood(t, importExport)
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	address, opts := overTLS(t, api)
	adopted := requestExport("include_files = true\n triggers = { month = \"2026-03\" }")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config:           providerBlock(address) + adopted + importExport,
				ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					expectRequested("id", knownvalue.StringExact(exportID)),
					expectRequested("include_files", knownvalue.Bool(true)),
				},
			},
			{Config: providerBlock(address) + adopted, ConfigPlanChecks: expectAction(plancheck.ResourceActionNoop)},
			{
				Config:           providerBlock(address) + requestExport("triggers = { month = \"2026-03\" }"),
				ConfigPlanChecks: expectAction(plancheck.ResourceActionReplace),
			},
		},
	})
}
