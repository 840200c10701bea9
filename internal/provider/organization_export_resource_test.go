package provider

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// mustHave fails the test unless these attributes have the given values.
func mustHave(tb testing.TB, attributes map[string]tftypes.Value, want map[string]any) {
	tb.Helper()
	got := map[string]any{}
	for name := range want {
		got[name] = plain(tb, attributes[name])
	}
	mustEqual(tb, "the attributes", want, got)
}

// mustEqual fails the test unless got is what is wanted.
func mustEqual(tb testing.TB, what string, want, got any) {
	tb.Helper()
	if difference := cmp.Diff(want, got); difference != "" {
		tb.Errorf("%s: it differs (-want +got):\n%s", what, difference)
	}
}

// patient returns a provider that waits as long as in production, for use in a
// synctest bubble.
func patient(t *testing.T, api http.Handler, attributes values) protocol {
	t.Helper()
	opts := inMemory(api, nil)
	opts.clientConfig.RetryWait, opts.clientConfig.PollWait = 0, 0

	return configuredWith(t, opts, attributes)
}

// Terraform taints what fails to be created, and a tainted export is requested
// again. An update cannot complete it.
func TestOrganizationExportResource_endsWithoutCompletion(t *testing.T) {
	t.Parallel()
	for status, summary := range map[string]string{rebillytest.StatusFailed: "Export Failed", rebillytest.StatusExpired: "Export Expired"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.LifeCycleTo(status)...)
			created, updated := configured(t, api, nil).manage(), configured(t, api, nil).manage()
			mustFail(t, created.apply(nil), "", summary)
			mustHave(t, created.current(), map[string]any{"status": status})

			mustSucceed(t, updated.apply(doNotWait(nil)))
			mustFail(t, updated.apply(nil), "", summary)
			mustHave(t, updated.current(), map[string]any{"status": status, "wait_for_completion": true})
			mustPlanNothing(t, updated, updated.plan(nil))
			mustSucceed(t, updated.refresh())
			mustPlanNothing(t, updated, updated.plan(nil))
			expectRequests(t, api, withoutFiles, withoutFiles)
		})
	}
}

func TestOrganizationExportResource_keepsTheSpellingOfATime(t *testing.T) {
	t.Parallel()
	const instant = "2026-03-14T09:26:53Z"
	for spelling, same := range map[string]bool{
		"2026-03-14T09:26:53+00:00":      true,
		"2026-03-14T09:26:53-00:00":      true,
		"2026-03-14T04:26:53-05:00":      true,
		"2026-03-14T09:26:53.000000000Z": true,
		"2026-03-14T09:26:53.001Z":       false,
		"2026-03-14T09:26:53+02:00":      false,
		"2026-03-14T09:26:54Z":           false,
	} {
		if got := keepSpelling(types.StringValue(instant), types.StringValue(spelling)).ValueString(); (got == instant) != same || !same && got != spelling {
			t.Errorf("%s became %s", spelling, got)
		}
	}
	if got := keepSpelling(types.StringValue(instant), types.StringNull()); !got.IsNull() {
		t.Errorf("null became %s", got)
	}

	api := rebillytest.NewFor(t)
	export := mustImport(t, api)
	before := plainAll(t, export.current())
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(exportID, rebillytest.Created).
		With("createdTime", "2026-03-14T10:26:53+01:00").With("updatedTime", "2026-03-14T10:36:53+01:00").With("retentionTime", "2026-04-13T10:36:53+01:00"))
	mustSucceed(t, export.refresh())
	mustEqual(t, "the state", before, plainAll(t, export.current()))
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
				terraform := configuredWith(t, opts, nil)
				stopped, stop := context.WithCancel(t.Context())
				terraform.ctx = stopped
				start := time.Now()
				time.AfterFunc(10*time.Second, interrupt)
				time.AfterFunc(10*time.Second+test.stop, stop)
				mustWarn(t, terraform.manage().apply(nil), "", "Interrupted")
				took(t, start, 10*time.Second+test.want)
			})
		})
	}
}
