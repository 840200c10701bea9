package provider

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// create plans and applies a new resource rebilly_organization_export with the
// given arguments, and returns the state's attributes.
func (p protocol) create(arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[objectType]
	nothing, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
	if err != nil {
		p.t.Fatal(err)
	}
	config := p.object(schema, arguments)
	planned, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName:         objectType,
		PriorState:       &nothing,
		ProposedNewState: config,
		Config:           config,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	mustSucceed(p.t, planned.Diagnostics)
	applied, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:        objectType,
		PriorState:      &nothing,
		PlannedState:    planned.PlannedState,
		Config:          config,
		PlannedPrivate:  planned.PlannedPrivate,
		PlannedIdentity: planned.PlannedIdentity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	mustNotShowDiagnostics(p.t, applied.Diagnostics)

	return p.attributes(schema, applied.NewState), applied.Diagnostics
}

// refresh reads the resource whose state has the given attributes, and returns
// the state's attributes afterwards.
func (p protocol) refresh(state values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[objectType]
	read, err := p.server.ReadResource(p.ctx, &tfprotov6.ReadResourceRequest{TypeName: objectType, CurrentState: p.object(schema, state)})
	if err != nil {
		p.t.Fatal(err)
	}
	mustNotShowDiagnostics(p.t, read.Diagnostics)

	return p.attributes(schema, read.NewState), read.Diagnostics
}
