package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
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
	mustHave(t, export.current(), map[string]any{"status": status})

	return export
}

// doNotWait returns the arguments with wait_for_completion = false.
func doNotWait(arguments values) values {
	return values{"wait_for_completion": false}.with(arguments)
}

// A change of what only Terraform knows changes nothing else, and sends nothing. So
// does waiting for an export that is not in progress.
func TestPlan_changesNothingElse(t *testing.T) {
	t.Parallel()
	for _, status := range []string{
		rebillytest.StatusPending, rebillytest.StatusQueued, rebillytest.StatusProcessing,
		rebillytest.StatusCompleted, rebillytest.StatusFailed, rebillytest.StatusExpired,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := inState(t, api, status)
			mustPlanNothing(t, export, export.plan(doNotWait(nil)))
			mustPlanNothing(t, export, export.plan(doNotWait(values{"include_files": false})))
			before := len(api.Requests())
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(doNotWait(nil)))
			mustHaveSent(t, api, before, "GET "+exportsPath("", export.id()))

			want := plainAll(t, export.current())
			want["timeouts"] = map[string]any{"create": "2h", "update": nil}
			mustChangeQuietly(t, api, export, doNotWait(values{"timeouts": values{"create": "2h"}}), want)
			want["timeouts"] = nil
			mustChangeQuietly(t, api, export, doNotWait(nil), want)
			if !rebilly.IsInProgress(status) {
				want["wait_for_completion"] = true
				mustChangeQuietly(t, api, export, nil, want)
				mustPlanNothing(t, export, export.plan(nil))
				want["wait_for_completion"] = false
				mustChangeQuietly(t, api, export, doNotWait(nil), want)
			}
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
	mustEqual(t, "the plan", want, plainAll(t, plan.attributes))
	before := len(api.Requests())
	mustSucceed(t, export.apply(arguments))
	mustHaveSent(t, api, before)
	mustEqual(t, "the state", want, plainAll(t, export.current()))
}

func TestPlan_waitsForAnExportInProgress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status string
		wait   any
		want   []string
	}{
		"pending":              {status: "pending", want: progress},
		"queued":               {status: "queued", wait: true, want: progress},
		"processing":           {status: "processing", want: progress},
		"queued, wait unknown": {status: "queued", wait: unknown, want: append(slices.Clone(progress), "wait_for_completion")},
		"failed, wait unknown": {status: "failed", wait: unknown, want: []string{"wait_for_completion"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export := inState(t, rebillytest.NewFor(t), test.status)
			before := export.current()
			plan := export.plan(values{"wait_for_completion": test.wait})
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)
			mustEqual(t, "what is unknown", test.want, plan.unknowns())
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
	for name, test := range map[string]struct{ created, updated any }{
		"default organization": {},
		"organization":         {created: "org_a", updated: "org_a"},
		// An export of the credential's organization that gets its organization ID
		// while it is in progress is waited for there.
		"its new organization": {updated: "org_late"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			stages := []rebillytest.Stage{{Status: "queued", Reads: 2}, {Status: "processing", Reads: 1}, {Status: "completed"}}
			api.SetLifeCycle(stages...)
			expectRequests(t, api, withoutFiles)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(doNotWait(values{"organization_id": test.created})))
			id := export.id()
			api.Add("org_late", rebillytest.Queued(id, rebillytest.Created), stages...)
			before := len(api.Requests())
			arguments := values{"organization_id": test.updated, "timeouts": values{"update": "5s"}}
			mustSucceed(t, export.apply(arguments))
			mustHave(t, export.current(), map[string]any{"id": id, "status": "completed", "wait_for_completion": true, "organization_id": test.updated})
			organization, _ := test.updated.(string)
			mustHaveSent(t, api, before, slices.Repeat([]string{"GET " + exportsPath(organization, id)}, 4)...)
			export.identityIs(id, test.updated)
			mustPlanNothing(t, export, export.plan(arguments))
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
// must not change to something unknown, unless it waits.
func TestPlan_afterAnUnreadExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
	expectRequests(t, api, withFiles)
	export := configured(t, api, nil).manage()
	arguments := doNotWait(values{"include_files": true})
	mustWarn(t, export.apply(arguments), "", "Permission Denied")
	want := plainAll(t, export.current())
	want["timeouts"] = map[string]any{"create": nil, "update": "1h"}
	mustChangeQuietly(t, api, export, doNotWait(values{"include_files": true, "timeouts": values{"update": "1h"}}), want)
	mustReplace(t, export.plan(values{"include_files": true, "triggers": triggers("2")}), "triggers")

	arguments = values{"include_files": true}
	mustEqual(t, "what is unknown", progress, export.plan(arguments).unknowns())
	mustSucceed(t, export.apply(arguments))
	mustHave(t, export.current(), map[string]any{"status": "completed"})
	mustSucceed(t, export.refresh())
	mustPlanNothing(t, export, export.plan(arguments))
}

// Terraform plans an update again while it applies, when everything is known. That
// plan cannot replace an export, and does not keep quiet either.
func TestPlan_needsAnExportWhileApplying(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		planned, applied values
		// attribute is the one of the error, and change is what it says.
		attribute, change string
	}{
		"organization":            {planned: values{"organization_id": unknown}, applied: values{"organization_id": "org_b"}, attribute: "organization_id", change: `"org_a" to "org_b"`},
		"the same organization":   {planned: values{"organization_id": unknown}, applied: values{"organization_id": "org_a"}},
		"another default":         {planned: values{"organization_id": unknown}, attribute: "organization_id", change: `"org_a" to "org_c"`},
		"files":                   {planned: values{"include_files": unknown}, applied: values{"organization_id": "org_a", "include_files": true}, attribute: "include_files", change: "false to true"},
		"the same files":          {planned: values{"include_files": unknown}, applied: values{"organization_id": "org_a", "include_files": false}},
		"statuses, but not there": {planned: values{"replace_on_status": unknown}, applied: values{"organization_id": "org_a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configuredFor(t, api, "org_a").manage()
			mustSucceed(t, export.apply(nil))
			plan := export.plan(test.planned)
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)
			sent := len(api.Requests())

			again := export.restart(configuredFor(t, api, "org_c")).plan(test.applied)
			mustReplace(t, again)
			if test.attribute == "" {
				mustSucceed(t, again.diagnostics)
			} else {
				mustFail(t, again.diagnostics, test.attribute, "New Export Not in the Plan", test.change)
			}
			mustHaveSent(t, api, sent)
		})
	}
}

func TestPlan_emptyIsNull(t *testing.T) {
	t.Parallel()
	empty := values{"triggers": map[string]tftypes.Value{}, "replace_on_status": []tftypes.Value{}}
	api := rebillytest.NewFor(t)
	expectRequests(t, api, withoutFiles)
	export := configured(t, api, nil).manage()
	for _, arguments := range []values{empty, nil, empty} {
		mustSucceed(t, export.apply(arguments))
		mustSucceed(t, export.refresh())
		mustPlanNothing(t, export, export.plan(arguments))
	}
}
