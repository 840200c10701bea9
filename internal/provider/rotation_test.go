package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// atTime returns a provider whose clock says that the given age has passed since
// rebillytest.Created.
func atTime(t *testing.T, api *rebillytest.API, age time.Duration) protocol {
	t.Helper()
	opts := inMemory(api, nil)
	opts.now = func() time.Time { return rebillytest.Created.Add(age) }
	terraform := startProvider(t, opts)
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey}))

	return terraform
}

// rotating returns an imported export that is replaced after 720 hours.
func rotating(t *testing.T) (*rebillytest.API, *managed) {
	t.Helper()
	api := rebillytest.NewFor(t)
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.importBy(exportID, nil))
	mustSucceed(t, export.apply(rotated))

	return api, export
}

// rotated are the arguments of rotating.
var rotated = values{"rotate_after": "720h"}

func TestRotation_replacesWhenItIsDue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		age      time.Duration
		replaces bool
	}{
		"before": {720*time.Hour - time.Second, false},
		"due":    {720 * time.Hour, true},
		"later":  {7200 * time.Hour, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, export := rotating(t)
			if got := plain(t, export.current()["rotation_time"]); got != rebillytest.Created.Add(720*time.Hour).Format(time.RFC3339) {
				t.Errorf("the rotation time is %v", got)
			}

			export = export.restart(atTime(t, api, test.age))
			mustSucceed(t, export.refresh())
			plan := export.plan(rotated)
			if !test.replaces {
				mustSucceed(t, plan.diagnostics)
				mustReplace(t, plan)

				return
			}
			mustWarn(t, plan.diagnostics, "rotate_after", "Export Replaced for Rotation", exportID, "rotate_after (720h)", "requests a new export")
			if got := strings.Join(plan.replaces, ","); got != `AttributeName("rotation_time")` {
				t.Errorf("the plan replaces the export because of %q", got)
			}
		})
	}
}

// Terraform plans again while it applies, and fails if it gets another plan. The
// time may have passed in between, and unknown values are known then.
func TestRotation_planIsTheSameWhileApplying(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		age              time.Duration
		planned, applied any
		replaces         bool
	}{
		"same age":             {719 * time.Hour, "720h", "720h", false},
		"same age, due":        {720 * time.Hour, "720h", "720h", true},
		"other age":            {719 * time.Hour, "719h30m", "719h30m", false},
		"unknown age":          {719 * time.Hour, unknown, "1h", false},
		"unknown age, due":     {720 * time.Hour, unknown, "720h", true},
		"unknown age, removed": {719 * time.Hour, unknown, nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, export := rotating(t)
			export = export.restart(atTime(t, api, test.age))
			mustSucceed(t, export.refresh())
			// Something else changes too, or Terraform would not apply the plan.
			planned := values{"rotate_after": test.planned, "timeouts": values{"create": "1h"}}
			applied := values{"rotate_after": test.applied, "timeouts": values{"create": "1h"}}
			var want []string
			if test.replaces {
				want = []string{"rotation_time"}
			}
			mustReplace(t, export.plan(planned), want...)
			for _, age := range []time.Duration{719 * time.Hour, test.age, 721 * time.Hour} {
				mustReplace(t, export.restart(atTime(t, api, age)).plan(applied), want...)
			}
		})
	}
}

// The time is not known while a changed age is planned, and may pass before the
// plan is applied. So the plan after it is the first that replaces the export.
func TestRotation_changedAgeCountsOnceItIsInState(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	later := atTime(t, api, 100*time.Hour)
	for _, arguments := range []values{{"rotate_after": "100h"}, {"rotate_after": "24h"}, {"rotate_after": unknown}} {
		export = export.restart(later)
		mustSucceed(t, export.refresh())
		mustReplace(t, export.plan(arguments))
	}

	mustSucceed(t, export.apply(values{"rotate_after": "100h"}))
	mustReplace(t, export.plan(values{"rotate_after": "100h"}))
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(values{"rotate_after": "100h"}), "rotation_time")
}

// The age of a due export may turn out to be the same while Terraform applies.
func TestRotation_unknownAgeReplacesDueExport(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	export = export.restart(atTime(t, api, 720*time.Hour))
	mustSucceed(t, export.refresh())
	due := export.plan(values{"rotate_after": unknown})
	mustReplace(t, due, "rotation_time")
	mustWarn(t, due.diagnostics, "rotate_after", "Export Replaced for Rotation", "rotate_after (720h)")

	mustReplace(t, export.plan(values{"rotate_after": "721h"}))
	mustReplace(t, export.plan(values{}))
	mustSucceed(t, export.apply(values{"rotate_after": "1000h"}))
	// With -refresh=false, the last refresh found the previous time.
	mustReplace(t, export.plan(values{"rotate_after": "1000h"}))
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(values{"rotate_after": unknown}))
}

// A clock that was fast once does not replace an export.
func TestRotation_lastRefreshDecides(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	export = export.restart(atTime(t, api, 720*time.Hour))
	mustSucceed(t, export.refresh())
	export = export.restart(atTime(t, api, 0))
	mustReplace(t, export.plan(rotated), "rotation_time")
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(rotated))
}

// An export that Terraform has just created is not due, although the export that
// it replaces was.
func TestRotation_newExportIsNotDue(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	export = export.restart(atTime(t, api, 720*time.Hour))
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(rotated), "rotation_time")
	mustSucceed(t, export.apply(rotated))
	mustReplace(t, export.restart(atTime(t, api, 0)).plan(rotated))
}

func TestRotation_newExportHasItsOwnTime(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.apply(values{"rotate_after": "1h"}))
	text, _ := plain(t, export.current()["created_time"]).(string)
	created, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	if got := plain(t, export.current()["rotation_time"]); got != created.Add(time.Hour).UTC().Format(time.RFC3339) {
		t.Errorf("created at %s, it rotates at %v", created, got)
	}
}

func TestRotation_argumentChanges(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	requests := len(api.Requests())
	for _, step := range []struct {
		arguments values
		want      any
	}{
		{values{"rotate_after": "48h"}, "2026-03-16T09:26:53Z"},
		{values{}, nil},
		{values{"rotate_after": "24h"}, "2026-03-15T09:26:53Z"},
	} {
		mustSucceed(t, export.apply(step.arguments))
		if got := plain(t, export.current()["rotation_time"]); got != step.want {
			t.Errorf("with %v, the rotation time is %v, want %v", step.arguments, got, step.want)
		}
	}
	if sent := len(api.Requests()) - requests; sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
	if plan := export.plan(values{"rotate_after": unknown}); plan.attributes["rotation_time"].IsKnown() {
		t.Errorf("the rotation time is %s", plan.attributes["rotation_time"])
	}
}

func TestReplaceOnStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status   string
		on       any
		replaces bool
	}{
		"expired":                     {"expired", []any{"expired"}, true},
		"failed":                      {"failed", []any{"failed", "expired"}, true},
		"failed, expired is named":    {"failed", []any{"expired"}, false},
		"completed":                   {"completed", []any{"failed", "expired"}, false},
		"expired, without statuses":   {"expired", nil, false},
		"in progress, is waited for":  {"processing", []any{"failed"}, false},
		"expired, one is unknown":     {"expired", []any{"failed", unknown}, true},
		"completed, one is unknown":   {"completed", []any{"failed", unknown}, false},
		"expired, all are unknown":    {"expired", unknown, true},
		"completed, all are unknown":  {"completed", unknown, false},
		"a status that Rebilly added": {"archived", []any{"failed", "expired"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.JSON(`{"id":"x","status":"` + test.status + `"}`))
			on := test.on
			if statuses, ok := on.([]any); ok {
				var elements []tftypes.Value
				for _, status := range statuses {
					elements = append(elements, tftypes.NewValue(tftypes.String, status))
				}
				on = elements
			}
			arguments := values{"replace_on_status": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, on)}
			export := atTime(t, api, 0).manage()
			mustSucceed(t, export.importBy("x", nil))
			plan := export.plan(arguments)
			if !test.replaces {
				mustSucceed(t, plan.diagnostics)
				if len(plan.replaces) > 0 {
					t.Errorf("the plan replaces the export because of %v", plan.replaces)
				}

				return
			}
			mustWarn(t, plan.diagnostics, "replace_on_status", "Export Replaced Because of Its Status", "has the status "+test.status)
			if got := strings.Join(plan.replaces, ","); got != `AttributeName("status")` {
				t.Errorf("the plan replaces the export because of %q", got)
			}
		})
	}
}

func TestReplaceOnStatus_null(t *testing.T) {
	t.Parallel()
	statuses := []tftypes.Value{tftypes.NewValue(tftypes.String, "failed"), tftypes.NewValue(tftypes.String, nil)}
	terraform := configured(t, rebillytest.NewFor(t), nil)
	mustFail(t, terraform.validateResource(values{"replace_on_status": statuses}), "replace_on_status", "Null Set Value")
}

func TestRecordCounts_addUpTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		resources string
		want      any
	}{
		"one type twice": {`[{"type":"users","recordCount":1},{"type":"users","recordCount":2},{"type":"plans","recordCount":3}]`, map[string]any{"users": "3", "plans": "3"}},
		"empty":          {`[]`, map[string]any{}},
		"null":           {`null`, nil},
		"nulls inside":   {`[{"type":null,"recordCount":1},{"type":"users"}]`, map[string]any{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.JSON(`{"id":"x","status":"completed","resources":` + test.resources + `}`))
			attributes, diagnostics := configured(t, api, nil).read("x")
			mustSucceed(t, diagnostics)
			if got := plain(t, attributes["record_counts"]); !equalMaps(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func equalMaps(got, want any) bool {
	gotMap, isMap := got.(map[string]any)
	wantMap, wanted := want.(map[string]any)
	if !isMap || !wanted {
		return got == nil && want == nil
	}
	for name := range wantMap {
		if gotMap[name] != wantMap[name] {
			return false
		}
	}

	return len(gotMap) == len(wantMap)
}
