package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

const (
	requestType  = "rebilly_request_organization_export"
	downloadType = "rebilly_download_organization_export"
)

func (p protocol) actions() tfprotov6.ActionServer { return p.server }

// noBlock stands for an action without a config block.
var noBlock = values{"": nil}

func (p protocol) actionConfig(typeName string, arguments values) *tfprotov6.DynamicValue {
	schema := p.schema.ActionSchemas[typeName].Schema
	if _, none := arguments[""]; none {
		return null(schema)
	}

	return p.object(schema, arguments)
}

func (p protocol) validateAction(typeName string, arguments values) []*tfprotov6.Diagnostic {
	return must(p.actions().ValidateActionConfig(p.ctx, &tfprotov6.ValidateActionConfigRequest{
		ActionType: typeName, Config: p.actionConfig(typeName, arguments),
	})).Diagnostics
}

func (p protocol) planAction(typeName string, arguments values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	response := must(p.actions().PlanAction(p.ctx, &tfprotov6.PlanActionRequest{
		ActionType: typeName, Config: p.actionConfig(typeName, arguments),
	}))
	if response.Deferred != nil {
		p.t.Errorf("the action is deferred: %v", response.Deferred)
	}

	return response.Diagnostics
}

// invoke plans and invokes an action, and returns its progress messages and the
// diagnostics of both.
func (p protocol) invoke(typeName string, arguments values) ([]string, []*tfprotov6.Diagnostic) {
	return p.invokeWith(typeName, arguments, func(string) {})
}

// invokeWith is invoke that calls onProgress with each progress message.
func (p protocol) invokeWith(typeName string, arguments values, onProgress func(string)) (progress []string, diagnostics []*tfprotov6.Diagnostic) {
	if diagnostics := p.planAction(typeName, arguments); hasError(diagnostics) {
		return nil, diagnostics
	}

	return p.invokeUnplanned(typeName, arguments, onProgress)
}

// invokeUnplanned is invokeWith without the plan.
func (p protocol) invokeUnplanned(typeName string, arguments values, onProgress func(string)) (progress []string, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	stream := must(p.actions().InvokeAction(p.ctx, &tfprotov6.InvokeActionRequest{
		ActionType: typeName, Config: p.actionConfig(typeName, arguments),
	}))
	completed := 0
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
			onProgress(event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			completed++
			diagnostics = event.Diagnostics
		}
	}
	if completed != 1 {
		p.t.Errorf("the action was completed %d times", completed)
	}
	mustNotShow(p.t, "a progress message", strings.Join(progress, "\n"), secrets...)

	return progress, mustNotShowDiagnostics(p.t, diagnostics)
}
