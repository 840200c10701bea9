package provider

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// progress are the attributes that change while an export is in progress,
// sorted.
var progress = []string{"file_id", "record_counts", "resources", "retention_time", "status", "updated_time"}

// inState returns an instance whose export has the given status in state. The
// configuration does not wait.
func inState(t *testing.T, api *rebillytest.API, status string) *managed {
	t.Helper()
	api.SetLifeCycle(rebillytest.Stage{Status: status})
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(doNotWait(nil)))
	if got := export.text("status"); got != status {
		t.Fatalf("the status is %s, want %s", got, status)
	}

	return export
}

// doNotWait returns the arguments with wait_for_completion = false.
func doNotWait(arguments values) values {
	all := values{"wait_for_completion": false}
	maps.Copy(all, arguments)

	return all
}

var allStatuses = []string{
	rebillytest.StatusPending, rebillytest.StatusQueued, rebillytest.StatusProcessing,
	rebillytest.StatusCompleted, rebillytest.StatusFailed, rebillytest.StatusExpired,
}

func TestPlan_noArgumentChanged(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses {
		api := rebillytest.NewFor(t)
		export := inState(t, api, status)
		mustPlanNothing(t, export, export.plan(doNotWait(nil)))
		mustPlanNothing(t, export, export.plan(doNotWait(values{"include_files": false})))
		before := len(api.Requests())
		mustSucceed(t, export.refresh())
		mustPlanNothing(t, export, export.plan(doNotWait(nil)))
		if sent := len(api.Requests()) - before; sent != 1 {
			t.Errorf("%s: %d requests were sent", status, sent)
		}
	}
}

// A change of what only Terraform knows changes nothing else, and sends
// nothing.
func TestPlan_timeoutsOnly(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := inState(t, api, status)
			want := plainAll(t, export.current())
			want["timeouts"] = map[string]any{"create": "2h", "update": nil}
			mustChangeQuietly(t, api, export, doNotWait(values{"timeouts": values{"create": "2h"}}), want)
			want["timeouts"] = nil
			mustChangeQuietly(t, api, export, doNotWait(nil), want)
		})
	}
}

func mustChangeQuietly(t *testing.T, api *rebillytest.API, export *managed, arguments values, want map[string]any) {
	t.Helper()
	plan := export.plan(arguments)
	mustSucceed(t, plan.diagnostics)
	mustReplace(t, plan)
	if unknown := plan.unknowns(); len(unknown) > 0 {
		t.Fatalf("the plan does not know %q", unknown)
	}
	if difference := cmp.Diff(want, plainAll(t, plan.attributes)); difference != "" {
		t.Errorf("the plan differs (-want +got):\n%s", difference)
	}
	before := len(api.Requests())
	mustSucceed(t, export.apply(arguments))
	mustHaveSent(t, api, before)
	if difference := cmp.Diff(want, plainAll(t, export.current())); difference != "" {
		t.Errorf("the state differs (-want +got):\n%s", difference)
	}
}

// Waiting no longer, or for an export that is not in progress, sends nothing.
func TestPlan_waitOnly(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := inState(t, api, status)
			if slices.Contains([]string{"completed", "failed", "expired"}, status) {
				want := plainAll(t, export.current())
				want["wait_for_completion"] = true
				mustChangeQuietly(t, api, export, nil, want)
				mustPlanNothing(t, export, export.plan(nil))
				want["wait_for_completion"] = false
				mustChangeQuietly(t, api, export, doNotWait(nil), want)
			}
		})
	}
}

func TestPlan_waitsForAnExportInProgress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status string
		wait   any
		want   []string
	}{
		"pending":               {"pending", nil, progress},
		"queued":                {"queued", true, progress},
		"processing":            {"processing", nil, progress},
		"queued, wait unknown":  {"queued", unknown, append(slices.Clone(progress), "wait_for_completion")},
		"failed, wait unknown":  {"failed", unknown, []string{"wait_for_completion"}},
		"queued, without wait":  {"queued", false, nil},
		"pending, without wait": {"pending", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export := inState(t, rebillytest.NewFor(t), test.status)
			before := export.current()
			plan := export.plan(values{"wait_for_completion": test.wait})
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)
			if got := plan.unknowns(); !slices.Equal(got, test.want) {
				t.Errorf("unknown are %q, want %q", got, test.want)
			}
			for name, planned := range plan.attributes {
				if planned.IsFullyKnown() && name != "wait_for_completion" && !planned.Equal(before[name]) {
					t.Errorf("%s is planned as %s and was %s", name, planned, before[name])
				}
			}
		})
	}
}

func TestPlan_converges(t *testing.T) {
	t.Parallel()
	for name, organization := range map[string]any{"default organization": nil, "organization": "org_a"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.Stage{Status: "queued", Reads: 2}, rebillytest.Stage{Status: "processing", Reads: 1}, rebillytest.Stage{Status: "completed"})
			expectRequests(t, api, withoutFiles)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(doNotWait(values{"organization_id": organization})))
			id := export.text("id")
			before := len(api.Requests())
			mustSucceed(t, export.apply(values{"organization_id": organization}))
			for name, want := range map[string]any{"id": id, "status": "completed", "wait_for_completion": true, "organization_id": organization} {
				if got := plain(t, export.current()[name]); got != want {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
			for _, attribute := range progress {
				if export.current()[attribute].IsNull() {
					t.Errorf("%s is null", attribute)
				}
			}
			path, _ := organization.(string)
			mustHaveSent(t, api, before, slices.Repeat([]string{"GET " + exportsPath(path, id)}, 4)...)
			export.identityIs(id, organization)
			mustPlanNothing(t, export, export.plan(values{"organization_id": organization}))
		})
	}
}

// An export of the credential's organization that gets its organization ID
// while it is in progress is waited for there.
func TestPlan_convergesInItsNewOrganization(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := inState(t, api, rebillytest.StatusQueued)
	id := export.text("id")
	api.Add("org_late", rebillytest.Queued(id, rebillytest.Created), rebillytest.LifeCycleTo(rebillytest.StatusCompleted)...)
	before := len(api.Requests())
	// In its old organization, it never ends.
	mustSucceed(t, export.apply(values{"organization_id": "org_late", "timeouts": values{"update": "5s"}}))
	mustHaveSent(t, api, before, slices.Repeat([]string{"GET " + exportsPath("org_late", id)}, 3)...)
	if got := export.text("status"); got != "completed" {
		t.Errorf("the status is %s", got)
	}
	export.identityIs(id, "org_late")
}

func TestPlan_updateEndsWithoutCompletion(t *testing.T) {
	t.Parallel()
	for status, want := range map[string][]string{
		rebillytest.StatusFailed:  {"Export Failed", "its status is failed"},
		rebillytest.StatusExpired: {"Export Expired", "its retention has ended"},
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.SetLifeCycle(rebillytest.LifeCycleTo(status)...)
			expectRequests(t, api, withoutFiles)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(doNotWait(nil)))
			id := export.text("id")
			mustFail(t, export.apply(nil), "", append(want, `Could not update export "`+id+`"`, "stays in state", "-replace")...)
			if got := export.text("status"); got != status {
				t.Errorf("the status is %s", got)
			}
			// Waiting again could not complete it.
			mustPlanNothing(t, export, export.plan(nil))
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(nil))
		})
	}
}

// A status that Rebilly adds may be final: only a creation waits for more.
func TestPlan_unknownStatus(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Respond(201, "application/json", `{"id":"x","status":"archived"}`))
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(doNotWait(nil)))
	want := plainAll(t, export.current())
	want["wait_for_completion"] = true
	mustChangeQuietly(t, api, export, nil, want)
	mustPlanNothing(t, export, export.plan(nil))
}

// An export that was requested and not read has null attributes that an update
// must not change to something unknown.
func TestPlan_afterAnUnreadExport(t *testing.T) {
	t.Parallel()
	requestWithoutReading := func(t *testing.T) (*rebillytest.API, *managed) {
		t.Helper()
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
		export := configured(t, api, nil).manage()
		mustWarn(t, export.apply(doNotWait(nil)), "", "Permission Denied")

		return api, export
	}
	t.Run("without waiting", func(t *testing.T) {
		t.Parallel()
		api, export := requestWithoutReading(t)
		want := plainAll(t, export.current())
		want["timeouts"] = map[string]any{"create": nil, "update": "1h"}
		mustChangeQuietly(t, api, export, doNotWait(values{"timeouts": values{"update": "1h"}}), want)
	})
	t.Run("with waiting", func(t *testing.T) {
		t.Parallel()
		api, export := requestWithoutReading(t)
		plan := export.plan(nil)
		if got := plan.unknowns(); !slices.Equal(got, progress) {
			t.Errorf("unknown are %q", got)
		}
		mustSucceed(t, export.apply(nil))
		if got := export.text("status"); got != "completed" {
			t.Errorf("the status is %s", got)
		}
		mustSucceed(t, export.refresh())
		mustPlanNothing(t, export, export.plan(nil))
		if got := len(requested(api)); got != 1 {
			t.Errorf("%d exports were requested", got)
		}
	})
	t.Run("with another version", func(t *testing.T) {
		t.Parallel()
		_, export := requestWithoutReading(t)
		plan := export.plan(doNotWait(values{"triggers": map[string]tftypes.Value{"version": tftypes.NewValue(tftypes.String, "2")}}))
		mustReplace(t, plan, "triggers")
	})
}
