package provider

import (
	"path/filepath"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// terraformState is what Terraform keeps between two runs. It is on the disk after each
// change.
type terraformState struct {
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
	change *instance
	// reasons are why an export may be requested, as far as the plan can know.
	reasons []string
	// environment is what the plan was made with.
	environment string
	// requested are the exports that were requested for it.
	requested []*export
}

// plan is the walk that plans.
func (y *year) plan(p *process) *approved {
	config := p.config(y.unknown)
	validated, err := p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: objectType, Config: config.value})
	p.must("validate", validated.Diagnostics, err)
	result := &approved{state: y.state, environment: y.environment()}
	if !y.noRefresh {
		result.state.current, result.state.deposed = p.refresh(y.state.current), nil
		for _, deposed := range y.state.deposed {
			if refreshed := p.refresh(deposed); refreshed.exists() {
				result.state.deposed = append(result.state.deposed, refreshed)
			}
		}
	}
	result.reasons = y.reasons(result.state.current)
	result.change = p.planChange(result.state.current, config, "")
	p.endIf(p.interrupted.Load())
	y.judgePlan(p, result)
	p.postcondition(result.change)
	for _, deposed := range result.state.deposed {
		p.planOnce(deposed, y.nothing)
	}
	if id := result.change.text["id"]; !y.withoutFile && id != y.state.file {
		arguments := values{"id": id, "path": "x.zip"}
		if id == "unknown" {
			arguments = values{"id": unknown, "path": unknown}
		}
		planned, err := p.actions().PlanAction(p.ctx, &tfprotov6.PlanActionRequest{ActionType: downloadType, Config: p.action(downloadType, arguments)})
		p.must("plan of the download", planned.Diagnostics, err)
	}

	return result
}

// apply is the walk that applies an approved plan.
func (y *year) apply(p *process, plan *approved) {
	y.approved = plan
	defer func() { y.approved = nil }()
	y.state = plan.state
	for number, deposed := range plan.state.deposed {
		p.endIf(!p.destroy(deposed) || p.interrupted.Load())
		y.state.deposed = plan.state.deposed[number+1:]
	}
	if y.invokeBefore {
		p.endIf(!y.invokeRequest(p, "before"))
		y.invokeBefore = false
	}
	if plan.change.action != "no-op" {
		y.applyChange(p, plan)
	}
	p.endIf(p.interrupted.Load() || !y.state.current.exists())
	p.postcondition(y.state.current)

	// The object that uses the file is replaced if the export is another one. Before it
	// is created, the action downloads the file.
	if id := y.state.current.text["id"]; !y.withoutFile && id != y.state.file {
		file := filepath.Join(y.folder, id+".zip")
		p.endIf(!p.invoke(downloadType, values{"id": id, "path": file}))
		y.judgeFile(file)
		y.state.file = id
	}
	if y.invokeAfter {
		y.invokeRequest(p, "after")
	}
}

// invokeRequest invokes the action that requests an export.
func (y *year) invokeRequest(p *process, how string) bool {
	y.happened(event{Kind: "action", How: how})
	y.invoking = true
	defer func() { y.invoking = false }()

	return p.invoke(requestType, values{})
}

// applyChange applies the planned change of the resource.
func (y *year) applyChange(p *process, plan *approved) {
	replaces, createFirst := plan.change.action == "replace", y.settings["create_before_destroy"] == "true"
	prior, old := y.state.current, y.state.current
	if replaces {
		prior = y.nothing
		if !createFirst {
			p.endIf(!p.destroy(old))
			y.state.current = y.nothing
		}
	}
	config := p.config("")
	final := p.planChange(prior, config, plan.change.action)
	p.endIf(!y.judgeFinalPlan(plan, final))
	if final.action == "no-op" {
		return
	}
	y.trace("  apply: %s", final.action)
	applied, ok := p.applyOnce(prior, final, config)
	if applied.exists() && !ok && plan.change.action != "update" {
		applied.tainted, applied.why = true, p.lastError
	}
	applied.readAs = prior.readAs
	if known := y.known(applied); known != nil && known.lastReader == p {
		applied.readAs = y.reader()
	}
	y.judgeResult(plan, final, applied, ok)
	// The old object stays: current if nothing came in its place, or else deposed.
	switch {
	case !replaces || !createFirst:
		y.state.current = applied
	case !applied.exists():
	case ok && !p.interrupted.Load():
		y.state.current = applied
		ok = p.destroy(old)
	default:
		y.state.current, y.state.deposed = applied, append(slices.Clone(y.state.deposed), old)
	}
	p.endIf(!ok)
}

// postcondition is that of the documented example: the export was completed. An
// unknown status is not checked.
func (p *process) postcondition(of *instance) {
	if p.year.settings["postcondition"] == "true" && !slices.Contains([]string{"unknown", "completed", "expired"}, of.text["status"]) {
		p.year.trace("  postcondition: the status is %q", of.text["status"])
		p.endIf(true)
	}
}
