package provider

import (
	"path/filepath"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// terraformState is what Terraform keeps between two runs.
type terraformState struct {
	serial  int
	current *instance
	deposed []*instance
	// file is the ID of the export for which the object that uses the file was
	// created.
	file string
}

// approved is a plan of a whole run.
type approved struct {
	// serial is that of the state that was planned from, and state the refreshed one.
	serial int
	state  terraformState
	change plannedChange
	// reasons are why an export may be requested, as far as the plan can know.
	reasons []string
	// organization is what the plan shows: "" for the credential's default, and
	// "unknown".
	organization string
	// files are the include_files that the plan shows: "true", "false" or "unknown".
	files string
	// settings and unknown are what the plan was made with.
	settings settings
	unknown  string
	// requested are the exports that were requested for it.
	requested []*export
}

// plan is the walk that plans. It returns false if the run ends with an error.
func (y *year) plan(refresh bool) (*approved, bool) {
	result := &approved{serial: y.state.serial, state: y.state, settings: y.settings, unknown: y.unknown}
	p, ok := y.start("plan")
	defer p.interrupt()
	if !ok {
		return nil, false
	}
	config := p.object(y.resource, y.settings.arguments(y.unknown))
	if validated, err := p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: objectType, Config: config}); !p.succeeded("validate", validated.Diagnostics, err) {
		return nil, false
	}
	if refresh {
		if result.state.current, ok = p.refresh(result.state.current); !ok {
			return nil, false
		}
		result.state.deposed = nil
		for _, deposed := range y.state.deposed {
			refreshed, ok := p.refresh(deposed)
			if !ok {
				return nil, false
			}
			if refreshed != nil {
				result.state.deposed = append(result.state.deposed, refreshed)
			}
		}
	}
	result.reasons = y.reasons(result)
	result.change, ok = p.planChange(result.state.current, config, "")
	if !ok || p.interrupted.Load() {
		return nil, false
	}
	y.judgePlan(p, result)
	if !y.postcondition(p, result.change.value) {
		return nil, false
	}
	for _, deposed := range result.state.deposed {
		if _, ok := p.planDestroy(deposed); !ok {
			return nil, false
		}
	}
	if planned := p.text(result.change.value, "id"); !y.withoutFile && planned != y.state.file && !p.planDownload(planned) {
		return nil, false
	}

	return result, true
}

// apply is the walk that applies an approved plan. After each object, the state is
// on the disk. It returns false if the run ends with an error.
func (y *year) apply(plan *approved) bool {
	if plan.serial != y.state.serial {
		y.trace("  the plan is stale")

		return false
	}
	p, ok := y.start("apply")
	defer p.interrupt()
	if !ok {
		return false
	}
	y.approved = plan
	defer func() { y.approved = nil }()
	y.save(plan.state)
	for _, deposed := range plan.state.deposed {
		if !p.destroy(deposed) || p.interrupted.Load() {
			return false
		}
		y.state.deposed = slices.DeleteFunc(slices.Clone(y.state.deposed), func(other *instance) bool { return other == deposed })
		y.save(y.state)
	}
	if y.invokeBefore && !y.invokeRequest(p) {
		return false
	}
	y.invokeBefore = false
	if !y.applyChange(p, plan) || p.interrupted.Load() || y.state.current == nil || !y.postcondition(p, y.state.current.value) {
		return false
	}

	delivered := y.applyFile(p)
	if delivered && y.invokeAfter {
		y.invokeRequest(p)
	}

	return delivered
}

// invokeRequest invokes the action that requests an export.
func (y *year) invokeRequest(p *process) bool {
	y.happened(event{Kind: "action", How: map[bool]string{true: "before", false: "after"}[y.invokeBefore]})
	y.invoking = true
	defer func() { y.invoking = false }()
	arguments := values{}
	if organization := y.settings.Organization; organization != "" {
		arguments["organization_id"] = organization
	}

	return p.invokeAction(requestType, p.object(p.schema.ActionSchemas[requestType].Schema, arguments))
}

// invokeAction invokes an action, and reports whether it succeeded.
func (p *process) invokeAction(typeName string, config *tfprotov6.DynamicValue) bool {
	stream, err := p.actions().InvokeAction(p.ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: config})
	var diagnostics []*tfprotov6.Diagnostic
	if err == nil {
		for event := range stream.Events {
			switch event := event.Type.(type) {
			case tfprotov6.ProgressInvokeActionEventType:
				p.year.judgeText("progress", event.Message)
			case tfprotov6.CompletedInvokeActionEventType:
				diagnostics = event.Diagnostics
			}
		}
	}

	return p.succeeded(typeName, diagnostics, err) && !p.interrupted.Load()
}

// save writes the state to the disk.
func (y *year) save(state terraformState) {
	y.state = state
	y.state.serial++
}

// applyChange applies the planned change of the resource.
func (y *year) applyChange(p *process, plan *approved) bool {
	change := plan.change
	if change.action == "no-op" {
		return true
	}
	var replaced *instance
	if change.action == "replace" {
		replaced = y.state.current
		if !plan.settings.CreateFirst {
			if !p.destroy(replaced) {
				return false
			}
			y.state.current = nil
			y.save(y.state)
		}
	}
	prior := y.state.current
	if change.action == "replace" {
		prior = nil
	}
	config := p.object(y.resource, plan.settings.arguments(""))
	final, ok := p.planChange(prior, config, change.action)
	if !ok || !y.judgeFinalPlan(p, plan, final) {
		return false
	}
	if final.action == "no-op" {
		return true
	}

	before := y.nothing
	if prior != nil {
		before = prior.value
	}
	y.trace("  apply: %s", final.action)
	response, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: before, PlannedState: final.value, Config: config,
		PlannedPrivate: final.private, PlannedIdentity: final.identity,
	})
	ok = p.succeeded("apply", response.Diagnostics, err)
	if p.killed.Load() {
		return false
	}
	created := &instance{value: response.NewState, private: response.Private, identity: response.NewIdentity}
	if !ok && change.action != "update" {
		created.tainted, created.why = true, p.lastError
	}
	if len(p.attributesOf(response.NewState)) == 0 {
		created = nil
	}
	if created != nil && y.exports[y.read(created).id].lastReader == p {
		created.readAs = y.reader()
	} else if created != nil && prior != nil {
		created.readAs = prior.readAs
	}
	y.judgeResult(p, plan, final, created, ok)
	// The old object stays: current if nothing came in its place, or else deposed.
	switch {
	case replaced == nil || !plan.settings.CreateFirst:
		y.state.current = created
	case created == nil:
	case ok && !p.interrupted.Load():
		y.state.current = created
		ok = p.destroy(replaced)
	default:
		y.state.current, y.state.deposed = created, append(slices.Clone(y.state.deposed), replaced)
	}
	y.save(y.state)

	return ok
}

// applyFile replaces the object that uses the file, if the export is another one.
// Before it is created, the action downloads the file.
func (y *year) applyFile(p *process) bool {
	id := p.text(y.state.current.value, "id")
	if y.withoutFile || id == y.state.file {
		return true
	}
	file := filepath.Join(y.folder, id+".zip")
	if !p.invokeAction(downloadType, p.download(id, file)) {
		return false
	}
	y.judgeFile(file)
	y.state.file = id
	y.save(y.state)

	return true
}

// postcondition is that of the documented example: the export was completed. An
// unknown status is not checked.
func (y *year) postcondition(p *process, value *tfprotov6.DynamicValue) bool {
	status := p.text(value, "status")
	if !y.settings.Postcondition || slices.Contains([]string{"unknown", "completed", "expired"}, status) {
		return true
	}
	y.trace("  postcondition: the status is %q", status)

	return false
}
