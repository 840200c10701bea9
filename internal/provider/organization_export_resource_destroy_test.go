package provider

import (
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
	// The warning is not repeated when the plan is applied.
	response := must(export.server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: export.state, PlannedState: plan.response.PlannedState, Config: export.nothing(),
		PlannedPrivate: plan.response.PlannedPrivate, PlannedIdentity: plan.response.PlannedIdentity,
	}))
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
