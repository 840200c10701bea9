package provider

import (
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// clock is the clock of a provider.
type clock struct{ time time.Time }

func (c *clock) now() time.Time { return c.time }

// configuredAt returns a configured provider with the given clock.
func configuredAt(t *testing.T, api *rebillytest.API, at *clock, attributes values) protocol {
	t.Helper()
	opts := inMemory(api, nil)
	opts.now = at.now
	terraform := startProvider(t, opts)
	all := values{"api_key": rebillytest.SecretKey}
	for name, value := range attributes {
		all[name] = value
	}
	mustSucceed(t, terraform.configure(all))

	return terraform
}

func statuses(elements ...any) tftypes.Value {
	converted := []tftypes.Value{}
	for _, element := range elements {
		converted = append(converted, tftypes.NewValue(tftypes.String, element))
	}

	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, converted)
}

// createdTime returns the time at which the export was requested.
func (m *managed) createdTime() time.Time {
	m.t.Helper()
	created, err := time.Parse(time.RFC3339, m.text("created_time"))
	if err != nil {
		m.t.Fatal(err)
	}

	return created
}

func TestRotation_requestsANewExportWhenItIsDue(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	at := &clock{time.Now()}
	export := configuredAt(t, api, at, nil).manage()
	arguments := values{"rotate_after": "720h"}
	mustSucceed(t, export.apply(arguments))
	first, due := export.text("id"), export.createdTime().Add(720*time.Hour)
	if got := export.text("rotation_time"); got != due.Format(time.RFC3339) {
		t.Errorf("rotation_time is %s, want %s", got, due.Format(time.RFC3339))
	}

	at.time = due.Add(-time.Nanosecond)
	mustPlanNothing(t, export, export.plan(arguments))
	for _, late := range []time.Duration{0, 1000 * time.Hour} {
		at.time = due.Add(late)
		plan := export.plan(arguments)
		mustWarn(t, plan.diagnostics, "rotate_after", "Export Replaced for Rotation", first, "rotate_after (720h)", "requests a new export")
		mustReplace(t, plan, "rotation_time")
	}

	// The fake's clock is the real one.
	mustSucceed(t, export.apply(arguments))
	if export.text("id") == first || len(requested(api)) != 2 {
		t.Errorf("the export is %s after %d requests", export.text("id"), len(requested(api)))
	}
	if got, want := export.text("rotation_time"), export.createdTime().Add(720*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("rotation_time is %s, want %s", got, want)
	}
	at.time = time.Now()
	mustPlanNothing(t, export, export.plan(arguments))
}

func TestRotation_importedExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	at := &clock{rebillytest.Created.Add(time.Hour)}
	export := configuredAt(t, api, at, nil).manage()
	mustSucceed(t, export.importBy(exportID, nil))
	before := len(api.Requests())
	mustSucceed(t, export.apply(values{"rotate_after": "2h"}))
	mustHaveSent(t, api, before)
	if got := export.text("rotation_time"); got != "2026-03-14T11:26:53Z" {
		t.Errorf("rotation_time is %s", got)
	}
	at.time = at.time.Add(time.Hour)
	plan := export.plan(values{"rotate_after": "2h"})
	mustReplace(t, plan, "rotation_time")
	mustWarn(t, plan.diagnostics, "rotate_after", "Export Replaced for Rotation")
}

func TestRotation_changesOfTheArgument(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	at := &clock{time.Now()}
	export := configuredAt(t, api, at, nil).manage()
	mustSucceed(t, export.apply(nil))
	if !export.current()["rotation_time"].IsNull() {
		t.Errorf("rotation_time is %s", export.current()["rotation_time"])
	}
	want := plainAll(t, export.current())
	for _, after := range []string{"720h", "24h", "90m", ""} {
		arguments := values{}
		want["rotate_after"], want["rotation_time"] = nil, nil
		if after != "" {
			age, _ := time.ParseDuration(after)
			arguments["rotate_after"], want["rotate_after"] = after, after
			want["rotation_time"] = export.createdTime().Add(age).Format(time.RFC3339)
		}
		mustChangeQuietly(t, api, export, arguments, want)
	}

	plan := export.plan(values{"rotate_after": unknown})
	mustSucceed(t, plan.diagnostics)
	mustReplace(t, plan)
	if got := plan.unknowns(); !slices.Equal(got, []string{"rotate_after", "rotation_time"}) {
		t.Errorf("unknown are %q", got)
	}
}

func TestRotation_withoutACreatedTime(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Answer(201, "application/json", `{"id":"x","status":"completed"}`))
	export := configuredAt(t, api, &clock{time.Now().AddDate(100, 0, 0)}, nil).manage()
	mustSucceed(t, export.apply(values{"rotate_after": "1h"}))
	if !export.current()["rotation_time"].IsNull() {
		t.Errorf("rotation_time is %s", export.current()["rotation_time"])
	}
	mustPlanNothing(t, export, export.plan(values{"rotate_after": "1h"}))
}

// A new export must not silently belong to another organization.
func TestRotation_keepsTheOrganization(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	at := &clock{time.Now()}
	export := configuredAt(t, api, at, values{"organization_id": "org_a"}).manage()
	arguments := values{"rotate_after": "1h"}
	mustSucceed(t, export.apply(arguments))
	later := &clock{time.Now().Add(2 * time.Hour)}

	without := export.restart(configuredAt(t, api, later, nil))
	mustFail(t, without.apply(arguments), "", "Export Replaced for Rotation")
}

func TestReplaceOnStatus(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := inState(t, api, status)
			mustPlanNothing(t, export, export.plan(doNotWait(nil)))
			plan := export.plan(doNotWait(values{"replace_on_status": statuses("expired", "failed")}))
			if status != "expired" && status != "failed" {
				mustSucceed(t, plan.diagnostics)
				mustReplace(t, plan)

				return
			}
			mustReplace(t, plan, "status")
			mustWarn(t, plan.diagnostics, "replace_on_status", "Export Replaced Because of Its Status", "has the status "+status)
			other := map[string]string{"expired": "failed", "failed": "expired"}[status]
			plan = export.plan(doNotWait(values{"replace_on_status": statuses(other)}))
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)

			// Elements that are not known yet replace nothing.
			plan = export.plan(doNotWait(values{"replace_on_status": statuses(unknown)}))
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)

			// With waiting, the new export is completed.
			api.SetLifeCycle(rebillytest.LifeCycleTo("completed")...)
			first := export.text("id")
			mustSucceed(t, export.apply(values{"replace_on_status": statuses("expired", "failed")}))
			if export.text("id") == first || export.text("status") != "completed" {
				t.Errorf("the export %s is %s", export.text("id"), export.text("status"))
			}
		})
	}
}

func TestRotation_invalidArguments(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	for _, invalid := range []string{"", "0s", "-1h", "30", "30d", "a month"} {
		mustFail(t, terraform.validateResource(values{"rotate_after": invalid}), "rotate_after", "Invalid Argument Value")
	}
	for _, valid := range []any{nil, unknown, "1s", "720h"} {
		mustSucceed(t, terraform.validateResource(values{"rotate_after": valid}))
	}
	for _, status := range []any{"completed", "queued", "Failed", "", nil} {
		diagnostics := terraform.validateResource(values{"replace_on_status": statuses("failed", status)})
		if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
			t.Errorf("%v: %s", status, messages(diagnostics))
		}
	}
	mustSucceed(t, terraform.validateResource(values{"replace_on_status": statuses("failed", "expired")}))
	mustSucceed(t, terraform.validateResource(values{"replace_on_status": statuses(unknown)}))
}
