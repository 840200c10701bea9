package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// The response to the request cannot be used, but for the Location header.
func TestOrganizationExportResource_isInStateIfItCannotBeRead(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.CutBodyAfterActing(api))
	api.FailAlways(rebillytest.Problem(http.StatusForbidden, "Forbidden", "This key may not read."))
	export := configured(t, api, nil).manage()
	diagnostics := export.apply(values{"include_files": true})
	mustWarn(t, diagnostics, "", "Permission Denied", "Could not read the requested export", "This key may not read.", "Permission: GetOrganizationExport",
		"was requested and is in state. The next apply waits for it.")
	state := plainAll(t, export.current())
	if id, _ := state["id"].(string); !strings.HasPrefix(id, "org_exp_") || state["include_files"] != true || state["status"] != nil {
		t.Errorf("the state is %v", state)
	}

	// The state is complete: the export can be refreshed.
	api.FailAlways(rebillytest.JSON(`{"id":"` + plain(t, export.current()["id"]).(string) + `","status":"queued"}`)) //nolint:forcetypeassert,errcheck // It was checked above.
	mustSucceed(t, export.refresh())
	if got := plain(t, export.current()["status"]); got != "queued" {
		t.Errorf("the status after a refresh is %v", got)
	}
}

// patient returns a provider that waits as long as in production, for use in a
// synctest bubble.
func patient(t *testing.T, api http.Handler, attributes values) protocol {
	t.Helper()
	opts := inMemory(api, nil)
	opts.retryWait, opts.pollWait = 0, 0
	terraform := startProvider(t, opts)
	attributes["api_key"] = rebillytest.SecretKey
	mustSucceed(t, terraform.configure(attributes))

	return terraform
}

func TestOrganizationExportResource_timeoutBoundsTheOperation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault rebillytest.Fault
		want  []string
	}{
		"429 with a long delay": {rebillytest.RateLimited(time.Now().Add(time.Hour)), []string{"Rate Limit Exceeded"}},
		"429 for every attempt": {rebillytest.RateLimited(time.Time{}), []string{"Operation Timed Out", "the last status code was 429", `Raise "create" in the timeouts block`}},
	}
	for name, test := range tests {
		for _, wait := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					api.FailAlways(test.fault)
					export := patient(t, api, values{"max_retries": 100}).manage()
					start := time.Now()
					diagnostics := export.apply(values{"wait_for_completion": wait, "timeouts": values{"create": "10s"}})
					if took := time.Since(start); took > 10*time.Second {
						t.Errorf("it took %s", took)
					}
					mustFail(t, diagnostics, "", append(test.want, "Could not request an export: ")...)
					if strings.Contains(messages(diagnostics), "may have received") || export.exists() {
						t.Errorf("the state is %v: %s", export.current(), messages(diagnostics))
					}
				})
			})
		}
	}
}

// Terraform taints what fails to be created, and a tainted export is requested
// again.
func TestOrganizationExportResource_isTaintedOnlyIfItFailsOrExpires(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end     string
		summary string
		tainted bool
	}{
		"timed out": {end: rebillytest.StatusProcessing, summary: "Timed Out Waiting for Export"},
		"failed":    {end: rebillytest.StatusFailed, summary: "Export Failed", tainted: true},
		"expired":   {end: rebillytest.StatusExpired, summary: "Export Expired", tainted: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.LifeCycleTo(test.end)...)
				export := patient(t, api, values{}).manage()
				diagnostics := export.apply(values{"timeouts": values{"create": "60s"}})
				if test.tainted {
					mustFail(t, diagnostics, "", test.summary)
				} else {
					mustWarn(t, diagnostics, "", test.summary)
				}
				if got := plain(t, export.current()["status"]); got != test.end {
					t.Errorf("the status in state is %v", got)
				}
			})
		})
	}
}

func TestOrganizationExportResource_keepsTheSpellingOfATime(t *testing.T) {
	t.Parallel()
	const instant = "2026-03-14T09:26:53Z"
	tests := map[string]bool{
		instant:                          true,
		"2026-03-14T09:26:53+00:00":      true,
		"2026-03-14T09:26:53-00:00":      true,
		"2026-03-14T11:26:53+02:00":      true,
		"2026-03-14T04:26:53-05:00":      true,
		"2026-03-14T09:26:53.000Z":       true,
		"2026-03-14T09:26:53.000000000Z": true,
		"2026-03-14T09:26:53.001Z":       false,
		"2026-03-14T09:26:53+02:00":      false,
		"2026-03-14T09:26:54Z":           false,
	}
	for spelling, same := range tests {
		want := spelling
		if same {
			want = instant
		}
		api := rebillytest.NewFor(t)
		set := func(text string) {
			export := rebillytest.Completed(exportID, rebillytest.Created)
			for _, field := range []string{"createdTime", "updatedTime", "retentionTime"} {
				export = export.With(field, text)
			}
			api.Add(rebillytest.DefaultOrganization, export)
		}
		set(instant)
		export := configured(t, api, nil).manage()
		mustSucceed(t, export.importBy(exportID, nil))
		set(spelling)
		mustSucceed(t, export.refresh())
		for _, attribute := range []string{"created_time", "updated_time", "retention_time"} {
			if got := plain(t, export.current()[attribute]); got != want {
				t.Errorf("%s was %s, is %s now, and is %v in state", attribute, instant, spelling, got)
			}
		}
	}
	for _, null := range []types.String{types.StringNull(), types.StringUnknown()} {
		if got := keepSpelling(null, types.StringValue(instant)); got.ValueString() != instant {
			t.Errorf("%s became %s", null, got)
		}
		if got := keepSpelling(types.StringValue(instant), null); !got.Equal(null) {
			t.Errorf("%s became %s", null, got)
		}
	}
}

// A terminal interrupts Terraform and the provider. If the provider returned first,
// Terraform would apply what depends on the export.
func TestOrganizationExportResource_returnsAfterTerraformStops(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ stop, want time.Duration }{
		"Terraform stops":         {stop: stopDelay / 2, want: stopDelay / 2},
		"Terraform does not stop": {stop: time.Hour, want: stopDelay},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.Stage{Status: rebillytest.StatusQueued})
				opts := inMemory(api, nil)
				interrupted, interrupt := context.WithCancel(t.Context())
				opts.interrupted = interrupted
				terraform := startProvider(t, opts)
				mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey}))
				var since time.Time
				stopped, stop := context.WithCancel(t.Context())
				terraform.ctx = stopped
				time.AfterFunc(10*time.Second, func() {
					since = time.Now()
					interrupt()
				})
				time.AfterFunc(10*time.Second+test.stop, stop)
				mustWarn(t, terraform.manage().apply(nil), "", "Interrupted", "The next apply waits for it.")
				if took := time.Since(since); took != test.want {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
