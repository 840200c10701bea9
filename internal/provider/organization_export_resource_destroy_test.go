package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestDestroy_planWarns(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := mustImport(t, api)
	before := len(api.Requests())
	plan := export.planDestroy()
	mustWarn(t, plan.diagnostics, "", "Export Kept by Rebilly", exportID, "2026-04-13T09:36:53Z")
	if len(plan.attributes) > 0 {
		t.Errorf("the plan has %v", plan.attributes)
	}
	// The warning is not repeated when the plan is applied.
	response, err := export.server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: export.state, PlannedState: plan.response.PlannedState, Config: export.nothing(),
		PlannedPrivate: plan.response.PlannedPrivate, PlannedIdentity: plan.response.PlannedIdentity,
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, response.Diagnostics)
	if after := export.attributes(export.schema, response.NewState); len(after) > 0 {
		t.Errorf("the state has %v", after)
	}
	mustHaveSent(t, api, before)
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
	for want, commands := range map[int][][]string{
		0: {{"plan", "-no-color"}, {"plan", "-no-color", "-replace=" + resourceAddress + "[0]"}, append(apply, "-replace="+resourceAddress+"[0]")},
		1: {{"plan", "-no-color", "-destroy"}, {"plan", "-no-color", "-var=exports=0"}},
	} {
		for _, command := range commands {
			printed := terraform.mustRun(command...)
			if got := strings.Count(printed, warning); got != want {
				t.Errorf("%q warned %d times:\n%s", command, got, printed)
			}
		}
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
