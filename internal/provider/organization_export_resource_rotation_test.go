package provider

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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

// rotationStep is a plan for an export of rotating.
type rotationStep struct {
	// refresh is the age at which a new run refreshes the export first; zero means that
	// none does. A rotate_after is applied after it.
	refresh time.Duration
	apply   string
	// plan is the planned rotate_after.
	plan     any
	replaces bool
}

func TestRotation_replacesWhenItIsDue(t *testing.T) {
	t.Parallel()
	const due, month = 720 * time.Hour, "720h"
	for name, steps := range map[string][]rotationStep{
		"before": {{refresh: due - time.Second, plan: month}},
		"due":    {{refresh: due, plan: month, replaces: true}},
		"later":  {{refresh: 10 * due, plan: month, replaces: true}},
		// The time is not known while a changed age is planned, and may pass before the
		// plan is applied. So the plan after it is the first that replaces the export.
		"a changed age": {
			{refresh: 100 * time.Hour, plan: "100h"},
			{plan: "24h"},
			{plan: unknown},
			{apply: "100h", plan: "100h"},
			{refresh: 100 * time.Hour, plan: "100h", replaces: true},
		},
		"unknown, later, or no age": {
			{refresh: due, plan: month, replaces: true}, {plan: unknown}, {plan: "721h"}, {plan: nil}, {apply: "1000h", plan: "1000h"},
		},
		// A clock that was fast once does not replace an export.
		"the last refresh decides": {{refresh: due, plan: month, replaces: true}, {refresh: time.Second, plan: month}},
		"the export that replaces": {{refresh: due, plan: month, replaces: true}, {apply: month, plan: month}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, export := rotating(t)
			mustHave(t, export.current(), map[string]any{"rotation_time": "2026-04-13T09:26:53Z"})
			for _, step := range steps {
				if step.refresh > 0 {
					export = export.restart(atTime(t, api, step.refresh))
					mustSucceed(t, export.refresh())
				}
				if step.apply != "" {
					mustSucceed(t, export.apply(values{"rotate_after": step.apply}))
				}
				plan := export.plan(values{"rotate_after": step.plan})
				if step.replaces {
					mustReplace(t, plan, "rotation_time")
					mustWarn(t, plan.diagnostics, "rotate_after", "Export Replaced for Rotation")
				} else {
					mustReplace(t, plan)
					mustSucceed(t, plan.diagnostics)
				}
			}
		})
	}
}

// Terraform plans an update again while it applies, and fails if it gets another
// plan. The time may have passed in between, and unknown values are known then.
func TestRotation_planWhileApplying(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, export := rotating(t)
			export = export.restart(atTime(t, api, test.age))
			mustSucceed(t, export.refresh())
			mustReplace(t, export.plan(values{"rotate_after": test.planned}))
			for _, age := range []time.Duration{719 * time.Hour, test.age, 722 * time.Hour} {
				again := export.restart(atTime(t, api, age)).plan(values{"rotate_after": test.applied})
				mustReplace(t, again)
				if hasError(again.diagnostics) != test.fails {
					t.Errorf("the plan while applying has %s", messages(again.diagnostics))
				}
			}
		})
	}
}

func TestRotation_argumentChanges(t *testing.T) {
	t.Parallel()
	api, export := rotating(t)
	before := len(api.Requests())
	for _, step := range []struct{ age, want any }{{"48h", "2026-03-16T09:26:53Z"}, {nil, nil}, {"24h", "2026-03-15T09:26:53Z"}} {
		mustSucceed(t, export.apply(values{"rotate_after": step.age}))
		mustHave(t, export.current(), map[string]any{"rotation_time": step.want})
	}
	mustHaveSent(t, api, before)
	if plan := export.plan(values{"rotate_after": unknown}); plan.attributes["rotation_time"].IsKnown() {
		t.Errorf("the rotation time is %s", plan.attributes["rotation_time"])
	}
}

func TestReplaceOnStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status   string
		on       any
		replaces bool
	}{
		"expired":                     {status: "expired", on: stringList("expired"), replaces: true},
		"failed":                      {status: "failed", on: stringList("failed", "expired"), replaces: true},
		"failed, expired is named":    {status: "failed", on: stringList("expired")},
		"completed":                   {status: "completed", on: stringList("failed", "expired")},
		"expired, without statuses":   {status: "expired"},
		"in progress, is waited for":  {status: "processing", on: stringList("failed")},
		"expired, one is unknown":     {status: "expired", on: stringList("failed", unknown)},
		"expired, all are unknown":    {status: "expired", on: unknown},
		"a status that Rebilly added": {status: "archived", on: stringList("failed", "expired")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.JSON(`{"id":"x","status":"` + test.status + `"}`))
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.importBy("x", nil))
			plan := export.plan(values{"replace_on_status": test.on})
			if test.replaces {
				mustReplace(t, plan, "status")
				mustWarn(t, plan.diagnostics, "replace_on_status", "Export Replaced Because of Its Status", test.status)
			} else {
				mustReplace(t, plan)
				mustSucceed(t, plan.diagnostics)
			}
		})
	}
	mustFail(t, unconfigured(t, nil).validateResource(values{"replace_on_status": stringList("failed", nil)}), "replace_on_status", "Null Set Value")
}

// An export that this resource requested is not due before its age has passed since
// the request, whatever its created_time says.
func TestRotation_countsFromTheRequest(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.apply(rotated))
	mustHave(t, export.current(), map[string]any{"rotation_time": "2026-04-13T09:26:53Z"})
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(export.id(), rebillytest.Created.AddDate(-1, 0, 0)))
	for age, replaces := range map[time.Duration][]string{
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
	for _, date := range []string{"", "yesterday"} {
		api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", date)
			_, _ = w.Write([]byte(`{"id":"` + exportID + `","status":"completed","createdTime":"2026-03-14T09:26:53Z"}`))
		}))
		mustWarn(t, export.refresh(), "rotate_after", "Export Not Rotated")
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
				recorded := httptest.NewRecorder()
				api.ServeHTTP(recorded, r)
				w.WriteHeader(recorded.Code)
				_, _ = recorded.Body.WriteTo(w)
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

func TestRotation_withoutCreatedTime(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("x", rebillytest.Created).With("createdTime", nil))
	export := atTime(t, api, 0).manage()
	mustSucceed(t, export.importBy("x", nil))
	mustSucceed(t, export.apply(rotated))
	mustWarn(t, export.refresh(), "rotate_after", "Export Not Rotated")
}

// The file of an export lives for 30 days in the fake.
func TestRotation_fileIsDeletedBefore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age          string
		gap, waitsOn bool
	}{
		"a gap":               {age: "2000h", gap: true},
		"a gap, waited later": {age: "2000h", gap: true, waitsOn: true},
		"no gap":              {age: "700h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export := configured(t, rebillytest.NewFor(t), nil).manage()
			arguments := values{"rotate_after": test.age}
			if test.waitsOn {
				mustSucceed(t, export.apply(doNotWait(arguments)))
			}
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

func TestRotation_shortAgeWarns(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, nil)
	mustWarn(t, terraform.validateResource(values{"rotate_after": "59m"}), "rotate_after", "Short Rotation")
	for _, quiet := range []any{"1h", nil, unknown} {
		mustSucceed(t, terraform.validateResource(values{"rotate_after": quiet}))
	}
}
