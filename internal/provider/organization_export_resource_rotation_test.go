package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// atTime returns a provider, and lets the clock of the API say that the given age has passed since
// rebillytest.Created.
func atTime(t *testing.T, api *rebillytest.API, age time.Duration) protocol {
	t.Helper()
	api.SetClock(func() time.Time { return rebillytest.Created.Add(age) })

	return configured(t, api, nil)
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

// Terraform plans an update again while it applies, and fails if it gets another
// plan. The time may have passed in between, and unknown values are known then.
func TestRotation_planWhileApplying(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		age              time.Duration
		planned, applied any
		fails            bool
	}{
		"same age":             {age: 719 * time.Hour, planned: "720h", applied: "720h"},
		"other age":            {age: 719 * time.Hour, planned: "719h30m", applied: "719h30m"},
		"unknown age":          {age: 719 * time.Hour, planned: unknown, applied: "1h"},
		"unknown age, due":     {age: 720 * time.Hour, planned: unknown, applied: "720h", fails: true},
		"unknown age, moved":   {age: 720 * time.Hour, planned: unknown, applied: "721h"},
		"unknown age, removed": {age: 720 * time.Hour, planned: unknown, applied: nil},
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
			mustReplace(t, export.plan(planned))
			for _, age := range []time.Duration{719 * time.Hour, test.age, 722 * time.Hour} {
				again := export.restart(atTime(t, api, age)).plan(applied)
				mustReplace(t, again)
				if !test.fails {
					mustSucceed(t, again.diagnostics)
				} else if !hasError(again.diagnostics) {
					t.Error("the plan while applying has no error")
				}
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

func TestRotation_unknownAgeKeepsDueExport(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	export = export.restart(atTime(t, api, 720*time.Hour))
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(rotated), "rotation_time")
	due := export.plan(values{"rotate_after": unknown})
	mustReplace(t, due)
	mustSucceed(t, due.diagnostics)

	mustReplace(t, export.plan(values{"rotate_after": "721h"}))
	mustReplace(t, export.plan(values{}))
	mustSucceed(t, export.apply(values{"rotate_after": "1000h"}))
	mustReplace(t, export.plan(values{"rotate_after": "1000h"}))
}

// A clock that was fast once does not replace an export.
func TestRotation_lastRefreshDecides(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	atTime(t, api, 720*time.Hour)
	mustSucceed(t, export.refresh())
	mustReplace(t, export.plan(rotated), "rotation_time")
	atTime(t, api, 0)
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
		"expired, one is unknown":     {"expired", []any{"failed", unknown}, false},
		"completed, one is unknown":   {"completed", []any{"failed", unknown}, false},
		"expired, all are unknown":    {"expired", unknown, false},
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

// An export that this resource requested is not due before its age has passed since
// the request, whatever its created_time says.
func TestRotation_countsFromTheRequest(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.apply(rotated))
	old := rebillytest.Completed(export.text("id"), rebillytest.Created.AddDate(-1, 0, 0))
	api.Add(rebillytest.DefaultOrganization, old)
	for age, replaces := range map[time.Duration][]string{
		time.Hour:                   nil,
		720*time.Hour - time.Second: nil,
		720 * time.Hour:             {"rotation_time"},
	} {
		atTime(t, api, age)
		mustSucceed(t, export.refresh())
		mustReplace(t, export.plan(rotated), replaces...)
	}
}

// Only Rebilly's clock decides.
func TestRotation_withoutTheTimeOfTheResponse(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	body := `{"id":"` + exportID + `","status":"completed","createdTime":"2026-03-14T09:26:53Z"}`
	for _, date := range []string{"", "yesterday"} {
		api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", date)
			_, _ = w.Write([]byte(body))
		}))
		mustWarn(t, export.refresh(), "rotate_after", "Export Not Rotated", "no valid Date header")
		mustReplace(t, export.plan(rotated))
	}
}

// The clock of this machine is far ahead of the API's, and the first responses do not
// have what the export was requested at.
func TestRotation_machineIsAhead(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]func(api *rebillytest.API) []rebillytest.Fault{
		"unreadable response": func(api *rebillytest.API) []rebillytest.Fault {
			return []rebillytest.Fault{rebillytest.CutBodyAfterActing(api), rebillytest.Problem(http.StatusNotFound, "Not Found", "")}
		},
		"no Date": func(api *rebillytest.API) []rebillytest.Fault {
			return []rebillytest.Fault{rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
				api.ServeHTTP(withoutDate{w}, r)
			})}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := atTime(t, api, 0).manage()
			api.Fail(faults(api)...)
			export.apply(doNotWait(rotated))
			mustSucceed(t, export.refresh())
			export = export.restart(atTime(t, api, 720*time.Hour))
			mustSucceed(t, export.refresh())
			mustReplace(t, export.plan(doNotWait(rotated)), "rotation_time")
		})
	}
}

// withoutDate drops the header Date.
type withoutDate struct{ http.ResponseWriter }

func (w withoutDate) WriteHeader(status int) {
	w.Header().Del("Date")
	w.ResponseWriter.WriteHeader(status)
}

func TestRotation_withoutCreatedTime(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("x", rebillytest.Created).With("createdTime", nil))
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.importBy("x", nil))
	mustSucceed(t, export.apply(rotated))
	mustWarn(t, export.refresh(), "rotate_after", "Export Not Rotated", "has no created_time")
}

// The file of an export lives for 30 days in the fake.
func TestRotation_fileIsDeletedBefore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age  string
		gap  bool
		wait bool
	}{
		"a gap":               {age: "2000h", gap: true, wait: true},
		"a gap, waited later": {age: "2000h", gap: true},
		"no gap":              {age: "700h", wait: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export := configured(t, rebillytest.NewFor(t), nil).manage()
			if !test.wait {
				mustSucceed(t, export.apply(doNotWait(values{"rotate_after": test.age})))
			}
			arguments := values{"rotate_after": test.age}
			diagnostics := export.apply(arguments)
			if test.gap {
				mustWarn(t, diagnostics, "rotate_after", "File Deleted Before Rotation")
			} else {
				mustSucceed(t, diagnostics)
			}
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(arguments))
		})
	}
}

// Terraform plans an update again while it applies, when everything is known. That
// plan cannot replace an export, and does not keep quiet either.
func TestPlan_needsAnExportWhileApplying(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		planned, applied values
		summary, says    string
	}{
		"organization":         {planned: values{"organization_id": unknown}, applied: values{"organization_id": "org_b"}, says: `organization_id changed from "org_a" to "org_b" while applying`},
		"the same":             {planned: values{"organization_id": unknown}, applied: values{"organization_id": "org_a"}},
		"files":                {planned: values{"organization_id": "org_a", "include_files": unknown}, applied: values{"organization_id": "org_a", "include_files": true}, says: "include_files changed from false to true while applying"},
		"files, the same":      {planned: values{"organization_id": "org_a", "include_files": unknown}, applied: values{"organization_id": "org_a", "include_files": false}},
		"statuses, not there":  {planned: values{"organization_id": "org_a", "replace_on_status": unknown}, applied: values{"organization_id": "org_a"}},
		"the default, another": {planned: values{"organization_id": unknown}, applied: nil, says: `organization_id changed from "org_a" to "org_c" while applying`},
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
			if test.says == "" {
				mustSucceed(t, again.diagnostics)
			} else {
				attribute, _, _ := strings.Cut(test.says, " ")
				mustFail(t, again.diagnostics, attribute, "New Export Not in the Plan", test.says, "Run terraform apply again")
			}
			mustHaveSent(t, api, sent)
		})
	}
}

func TestPlan_emptyIsNull(t *testing.T) {
	t.Parallel()
	empty := values{"triggers": map[string]tftypes.Value{}, "replace_on_status": []tftypes.Value{}}
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	for _, arguments := range []values{empty, nil, empty} {
		mustSucceed(t, export.apply(arguments))
		mustSucceed(t, export.refresh())
		mustPlanNothing(t, export, export.plan(arguments))
	}
	if got := len(requested(api)); got != 1 {
		t.Errorf("%d exports were requested", got)
	}
}

func TestRotation_shortAgeWarns(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	mustWarn(t, terraform.validateResource(values{"rotate_after": "59m"}), "rotate_after", "Short Rotation")
	for _, quiet := range []any{"1h", nil, unknown} {
		mustSucceed(t, terraform.validateResource(values{"rotate_after": quiet}))
	}
}
