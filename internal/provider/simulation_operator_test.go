package provider

import (
	"path/filepath"
	"slices"
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
	// state is the refreshed one.
	state  terraformState
	change plannedChange
	// reasons are why an export may be requested, as far as the plan can know.
	reasons []string
	// environment is what the plan was made with.
	environment string
	// requested are the exports that were requested for it.
	requested []*export
}

// plan is the walk that plans. It returns nil if the run ends with an error.
func (y *year) plan(refresh bool) *approved {
	result := &approved{state: y.state, environment: y.environment()}
	p, ok := y.start("plan")
	defer p.interrupt()
	if !ok {
		return nil
	}
	config := y.decode(p.object(y.resource, y.settings.arguments(y.unknown)))
	if !p.succeeded("validate", p.validateResource(y.settings.arguments(y.unknown)), nil) {
		return nil
	}
	if refresh {
		if result.state.current, ok = p.refresh(y.state.current); !ok {
			return nil
		}
		result.state.deposed = nil
		for _, deposed := range y.state.deposed {
			refreshed, ok := p.refresh(deposed)
			if !ok {
				return nil
			}
			if refreshed != nil {
				result.state.deposed = append(result.state.deposed, refreshed)
			}
		}
	}
	result.reasons = y.reasons(result)
	result.change, ok = p.planChange(result.state.current, config, "")
	if !ok || p.interrupted.Load() {
		return nil
	}
	y.judgePlan(p, result)
	if !y.postcondition(result.change.content) {
		return nil
	}
	for _, deposed := range result.state.deposed {
		if _, ok := p.planOnce(deposed, y.nothing); !ok {
			return nil
		}
	}
	if planned := result.change.text["id"]; !y.withoutFile && planned != y.state.file && !p.planDownload(planned) {
		return nil
	}

	return result
}

// apply is the walk that applies an approved plan. After each object, the state is
// on the disk. It returns false if the run ends with an error.
func (y *year) apply(plan *approved) bool {
	if plan.state.serial != y.state.serial {
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
	for number, deposed := range plan.state.deposed {
		if !p.destroy(deposed) || p.interrupted.Load() {
			return false
		}
		y.state.deposed = plan.state.deposed[number+1:]
		y.save(y.state)
	}
	if y.invokeBefore && !y.invokeRequest(p, "before") {
		return false
	}
	y.invokeBefore = false
	if !y.applyChange(p, plan) || p.interrupted.Load() || y.state.current == nil || !y.postcondition(y.state.current.content) {
		return false
	}
	delivered := y.applyFile(p)
	if delivered && y.invokeAfter {
		y.invokeRequest(p, "after")
	}

	return delivered
}

// save writes the state to the disk.
func (y *year) save(state terraformState) {
	y.state = state
	y.state.serial++
}

// invokeRequest invokes the action that requests an export.
func (y *year) invokeRequest(p *process, how string) bool {
	y.happened(event{Kind: "action", How: how})
	y.invoking = true
	defer func() { y.invoking = false }()

	return p.invoke(requestType, values{})
}

// applyChange applies the planned change of the resource.
func (y *year) applyChange(p *process, plan *approved) bool {
	action, old, createFirst := plan.change.action, y.state.current, y.settings["create_before_destroy"] == "true"
	if action == "no-op" {
		return true
	}
	prior := old
	if action == "replace" {
		prior = nil
		if !createFirst {
			if !p.destroy(old) {
				return false
			}
			y.state.current = nil
			y.save(y.state)
		}
	}
	config := y.decode(p.object(y.resource, y.settings.arguments("")))
	final, ok := p.planChange(prior, config, action)
	if !ok || !y.judgeFinalPlan(plan, final) {
		return false
	}
	if final.action == "no-op" {
		return true
	}
	y.trace("  apply: %s", final.action)
	applied, ok := p.applyOnce(prior, final, config)
	if p.killed.Load() {
		return false
	}
	if applied != nil {
		if !ok && action != "update" {
			applied.tainted, applied.why = true, p.lastError
		}
		if y.known(applied).lastReader == p {
			applied.readAs = y.reader()
		} else if prior != nil {
			applied.readAs = prior.readAs
		}
	}
	y.judgeResult(plan, final, applied, ok)
	// The old object stays: current if nothing came in its place, or else deposed.
	switch {
	case action != "replace" || !createFirst:
		y.state.current = applied
	case applied == nil:
	case ok && !p.interrupted.Load():
		y.state.current = applied
		ok = p.destroy(old)
	default:
		y.state.current, y.state.deposed = applied, append(slices.Clone(y.state.deposed), old)
	}
	y.save(y.state)

	return ok
}

// applyFile replaces the object that uses the file, if the export is another one.
// Before it is created, the action downloads the file.
func (y *year) applyFile(p *process) bool {
	id := y.state.current.text["id"]
	if y.withoutFile || id == y.state.file {
		return true
	}
	file := filepath.Join(y.folder, id+".zip")
	if !p.invoke(downloadType, values{"id": id, "path": file}) {
		return false
	}
	y.judgeFile(file)
	y.state.file = id
	y.save(y.state)

	return true
}

// postcondition is that of the documented example: the export was completed. An
// unknown status is not checked.
func (y *year) postcondition(of content) bool {
	if y.settings["postcondition"] != "true" || slices.Contains([]string{"unknown", "completed", "expired"}, of.text["status"]) {
		return true
	}
	y.trace("  postcondition: the status is %q", of.text["status"])

	return false
}
