package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestDestroy_planWarns(t *testing.T) {
	t.Parallel()
	for status, test := range map[string]struct {
		export rebillytest.Export
		want   string
	}{
		"completed": {rebillytest.Completed("x", rebillytest.Created), "keeps it and its file until 2026-04-13T09:36:53Z."},
		"expired":   {rebillytest.Completed("x", rebillytest.Created).With("status", "expired"), "keeps it; its file is already deleted."},
		"queued":    {rebillytest.Queued("x", rebillytest.Created), "keeps it and its file until its retention ends."},
		"failed":    {rebillytest.Queued("x", rebillytest.Created).With("status", "failed"), "that deletes an export, and keeps it."},
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Add(rebillytest.DefaultOrganization, test.export)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.importBy("x", nil))
			before := len(api.Requests())
			plan := export.planDestroy()
			mustWarn(t, plan.diagnostics, "", "Export Kept by Rebilly", `only removes export "x" from state`, "no operation that deletes an export", test.want)
			if len(plan.attributes) > 0 {
				t.Errorf("the plan has %v", plan.attributes)
			}

			// The warning is not repeated when the plan is applied.
			mustSucceed(t, export.destroy(plan))
			if export.exists() {
				t.Errorf("the state has %v", export.current())
			}
			mustHaveSent(t, api, before)
		})
	}
}

// destroy carries out the plan of a destruction and returns the diagnostics.
func (m *managed) destroy(plan planned) []*tfprotov6.Diagnostic {
	m.t.Helper()
	response, err := m.server.ApplyResourceChange(m.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: m.state, PlannedState: plan.response.PlannedState, Config: m.nothing(),
		PlannedPrivate: plan.response.PlannedPrivate, PlannedIdentity: plan.response.PlannedIdentity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.state, m.private, m.identity = response.NewState, response.Private, response.NewIdentity

	return response.Diagnostics
}

// An export that was requested and not read has a null retention time, and can
// be destroyed too.
func TestDestroy_unreadExport(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
	export := configured(t, api, nil).manage()
	mustWarn(t, export.apply(nil), "", "Permission Denied")
	mustWarn(t, export.planDestroy().diagnostics, "", "Export Kept by Rebilly", "keeps it and its file until its retention ends.")
}

// Recurring exports replace the last one every month.
func TestDestroy_replacementDoesNotWarn(t *testing.T) {
	t.Parallel()
	export := configured(t, rebillytest.NewFor(t), nil).manage()
	mustSucceed(t, export.apply(values{"triggers": triggers("1")}))
	arguments := values{"triggers": triggers("2")}
	plan := export.plan(arguments)
	mustReplace(t, plan, "triggers")
	mustSucceed(t, plan.diagnostics)
	mustSucceed(t, export.planFrom(export.nothing(), plan.response.PlannedPrivate, nil, arguments).diagnostics)
	mustSucceed(t, export.apply(arguments))
}

func TestAccDestroy_warnsBeforeApproval(t *testing.T) {
	t.Parallel()
	const warning = "Export Kept by Rebilly"
	api := rebillytest.NewFor(t)
	api.SetLifeCycle(rebillytest.Stage{Status: "completed"})
	address, _ := overLoopback(t, api)
	terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + `
variable "exports" {
  default = 1
}
` + requestExport("count = var.exports")})
	apply := []string{"apply", "-no-color", "-auto-approve"}
	terraform.mustRun(apply...)
	for name, test := range map[string]struct {
		command []string
		warns   int
	}{
		"plan":                       {[]string{"plan", "-no-color"}, 0},
		"replacement":                {[]string{"plan", "-no-color", "-replace=" + resourceAddress + "[0]"}, 0},
		"destruction":                {[]string{"plan", "-no-color", "-destroy"}, 1},
		"removal from configuration": {[]string{"plan", "-no-color", "-var=exports=0"}, 1},
	} {
		printed := terraform.mustRun(test.command...)
		if got := strings.Count(printed, warning); got != test.warns {
			t.Errorf("%s: it warned %d times:\n%s", name, got, printed)
		}
	}
	if printed := terraform.mustRun(append(apply, "-replace="+resourceAddress+"[0]")...); strings.Contains(printed, warning) {
		t.Errorf("applying a replacement warned:\n%s", printed)
	}
	before := len(api.Requests())
	printed := terraform.mustRun("destroy", "-no-color", "-auto-approve")
	if got := strings.Count(printed, warning); got != 1 || !wrapped("and its file until 20").MatchString(printed) {
		t.Errorf("destroying warned %d times:\n%s", got, printed)
	}
	// The plan of the destruction refreshes the export.
	for _, line := range sentSince(api, before) {
		if !strings.HasPrefix(line, "GET ") {
			t.Errorf("destroying sent %s", line)
		}
	}
}
